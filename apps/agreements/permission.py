"""Whether the people in a dataset permit that it is shared: counted for this moment, and as it was counted before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.urls import reverse

from apps.accounts.models import User
from apps.agreements.models import Agreement, Transfer
from apps.agreements.recipients import class_of_transfer, class_under
from apps.consents.models import Cohort, Outcome, Screening
from apps.consents.screening.counting import Counted, Detailed, count, count_in_detail
from apps.consents.screening.needs import DECIDES_NOTHING, needs_of
from apps.consents.sets.due import Due
from apps.consents.sets.outcomes import in_percent, shares
from apps.core import clock
from apps.core.reading import of_each
from apps.datasets.models import Dataset
from apps.disclosures.recipients import sharing_use
from apps.taxonomy.models import DataUse

Uses = dict[str, DataUse]


@dataclass(frozen=True)
class Permission:
    """What the people in one dataset say about all that a sharing needs them to permit.

    `wider` are uses above those that are needed, which do not reach them, with how many permit each.
    """

    dataset: Dataset
    cohort: Cohort
    needs: list[DataUse]
    wider: dict[DataUse, int]
    counted: Counted
    # Where people stand in each of these uses, if that was counted already.
    detail: Detailed | None = None

    @property
    def is_whole(self) -> bool:
        return self.counted.permitted == self.counted.members

    @property
    def words(self) -> str:
        """ "0 % of the 30,000 people in “Photos”"."""
        share = in_percent(self.counted.permitted, self.counted.members)
        return f"{share} of the {self.counted.members:,} people in “{self.dataset}”"

    @property
    def wider_words(self) -> list[str]:
        return [
            f"{in_percent(permitting, self.counted.members)} permit {use.name}, which does not cover "
            f"{' or '.join(need.name for need in self.needs if need.is_within(use.key) and need.asked_separately)}."
            for use, permitting in self.wider.items()
        ]

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Each use with where people stand, as tables of such rows show it; those that are not needed come last."""
        uses = [*self.needs, *self.wider]
        found = self.detail or count_in_detail(_asked(self.cohort, [use.key for use in uses]))
        return [
            {
                "name": use.name,
                "is_asked_separately": use.asked_separately,
                "shares": shares(found.counts[use.key], found.members),
                "percent_words": in_percent(found.counts[use.key][Outcome.PERMITTED.key], found.members),
            }
            for use in uses
        ]


def is_asked(agreement: Agreement) -> bool:
    """People are asked where the recipient decides its own purposes. Who acts for us does what we may do."""
    return class_under(agreement) not in DECIDES_NOTHING


@of_each
def permissions_under(agreements: list[Agreement]) -> dict[int, list[Permission]]:
    """By the key of the agreement: one for each dataset of which it is recorded who is in it.

    People must have said yes: another basis is for legal and privacy to record when they close the finding.
    """
    asked = [agreement for agreement in agreements if is_asked(agreement)]
    models.prefetch_related_objects(asked, "uses", "datasets__cohort")
    counts = _Counts() if any(dataset.cohort for a in asked for dataset in a.datasets.all()) else None
    return {
        agreement.pk: list(counts.of(agreement)) if counts and agreement in asked else [] for agreement in agreements
    }


class _Counts:
    """Counts each cohort once for the same uses, with all that is due by now."""

    def __init__(self) -> None:
        self.due = Due.by(clock.now())
        self.uses: Uses = DataUse.objects.by_key()
        self.made: dict[tuple[int, tuple[str, ...]], tuple[dict[DataUse, int], Counted, Detailed | None]] = {}

    def of(self, agreement: Agreement) -> Iterator[Permission]:
        needs = needs_of((use.key for use in agreement.uses.all()), class_under(agreement))
        for dataset in agreement.datasets.all():
            if dataset.cohort:
                yield Permission(
                    dataset, dataset.cohort, [self.uses[key] for key in needs], *self._count(dataset.cohort, needs)
                )

    def _count(self, cohort: Cohort, needs: list[str]) -> tuple[dict[DataUse, int], Counted, Detailed | None]:
        key = cohort.pk, tuple(needs)
        if key not in self.made:
            separately = (key for key in needs if self.uses[key].asked_separately)
            above = sorted({key.rpartition(".")[0] for key in separately} - {""} - set(needs))
            detail = count_in_detail(_asked(cohort, [*needs, *above]), self.due) if above else None
            around = {use: detail.counts[use][Outcome.PERMITTED.key] for use in above} if detail else {}
            wider = {self.uses[use]: permitting for use, permitting in around.items() if permitting}
            self.made[key] = wider, count(_asked(cohort, needs), self.due), detail
        return self.made[key]


def _asked(cohort: Cohort, needs: list[str]) -> Screening:
    return Screening(cohort=cohort, needs=needs, basis=Screening.Basis.OPT_IN, from_ledger=False)


def screenings_for(agreement: Agreement, cohort: Cohort, user: User) -> list[Screening]:
    """The newest ones that this user sees of what the agreement needs, one for each day of which they speak."""
    needs = needs_of((use.key for use in agreement.uses.all()), class_under(agreement))
    return _one_a_day(Screening.objects.visible_to(user).filter(cohort=cohort, needs=needs))


def screenings_of(transfer: Transfer, cohort: Cohort, user: User) -> list[Screening]:
    """Those that this user sees of the people in its dataset, for its day and for sharing with such a recipient."""
    day, use = transfer.transferred_on, sharing_use(class_of_transfer(transfer))
    kept = Screening.objects.visible_to(user).filter(cohort=cohort.pk, needs__contains=[use])
    return [s for s in _one_a_day(kept) if clock.day_of(s.occurred_by) == day]


def screening_link(cohort: Cohort, recipient: str, uses: Iterable[DataUse] = (), day: date | None = None) -> str:
    """The form that counts the cohort, filled in with what is known of a sharing."""
    asked = [("recipient", recipient), *(("uses", use.key) for use in uses)]
    when = [("occurred_by", day.isoformat())] if day else []
    return f"{reverse('consents:screen', args=[cohort.pk])}?{urlencode([*asked, *when])}"


def _one_a_day(kept: Any) -> list[Screening]:
    found: dict[Any, Screening] = {}
    for screening in kept.select_related("by").order_by("-pk"):
        found.setdefault(clock.day_of(screening.occurred_by), screening)
    return [found[day] for day in sorted(found)]
