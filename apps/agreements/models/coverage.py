"""Whether an agreement covers a transfer: asked when it is needed, never stored.

What counts is when the agreement was in force, as the decisions about it tell. Its own dates can be written at any
time, and only narrow what the decisions say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from apps.agreements.models.agreement import Agreement
from apps.agreements.models.links import AgreementDataset
from apps.core import clock
from apps.core.compiled import CompiledQuery, each_given, given, record_of
from apps.core.reading import of_each
from apps.vendors.models import Organisation
from apps.workflow.models import Decision

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.agreements.models.transfer import Transfer

ENDINGS = ("terminate", "expire")
DAY = timedelta(days=1)
# What is asked of an agreement: the texts of many are long.
OF_AGREEMENT = ("id", "title", "status", "counterparty_id", "starts_on", "ends_on")
WITHIN = """
    SELECT moved.id FROM agreements_transfer moved
      JOIN unnest(%s::bigint[], %s::bigint[], CAST(%s AS date[]), CAST(%s AS date[]))
           AS term(recipient, dataset, first, last)
        ON moved.recipient_id = term.recipient AND moved.dataset_id = term.dataset
       AND moved.transferred_on BETWEEN term.first AND term.last
"""


@dataclass(frozen=True)
class InForce:
    """When an agreement was in force: from its activation to its end, without the time it was suspended."""

    activated: date | None
    ended: date | None
    pauses: tuple[tuple[date, date | None], ...] = ()

    @classmethod
    def from_decisions(cls, decisions: Iterable[tuple[str, datetime]]) -> InForce:
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
    dataset: int
    in_force: InForce
    dataset_since: date

    def why_not(self, day: date) -> str:
        """Why it does not cover what moved on that day, as the end of a sentence; empty when it does."""
        force, agreement = self.in_force, self.agreement
        if force.activated is None:
            return "was never put in force"
        reasons = [
            (force.activated > day, f"was put in force on {force.activated:%-d %b %Y}, after that day"),
            (_after(agreement.starts_on, day), f"begins on {_words(agreement.starts_on)}, after that day"),
            (_before(agreement.ends_on, day), f"had its last day on {_words(agreement.ends_on)}"),
            (_before(force.ended, day), f"was ended on {_words(force.ended)}"),
            (force.was_paused(day), "was suspended on that day"),
            (self.dataset_since > day, f"has named this dataset only since {self.dataset_since:%-d %b %Y}"),
        ]
        return next((words for applies, words in reasons if applies), "")

    def covered_days(self) -> Iterator[tuple[date, date]]:
        """The periods, both ends included, of whose days `why_not` says nothing: for many transfers at once."""
        force, agreement = self.in_force, self.agreement
        if force.activated is None:
            return
        start = max(force.activated, self.dataset_since, agreement.starts_on or date.min)
        end = min(agreement.ends_on or date.max, force.ended or date.max)
        for paused, resumed in force.pauses:
            if start < paused and start <= end:
                yield start, min(end, paused - DAY)
            start = max(start, resumed or date.max)
            if resumed is None:
                return
        if start <= end:
            yield start, end


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


@of_each
def covers_of(transfers: list[Transfer]) -> dict[int, Cover]:
    """What covers each of these transfers, by id. As many queries for a thousand of them as for one."""
    terms = _terms(transfers)
    return {transfer.pk: _cover(transfer, terms[transfer.recipient_id, transfer.dataset_id]) for transfer in transfers}


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
    alike = Organisation.objects.rows_alike({t.recipient_id for t in transfers if t.recipient_id})
    named: dict[int, list[int]] = defaultdict(list)
    for recipient, same in alike.items():
        for row in same:
            named[row].append(recipient)
    rows = OF_RECIPIENTS.rows(
        kind=_agreements().pk,
        recipients=list(named),
        datasets=[transfer.dataset_id for transfer in transfers if transfer.dataset_id],
    )
    terms: dict[tuple[int | None, int | None], list[Term]] = defaultdict(list)
    for term in map(_term, rows):
        for recipient in named[term.agreement.counterparty_id]:
            terms[recipient, term.dataset].append(term)
    return terms


def _rows_of(links: QuerySet[AgreementDataset], kind: Any) -> QuerySet[AgreementDataset, Any]:
    """What a term is made of: columns of the link and of its agreement, and the steps of that with their moments."""
    decisions = Decision.objects.made().filter(content_type=kind, object_id=OuterRef("agreement")).order_by("pk")
    of_agreement = [f"agreement__{name}" for name in OF_AGREEMENT]
    steps, moments = ArraySubquery(decisions.values("transition")), ArraySubquery(decisions.values("at"))
    return links.order_by("agreement", "pk").values_list("dataset", "created_at", steps, moments, *of_agreement)


def _term(row: tuple[Any, ...]) -> Term:
    dataset, named_at, steps, moments, *of_agreement = row
    agreement: Agreement = record_of(Agreement, **dict(zip(OF_AGREEMENT, of_agreement, strict=True)))
    in_force = InForce.from_decisions(zip(steps, moments, strict=True))
    return Term(agreement, dataset, in_force, clock.day_of(named_at))


def _terms_of(links: QuerySet[AgreementDataset]) -> list[Term]:
    return [_term(row) for row in _rows_of(links, _agreements())]


def _agreements() -> ContentType:
    return ContentType.objects.get_for_model(Agreement)


def known_cover(user: User, covered: bool) -> Q:
    """That something covers a transfer, or that nothing does, as far as this user may know it.

    The database compares the days of transfers with those of agreements. What is loaded for it are the agreements that
    were ever in force, however many transfers there are.
    """
    links = AgreementDataset.objects.filter(agreement__in=_ever_in_force())
    ground = ~Q(ground="none") & Q(status="confirmed")
    if user.has_perm("agreements.view_all_agreements"):
        found = ground | _within(links)
        return found if covered else ~found
    seen, own = _within(links.filter(agreement__in=_seen_by(user))), Q(dataset__owner=user.pk)
    within_own = _within(links.filter(dataset__owner=user.pk))
    # An owner of a dataset knows of every agreement about it, others only of those that they see.
    return ground | seen | own & within_own if covered else own & ~(ground | within_own)


def _seen_by(user: User) -> QuerySet[Agreement, int]:
    return Agreement.objects.visible_to(user).order_by().values_list("pk", flat=True)


def _ever_in_force() -> QuerySet[Decision, int]:
    return _about_agreements().filter(transition="activate").order_by().values_list("object_id", flat=True)


def _about_agreements() -> QuerySet[Decision]:
    return Decision.objects.made().filter(content_type=_agreements())


def _within(links: QuerySet[AgreementDataset]) -> Q:
    """That a transfer lies in a period of one of these links."""
    terms = _terms_of(links)
    alike = Organisation.objects.rows_alike({term.agreement.counterparty_id for term in terms})
    rows = [
        (row, term.dataset, *days)
        for term in terms
        for days in term.covered_days()
        for row in alike[term.agreement.counterparty_id]
    ]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    return Q(pk__in=RawSQL(WITHIN, columns))


def decisions_about(agreements: set[int]) -> dict[int, list[tuple[str, datetime]]]:
    """By the key of the agreement: what `InForce.from_decisions` asks."""
    made = _about_agreements().filter(object_id__in=agreements)
    decisions: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    for agreement, step, moment in made.order_by("pk").values_list("object_id", "transition", "at"):
        decisions[agreement].append((step, moment))
    return decisions


def _before(day: date | None, other: date) -> bool:
    return day is not None and day < other


def _after(day: date | None, other: date) -> bool:
    return day is not None and day > other


def _words(day: date | None) -> str:
    return f"{day:%-d %b %Y}" if day else ""


def _links_of_recipients() -> QuerySet[AgreementDataset, Any]:
    links = AgreementDataset.objects.filter(
        agreement__counterparty__in=each_given("recipients"), dataset__in=each_given("datasets")
    )
    return _rows_of(links, given("kind"))


OF_RECIPIENTS = CompiledQuery(_links_of_recipients)
