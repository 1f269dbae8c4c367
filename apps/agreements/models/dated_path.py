"""Interests of our people in the recipient of a transfer, on its day and today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from apps.core import clock

if TYPE_CHECKING:
    from apps.vendors.ownership.conflicts import ConflictOfInterest


@dataclass(frozen=True)
class DatedPath:
    """A path of interests from one of our people to the recipient: on the day of a transfer, today, or both."""

    day: date
    then: ConflictOfInterest | None
    now: ConflictOfInterest | None

    @property
    def conflict(self) -> ConflictOfInterest:
        found = self.then or self.now
        assert found is not None
        return found

    @property
    def when(self) -> str:
        if self.day == clock.today():
            return "today"
        day = f"{self.day:%-d %b %Y}"
        if self.then and self.now:
            return f"for {day} and for today"
        return f"for {day}, not for today" if self.then else f"for today, not for {day}"

    @property
    def users(self) -> frozenset[int]:
        """The accounts of everybody on the paths, and of their relatives."""
        return frozenset().union(*(conflict.own_users for conflict in (self.then, self.now) if conflict))

    def sentence(self) -> str:
        """The paths of both days in words, with amounts: for those who may see interests."""
        if self.then and self.now and self.then.sentence() == self.now.sentence():
            return f"On {self.day:%-d %b %Y} and today: {self.now.sentence()}"
        then = f"On {self.day:%-d %b %Y}: {self.then.sentence()}" if self.then else ""
        now = f"Today: {self.now.sentence()}" if self.now else ""
        return " ".join(part for part in (then, now) if part)
