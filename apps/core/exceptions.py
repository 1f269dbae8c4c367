"""Errors that every door translates the same way.

Conflict is 409, Unavailable is 503, and invalid input is Django's ValidationError (400).
"""

from collections.abc import Mapping
from typing import Any


class Conflict(Exception):
    """The request is well formed, but the object's present state forbids it."""


class StaleEdit(Conflict):
    """Somebody saved the object after this form was opened."""

    def __init__(self, obj: Any) -> None:
        super().__init__(
            f"{obj} was changed by somebody else after you opened it. Compare both versions, then save again."
        )
        self.obj = obj


class Blocked(Conflict):
    """Adopted rules object to a step. `facts` are the sentences that stand in the way.

    `hidden` names facts that some users must not read, with the ids of these users.
    """

    def __init__(self, message: str, facts: list[str], hidden: Mapping[str, frozenset[int]] | None = None) -> None:
        super().__init__(message)
        self.facts = facts
        self.hidden = hidden or {}

    def facts_for(self, user_id: int) -> list[str]:
        return [fact for fact in self.facts if user_id not in self.hidden.get(fact, ())]


class Unavailable(Exception):
    """The portal cannot do it now; the same request may succeed later. Nothing was changed."""
