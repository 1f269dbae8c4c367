"""Whether an agreement covers a transfer: asked when it is needed, never stored.

What counts is when the agreement was in force, as the decisions about it tell. Its own dates can be written at any
time, and only narrow what the decisions say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType

from apps.agreements.models.agreement import Agreement
from apps.agreements.models.links import AgreementDataset
from apps.core import clock
from apps.core.reading import of_each_once_while_reading
from apps.vendors.models import Organisation
from apps.workflow.models import Decision

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.agreements.models.transfer import Transfer

ENDINGS = ("terminate", "expire")


@dataclass(frozen=True)
class InForce:
    """When an agreement was in force: from its activation to its end, without the time it was suspended."""

    activated: date | None
    ended: date | None
    pauses: tuple[tuple[date, date | None], ...] = ()

    @classmethod
    def told_by(cls, decisions: Iterable[tuple[str, datetime]]) -> InForce:
        """`decisions` are (step, moment) in the order in which they were recorded.

        A decision counts from no earlier day than those recorded before it, so that none is slipped in behind them.
        """
        activated = ended = suspended = None
        pauses: list[tuple[date, date | None]] = []
        day = date.min
        for step, moment in decisions:
            day = max(day, clock.day_of(moment))
            if step == "activate":
                activated = day
            elif step == "suspend":
                suspended = day
            elif step == "resume" and suspended:
                pauses.append((suspended, day))
                suspended = None
            elif step in ENDINGS:
                ended = day
        return cls(activated, ended, (*pauses, (suspended, None)) if suspended else tuple(pauses))

    def overlaps(self, start: date, end: date) -> bool:
        """Whether it was in force on any day of the period, both ends included."""
        return self.activated is not None and self.activated <= end and (self.ended is None or self.ended >= start)

    def was_paused(self, day: date) -> bool:
        return any(start <= day and (end is None or day < end) for start, end in self.pauses)


@dataclass(frozen=True)
class Term:
    """An agreement with the recipient about the dataset, and when it was in force."""

    agreement: Agreement
    in_force: InForce
    dataset_since: date

    def why_not(self, day: date) -> str:
        """Why it does not cover what moved on that day, as the end of a sentence; empty when it does."""
        told, agreement = self.in_force, self.agreement
        if told.activated is None:
            return "was never put in force"
        reasons = [
            (told.activated > day, f"was put in force on {told.activated:%-d %b %Y}, after that day"),
            (_after(agreement.starts_on, day), f"begins on {_words(agreement.starts_on)}, after that day"),
            (_before(agreement.ends_on, day), f"had its last day on {_words(agreement.ends_on)}"),
            (_before(told.ended, day), f"was ended on {_words(told.ended)}"),
            (told.was_paused(day), "was suspended on that day"),
            (self.dataset_since > day, f"has named this dataset only since {self.dataset_since:%-d %b %Y}"),
        ]
        return next((words for applies, words in reasons if applies), "")


@dataclass(frozen=True)
class Cover:
    """What covers a transfer: an agreement in force on its day, another ground, or nothing."""

    agreements: tuple[Agreement, ...]
    by_ground: bool
    # (agreement, why it does not cover the day) of those that were in force at some other time.
    others: tuple[tuple[Agreement, str], ...] = ()
    # False where it is told to somebody who need not see every agreement that could cover it.
    is_whole: bool = True

    @property
    def agreement(self) -> Agreement | None:
        return next(iter(self.agreements), None)

    @property
    def is_covered(self) -> bool:
        return bool(self.agreements) or self.by_ground

    def among(self, seen: Collection[int]) -> Cover:
        """As somebody knows it who sees these agreements only. It is the same whatever the others say."""
        agreements = tuple(agreement for agreement in self.agreements if agreement.pk in seen)
        others = tuple((agreement, why_not) for agreement, why_not in self.others if agreement.pk in seen)
        return Cover(agreements, self.by_ground, others, is_whole=False)


@of_each_once_while_reading
def covers_of(transfers: Sequence[Transfer]) -> dict[int, Cover]:
    """What covers each of these transfers, by id. As many queries for a thousand of them as for one."""
    terms = _terms(transfers)
    return {
        transfer.pk: _cover(transfer, terms[transfer.recipient.pk if transfer.recipient else None, transfer.dataset_id])
        for transfer in transfers
    }


def covers_for(user: User, transfers: Sequence[Transfer]) -> dict[int, Cover]:
    """The same, as far as this user may know it."""
    covers = covers_of(transfers)
    if user.has_perm("agreements.view_all_agreements"):
        return covers
    named = {agreement.pk for cover in covers.values() for agreement in cover.agreements}
    named |= {agreement.pk for cover in covers.values() for agreement, _ in cover.others}
    seen = set(Agreement.objects.visible_to(user).filter(pk__in=named).values_list("pk", flat=True)) if named else set()
    return {
        transfer.pk: covers[transfer.pk] if user.pk in transfer.knows_cover else covers[transfer.pk].among(seen)
        for transfer in transfers
    }


def _cover(transfer: Transfer, terms: list[Term]) -> Cover:
    asked = [(term, term.why_not(transfer.transferred_on)) for term in terms]
    agreements = [term.agreement for term, why_not in asked if not why_not]
    others = [(term.agreement, why_not) for term, why_not in asked if why_not and term.in_force.activated]
    return Cover(tuple(agreements), transfer.has_confirmed_ground, tuple(others))


def _terms(transfers: Sequence[Transfer]) -> dict[tuple[int | None, int | None], list[Term]]:
    """By (recipient, dataset); a recipient on record twice is one. None cover a report of which either is not known."""
    rows = Organisation.objects.rows_of({transfer.recipient.pk for transfer in transfers if transfer.recipient})
    stays = {row: pk for pk, found in rows.items() for row in found}
    links = (
        AgreementDataset.objects.filter(
            agreement__counterparty__in=stays,
            dataset__in={transfer.dataset_id for transfer in transfers} - {None},
        )
        .select_related("agreement")
        .order_by("agreement", "pk")
    )
    told = decisions_about({link.agreement_id for link in links})
    terms: dict[tuple[int | None, int | None], list[Term]] = defaultdict(list)
    for link in links:
        in_force = InForce.told_by(told[link.agreement_id])
        term = Term(link.agreement, in_force, link.created_on)
        terms[stays[link.agreement.counterparty_id], link.dataset_id].append(term)
    return terms


def decisions_about(agreements: set[int]) -> dict[int, list[tuple[str, datetime]]]:
    """By the key of the agreement: what `InForce.told_by` asks."""
    made = Decision.objects.made().filter(
        content_type=ContentType.objects.get_for_model(Agreement), object_id__in=agreements
    )
    told: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for agreement, step, moment in made.order_by("pk").values_list("object_id", "transition", "at"):
        told[agreement].append((step, moment))
    return told


def _before(day: date | None, other: date) -> bool:
    return day is not None and day < other


def _after(day: date | None, other: date) -> bool:
    return day is not None and day > other


def _words(day: date | None) -> str:
    return f"{day:%-d %b %Y}" if day else ""
