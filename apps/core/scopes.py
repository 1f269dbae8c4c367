"""What a token of the API may be used for, whatever its user may do."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Scope(StrEnum):
    READ = "read"
    WRITE = "write"
    DECIDE = "decide"
    LINEAGE = "lineage"


# For people who choose.
MEANINGS = {
    Scope.READ: "Read what you may see",
    Scope.WRITE: "Write: create and edit records, comment, import; includes reading",
    Scope.DECIDE: "Decide: take steps, vote, sign, grant roles; includes reading",
    Scope.LINEAGE: "Lineage: send lineage events and nothing else; no address takes them yet",
}


def with_reading(scopes: Collection[str]) -> list[Scope]:
    """In their order. Whoever writes or decides reads the record that the answer shows."""
    reads = {Scope.READ} if {Scope.WRITE, Scope.DECIDE} & set(scopes) else set()
    return [scope for scope in Scope if scope in {*scopes, *reads}]


def scopes_for(method: str | None, view: Any) -> frozenset[Scope]:
    """What a token needs for this request. An action that its view names no scope for needs the strictest."""
    if method in SAFE_METHODS:
        return frozenset({Scope.READ})
    action = getattr(view, "action", None) or str(method).lower()
    return frozenset({Scope.READ, getattr(view, "scopes", {}).get(action, Scope.DECIDE)})
