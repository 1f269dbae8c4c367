"""Who hears of a report of data that moved, and when: at first only legal, privacy and whoever reported it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q

from apps.core import clock
from apps.core.reading import once_while_reading
from apps.ledger.models import RecordedQuerySet

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser

RELEASED_AFTER = 2  # working days in which legal and privacy look into a report before others hear of it


def release_of(reported_at: datetime) -> datetime:
    """When others hear of it, unless its outcome comes before."""
    return clock.add_working_days(reported_at, RELEASED_AFTER)


def is_embargoed(report: Any) -> bool:
    """Whether only legal, privacy and the reporter hear of it by now: the query below says the same of many."""
    return report.status in report.UNDECIDED and clock.now() < report.released_at


class EmbargoedQuerySet(RecordedQuerySet[Any]):
    def visible_to(self, user: AnyUser) -> Self:
        """The reporter at all times; legal and privacy without a path of interests from the report on.

        Those who read everything and the owner of the dataset hear of it after the outcome, or two working days later.
        """
        if not user.is_authenticated:
            return self.none()
        seen, released = Q(reporter=user.pk), self._released()
        if user.has_perm("agreements.view_reported_transfers"):
            seen |= ~Q(withheld_from__contains=[user.pk])
        if user.has_perm("agreements.view_all_transfers"):
            return self.filter(seen | released)
        return self.filter(seen | (released & Q(dataset__owner=user.pk)))

    def embargoed_for(self, user: AnyUser) -> Self:
        """Those of which somebody who reads everything hears only later.

        Without those about organisations to which a path leads from the user: no line warns who profits.
        """
        reads_later = user.has_perm("agreements.view_all_transfers")
        if not reads_later or user.has_perm("agreements.view_reported_transfers"):
            return self.none()
        return self.exclude(self._released()).exclude(reporter=user.pk).exclude(withheld_from__contains=[user.pk])

    def released(self) -> Self:
        return self.filter(self._released())

    def _released(self) -> Q:
        return ~Q(status__in=self.model.UNDECIDED) | Q(released_at__lte=self._newest_release())

    def _newest_release(self) -> datetime:
        """The moment until which reports are released. Between two of them a query stays what it was, and its count."""
        now = clock.now()
        past = self.model._base_manager.filter(released_at__lte=now).order_by("-released_at")
        newest = once_while_reading("newest release", past.values_list("released_at", flat=True).first)
        return newest or now

    def undecided(self) -> Self:
        return self.filter(status__in=self.model.UNDECIDED)
