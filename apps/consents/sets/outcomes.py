"""How answers stand: of everybody for each use, and of one person. Only read, from the sets and what is due by now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

from django.db.models import F, Func, IntegerField, Max, OuterRef, Subquery, Sum, Value

from apps.consents.ledger.rows import fetch
from apps.consents.models import (
    NEVER_ASKED,
    AnsweredUse,
    Cohort,
    ConsentImport,
    DataSubject,
    Outcome,
    PermissionChunk,
)
from apps.consents.models.bits import place_of
from apps.consents.sets.due import Due
from apps.consents.sets.hierarchy import Plan
from apps.consents.sets.resolving import ChunkSets
from apps.core import clock
from apps.taxonomy.models import DataUse

KEPT = "SELECT use_id, outcome, chunk, bits FROM consents_permissionchunk"
COUNTS = "SELECT use_id, outcome, sum(bit_count(bits)) FROM ({sets}) AS sets GROUP BY use_id, outcome"

# The order in which pages show where people stand, with the words for it.
# What cannot be relied on is counted in one set; see docs/decisions/0020-which-answer-decides.md.
_LABELS = {Outcome.WITHDRAWN: "Withdrawn, invalidated or unknown"}
PLACES = [*((o.key, _LABELS.get(o, o.label)) for o in Outcome), (NEVER_ASKED, "Never asked")]


def in_percent(part: int, whole: int) -> str:
    """A share as people read it: 0 % is nobody and 100 % everybody."""
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 0.1:
        return "below 0.1 %"
    if 99.9 < share < 100:
        return "above 99.9 %"
    return f"{share:.1f} %".replace(".0 %", " %")


@dataclass(frozen=True)
class Share:
    """So many people in one place, as a page shows it."""

    key: str
    label: str
    count: int
    percent: float
    start: float  # where it begins in a bar of all of them, in percent


def shares(counts: dict[str, int], people: int) -> list[Share]:
    """One share for each place, in their order, also for those in which nobody stands."""
    made: list[Share] = []
    start = 0.0
    for key, label in PLACES:
        percent = 100 * counts.get(key, 0) / people if people else 0.0
        made.append(Share(key, label, counts.get(key, 0), percent, start))
        start += percent
    return made


@dataclass(frozen=True)
class UseOutcomes:
    """How everybody's answers for one use stand."""

    use: DataUse
    people: int
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.use.name

    @property
    def is_asked_separately(self) -> bool:
        return self.use.asked_separately

    @property
    def shares(self) -> list[Share]:
        return shares(self.counts, self.people)

    @property
    def percent_words(self) -> str:
        return in_percent(self.counts.get(Outcome.PERMITTED.key, 0), self.people)


@dataclass(frozen=True)
class Holdings:
    """What is in the ledger of answers, in numbers."""

    people: int
    answers: int
    newest: datetime | None  # import
    uses: list[UseOutcomes]
    names: dict[str, str]  # of all uses, by key
    as_of: datetime | None


def holdings() -> Holdings:
    # People come with answers, or as members of whom nothing else is known.
    members = Cohort.objects.order_by().values(one=Value(1)).annotate(people=Sum("new_subjects")).values("people")
    found = ConsentImport.objects.aggregate(
        answers=Sum("rows"), people=Sum("new_subjects"), newest=Max("recorded_at"), members=Max(Subquery(members))
    )
    people = (found["people"] or 0) + (found["members"] or 0)
    applied = AnsweredUse.objects.filter(use=OuterRef("pk")).values("applied_until")
    uses = list(DataUse.objects.annotate(applied_until=Subquery(applied)).order_by("key"))
    applied_of = attrgetter("applied_until")
    answered = [use for use in uses if applied_of(use)]
    due = Due.by(clock.now())
    counts = _counts(due, {use.pk for use in uses})
    return Holdings(
        people=people,
        answers=found["answers"] or 0,
        newest=found["newest"],
        uses=[UseOutcomes(use, people, _with_rest(counts.get(use.pk, {}), people)) for use in answered],
        names={use.key: use.name for use in uses},
        as_of=max(filter(None, (found["newest"], due.answers and due.now, *map(applied_of, answered))), default=None),
    )


def _counts(due: Due, uses: Collection[int]) -> dict[int, dict[str, int]]:
    """{use: {outcome: people}}, also for uses that only stand below others that were asked."""
    counts: dict[int, dict[str, int]] = {}
    sets, params = due.corrected(KEPT, uses)
    for use, outcome, count in fetch(COUNTS.format(sets=sets), **params):
        counts.setdefault(use, {})[Outcome(outcome).key] = int(count)
    return counts


def _with_rest(counts: dict[str, int], people: int) -> dict[str, int]:
    return {**counts, NEVER_ASKED: max(people - sum(counts.values()), 0)}


def outcomes_of(subject: DataSubject) -> dict[int, Outcome]:
    """{use: where this person stands}, for the uses about which they gave an answer, or for a wider one."""
    chunk, bit = place_of(subject.pk)
    held = PermissionChunk.objects.filter(chunk=chunk).annotate(
        inside=Func(F("bits"), bit, function="get_bit", output_field=IntegerField())
    )
    stands = {use: Outcome(outcome) for use, outcome in held.filter(inside=1).values_list("use", "outcome")}
    resolution, plan = Due.of(subject, clock.now()).resolved(DataUse.objects.values_list("pk", flat=True))
    if chunk not in resolution.chunks:
        return stands
    now = dict(_standing_in(resolution.chunks[chunk], plan))
    return {use: outcome for use, outcome in stands.items() if use not in plan.all_uses} | now


def _standing_in(of_chunk: ChunkSets, plan: Plan) -> Iterator[tuple[int, Outcome]]:
    """Where the answers put the one person who was looked at."""
    for uses, sets in zip(plan.uses, of_chunk.sets, strict=True):
        for outcome, people in sets.items():
            if people:
                yield from ((use, Outcome(outcome)) for use in uses)
