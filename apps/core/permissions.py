"""Who may do what, with the sentence that says so to whoever may not: once, for page, API and method."""

from __future__ import annotations

from typing import Any

import rules
from django.core.exceptions import PermissionDenied

_sentences: dict[str, str] = {}
# What somebody with an interest may still do: take back what they asked for themselves.
ways_out: set[str] = set()


def allow(permission: str, predicate: Any, otherwise: str) -> None:
    """Whom the predicate lets do it; `otherwise` is said to everybody else."""
    rules.add_perm(permission, predicate)
    _sentences[permission] = otherwise


def require(user: Any, permission: str, record: Any = None) -> None:
    """Raises PermissionDenied with the sentence of the rule."""
    if not user.has_perm(permission, record):
        raise PermissionDenied(refusal(user, permission, record))


def refusal(user: Any, permission: str, record: Any = None) -> str:
    if permission in _sentences:
        return _sentences[permission]
    verb = permission.partition(".")[2].partition("_")[0]
    return f"{user} may not {verb} {record or 'this'}."
