"""What time has changed and nobody has put into the sets yet: read beside them, so that a question writes nothing.

A task puts it into the sets (`applying.py`). Until then whoever reads them puts people where their answers stand now.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.consents.ledger.rows import fetch
from apps.consents.models import AnsweredUse, DataSubject, Outcome
from apps.consents.models.bits import CHUNK, to_literal
from apps.consents.sets.applying import resolve_people
from apps.consents.sets.hierarchy import Plan, UseHierarchy
from apps.consents.sets.resolving import Resolution
from apps.core import clock

DUE = "SELECT DISTINCT subject_id, use_id FROM consents_permissiondue WHERE at <= %(now)s"
DUE_OF_ONE = f"{DUE} AND subject_id = %(person)s"
# Sets as they are kept, with the people whose moment has come where they stand now.
CORRECTED = f"""
    SELECT use_id, outcome, chunk, bit_or(bits) AS bits FROM (
        SELECT use_id, outcome, chunk, coalesce(bits & ~ moved, bits) AS bits
          FROM ({{kept}}) kept
          LEFT JOIN unnest(%(late_uses)s::bigint[], %(late_chunks)s::int[], %(late_moved)s::bit({CHUNK})[])
                    AS late(use_id, chunk, moved) USING (use_id, chunk)
         UNION ALL
        SELECT * FROM unnest(%(now_uses)s::bigint[], %(now_outcomes)s::smallint[], %(now_chunks)s::int[],
                             %(now_people)s::bit({CHUNK})[])) standing
     GROUP BY use_id, outcome, chunk
"""


@dataclass(frozen=True)
class Due:
    """People with an answer whose moment has come, beginning or end, by the use that the answer names."""

    now: datetime
    answers: frozenset[tuple[int, int]]

    @classmethod
    def by(cls, now: datetime) -> Due:
        """Of everybody. Raises WrongClock where there are any and the clock of this machine may not say so."""
        due = cls(now, frozenset(fetch(DUE, now=now)))
        if due.answers:
            clock.require_right()
        return due

    @classmethod
    def of(cls, subject: DataSubject, now: datetime) -> Due:
        return cls(now, frozenset(fetch(DUE_OF_ONE, now=now, person=subject.pk)))

    def corrected(self, kept: str, uses: Collection[int]) -> tuple[str, dict[str, Any]]:
        """The query for the sets of these uses, as they stand now, and its parameters."""
        resolution, plan = self.resolved(uses)
        late, now = _rows_of(resolution, plan)
        if not late:
            return kept, {}
        late_uses, late_chunks, moved = zip(*late, strict=True)
        params = {"late_uses": late_uses, "late_chunks": late_chunks, "late_moved": moved}
        now_uses, outcomes, chunks, people = zip(*now, strict=True) if now else ((), (), (), ())
        params |= {"now_uses": now_uses, "now_outcomes": outcomes, "now_chunks": chunks, "now_people": people}
        listed: dict[str, Any] = {name: list(values) for name, values in params.items()}
        # The driver writes bits as text.
        listed |= {name: f"{{{','.join(map(to_literal, params[name]))}}}" for name in ("late_moved", "now_people")}
        return CORRECTED.format(kept=kept), listed

    def resolved(self, uses: Collection[int]) -> tuple[Resolution, Plan]:
        """Where the people that are due stand now for these uses, as far as what is due reaches them."""
        hierarchy = UseHierarchy.load() if self.answers else UseHierarchy({})
        reached = hierarchy.reached_from(use for _, use in self.answers)
        plan = (
            hierarchy.plan({*uses} & {*reached}, AnsweredUse.objects.values_list("pk", flat=True)) if reached else NONE
        )
        if not plan.uses:
            return Resolution([], 0), plan
        sources = set(plan.sources)
        return resolve_people({person for person, use in self.answers if use in sources}, plan, self.now), plan


NONE = Plan([], [])


def _rows_of(resolution: Resolution, plan: Plan) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int, int]]]:
    """(use, chunk, whom it moves) and (use, outcome, chunk, who stands there now)."""
    late, now = [], []
    for chunk, of_chunk in resolution.chunks.items():
        for uses, sets in zip(plan.uses, of_chunk.sets, strict=True):
            late += [(use, chunk, of_chunk.seen) for use in uses]
            now += [(use, key, chunk, sets[key]) for use in uses for key in map(int, Outcome) if sets.get(key)]
    return late, now
