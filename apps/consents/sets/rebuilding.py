"""The sets made again from the answers, or compared with them: some chunks of people at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.consents.ledger.locks import CLOCK, lock
from apps.consents.ledger.rows import BEGUN, answers_where, fetch, run
from apps.consents.models import CHUNK, AnsweredUse, ConsentEvent, DataSubject, FilledUse, Outcome
from apps.consents.sets import bitmaps
from apps.consents.sets.applying import apply_due_in_chunks
from apps.consents.sets.hierarchy import Plan, UseHierarchy
from apps.consents.sets.resolving import Resolution
from apps.core import clock
from apps.taxonomy.models import DataUse

CHUNKS_AT_ONCE = 8

ANSWERED = "SELECT DISTINCT use_id FROM consents_consentevent"
BOUNDS = "FROM consents_consentevent e, unnest(ARRAY[e.occurred_at, e.expires_at]) AS at"
MISSING = f"""
    SELECT count(*) FROM (SELECT DISTINCT at, e.subject_id, e.use_id {BOUNDS}
     WHERE at > %(now)s AND e.subject_id BETWEEN %(low)s AND %(high)s
    EXCEPT SELECT at, subject_id, use_id FROM consents_permissiondue) missing
"""
ADD_MISSING = f"""
    INSERT INTO consents_permissiondue (at, subject_id, use_id) SELECT DISTINCT at, e.subject_id, e.use_id {BOUNDS}
     WHERE at > %(now)s AND e.subject_id BETWEEN %(low)s AND %(high)s ON CONFLICT DO NOTHING
"""


# Use, outcome and chunk of a set.
Place = tuple[int, int, int]


@dataclass(frozen=True)
class Difference:
    """A set that is not what the answers say."""

    use: str
    outcome: str
    chunk: int
    people: int

    def __str__(self) -> str:
        first = self.chunk * CHUNK
        return (
            f"{self.use}, {self.outcome}: {self.people} of the people {first} to {first + CHUNK - 1} are not where "
            "their answers put them"
        )


@dataclass
class Rebuilt:
    chunks: int = 0
    differences: list[Difference] = field(default_factory=list)
    moments_missing: int = 0

    @property
    def ok(self) -> bool:
        return not self.differences and not self.moments_missing


def rebuild_permissions(*, verify: bool = False, part: int = 0, parts: int = 1) -> Rebuilt:
    """Make the sets again from the answers and say what differed. With `verify`, only say it.

    Of so many `parts` of the chunks of people, only this one when there are more.
    """
    result = Rebuilt()
    uses = list(DataUse.objects.values_list("pk", flat=True))
    highest = DataSubject.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for chunks in bitmaps.batches(range(part, highest // CHUNK + 1, parts), CHUNKS_AT_ONCE):
        with transaction.atomic():
            _rebuild(chunks, result, verify=verify)
    if not verify and parts == 1:
        _note_filled(uses)
    return result


def fill_new_uses(**kwargs: Any) -> None:
    """Make the sets of uses that a new taxonomy has put below answered ones. Asked after each migration."""
    if not DataUse.objects.exclude(pk__in=FilledUse.objects.values("pk")).exists():
        return
    if ConsentEvent.objects.exists():
        rebuild_permissions()
    else:
        _note_filled(DataUse.objects.values_list("pk", flat=True))


def _note_filled(uses: Iterable[int]) -> None:
    FilledUse.objects.bulk_create([FilledUse(use_id=use) for use in uses], ignore_conflicts=True)


def _rebuild(chunks: list[int], result: Rebuilt, *, verify: bool) -> None:
    lock(CLOCK)
    now = max([clock.now(), *AnsweredUse.objects.values_list("applied_until", flat=True)])
    apply_due_in_chunks(chunks, now)
    hierarchy = UseHierarchy.load()
    answered = [use for (use,) in fetch(ANSWERED)]
    plan = hierarchy.plan(hierarchy.nodes, answered)
    known = _present(plan, chunks)
    wanted = _wanted(_resolve(chunks, plan, now), plan)
    places = [place for place in sorted(wanted | known) if wanted.get(place, 0) != known.get(place, 0)]
    names = {pk: node.key for pk, node in hierarchy.nodes.items()}
    bounds = {"now": now, "low": chunks[0] * CHUNK, "high": chunks[-1] * CHUNK + CHUNK - 1}
    result.chunks += len(chunks)
    result.moments_missing += fetch(MISSING, **bounds)[0][0]
    for use, outcome, chunk in places:
        people = wanted.get((use, outcome, chunk), 0) ^ known.get((use, outcome, chunk), 0)
        result.differences.append(Difference(names[use], Outcome(outcome).label, chunk, people.bit_count()))
    if not verify:
        bitmaps.write([(*place, wanted.get(place, 0)) for place in places])
        run(ADD_MISSING, **bounds)
        for use in answered:
            AnsweredUse.objects.get_or_create(use_id=use, defaults={"applied_until": now})


def _resolve(chunks: Collection[int], plan: Plan, now: datetime) -> Resolution:
    resolution = Resolution(plan.groups, clock.microseconds(now), begun=True)
    low, high = min(chunks) * CHUNK, max(chunks) * CHUNK + CHUNK - 1
    condition = f"{BEGUN} AND e.subject_id BETWEEN %(low)s AND %(high)s"
    resolution.read(answers_where(condition, {"low": low, "high": high, "moment": now}))
    return resolution


def _wanted(resolution: Resolution, plan: Plan) -> dict[Place, int]:
    found: dict[Place, int] = {}
    for chunk, of_chunk in resolution.chunks.items():
        for uses, by_outcome in zip(plan.uses, of_chunk.sets, strict=True):
            for use in uses:
                found |= {(use, outcome, chunk): people for outcome, people in by_outcome.items()}
    return found


def _present(plan: Plan, chunks: Collection[int]) -> dict[Place, int]:
    return {
        (use, outcome, chunk): people
        for chunk, by_use in bitmaps.read(plan.all_uses, chunks).items()
        for use, by_outcome in by_use.items()
        for outcome, people in by_outcome.items()
    }
