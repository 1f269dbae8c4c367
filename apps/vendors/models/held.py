"""What lasts from a day until a day: interests, positions and relations, all counted alike."""

from __future__ import annotations

from datetime import date
from typing import Self, TypeVar

from apps.core import clock
from apps.ledger.models import RecordedModel, RecordedQuerySet

RecordT = TypeVar("RecordT", bound=RecordedModel)


def is_begun(starts_on: date | None, on: date) -> bool:
    """Of a row that is loaded, what `begun` says of many."""
    return starts_on is None or starts_on <= on or on >= clock.today()


def is_held(starts_on: date | None, ends_on: date | None, on: date) -> bool:
    """Of a row that is loaded, what `held` says of many."""
    return is_begun(starts_on, on) and (ends_on is None or ends_on >= on)


class HeldQuerySet(RecordedQuerySet[RecordT]):
    def begun(self, on: date) -> Self:
        """Begun by that day; an unknown start counts as long ago.

        What is on record to begin later counts from today on: whoever will profit does not decide until then.
        """
        return self.exclude(starts_on__gt=on) if on < clock.today() else self

    def held(self, on: date) -> Self:
        """What exists on that day, its last one included."""
        return self.begun(on).exclude(ends_on__lt=on)
