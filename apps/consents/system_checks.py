"""What Django asks before it migrates, and with `manage.py check --database default`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from apps.consents.keys import problem_with_secrets


@register(Tags.database)
def right_secrets(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    if not databases:
        return []
    try:
        problem = problem_with_secrets()
    except DatabaseError:  # not migrated yet
        return []
    hint = "Give the portal the secrets that this database was filled with; docs/operating.md says how they are kept."
    return [Error(problem, hint=hint, id="consents.E001")] if problem else []
