"""Errors that every door translates the same way.

Conflict is 409, Unavailable is 503, and invalid input is Django's ValidationError (400).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError

UNIQUE_VIOLATION = "23505"


class Conflict(Exception):
    """The request is well formed, but the object's present state forbids it."""


class StaleEdit(Conflict):
    """The object is no longer what somebody was shown who edits it or decides about it. `shown` says what they were."""

    def __init__(self, obj: Any, shown: Mapping[str, Any]) -> None:
        super().__init__(
            f"{obj} was changed after you opened it. Nothing was done. See what changed, then decide or save again."
        )
        self.obj, self.shown = obj, shown


class Blocked(Conflict):
    """Adopted rules object to a step. `facts` are the sentences that stand in the way, each with who may read it.

    How many there are is said to nobody who may not read them all.
    """

    def __init__(self, step: str, facts: Sequence[tuple[str, Callable[[Any], bool]]]) -> None:
        super().__init__(f"Adopted rules object to the {step}.")
        self.step, self._readers = step, facts
        self.facts = [fact for fact, _ in facts]

    def facts_for(self, user: Any) -> list[str]:
        return [fact for fact, is_shown_to in self._readers if is_shown_to(user)]

    def words_for(self, user: Any) -> str:
        count = len(self.facts_for(user))
        if count:
            return f"{count} adopted {'rules object' if count > 1 else 'rule objects'} to the {self.step}."
        return f"{self} The reasons are not open to you; ask legal or privacy."


class SavedMeanwhile(Conflict):
    """Two people saved at once what exists once; the database took the first."""

    def __init__(self) -> None:
        super().__init__("Somebody saved the same at this moment. Read the record again before you repeat this.")


def as_conflict(error: Exception) -> Conflict | None:
    """The conflict that the error is or means, if it is one."""
    if isinstance(error, IntegrityError) and getattr(error.__cause__, "sqlstate", "") == UNIQUE_VIOLATION:
        return SavedMeanwhile()
    return error if isinstance(error, Conflict) else None


class NotAsRecorded(Conflict):
    """A file is missing, or is not the one that was recorded, and so is not handed out."""

    remedy = (
        "Tell the administrator, who brings it back from a backup. The ledger holds the SHA-256 by which it is known."
    )

    def __init__(self, what: str) -> None:
        super().__init__(f"The file {what}, so the portal does not hand it out.")

    @property
    def in_full(self) -> str:
        return f"{self} {self.remedy}"


class Unavailable(Exception):
    """The portal cannot do it now; the same request may succeed later. Nothing was changed."""
