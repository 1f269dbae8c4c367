"""From staged rows to answers and the sets that follow from them, in one transaction: the only way into the ledger.

What takes long is done first and holds nobody up. Then the stretches of people concerned are locked, what others
recorded in the meantime is looked at again, and the sets are written. See docs/decisions/0030.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.consents import sets
from apps.consents.folding import REST, Answer, Fold, microseconds
from apps.consents.locks import lock_stretches
from apps.consents.models import CHUNK, ConsentEvent, ConsentImport
from apps.consents.reach import Reach
from apps.consents.rows import ROW, Blocks, answers_where, stream
from apps.consents.stage import Stage
from apps.core import clock

# Longer than any transaction takes from its last save to its commit.
OVERLAP = timedelta(days=1)
NOBODY = 2**31

BEGIN = """
    SELECT nextval(pg_get_serial_sequence('consents_consentimport', 'id')),
           (SELECT coalesce(max(id), 0) FROM consents_subject)
"""
CLOCK = "SELECT coalesce(array_agg(use_id), '{}'), max(settled_until) FROM consents_answereduse"
STAGED = """
    SELECT use_id, state, count(*), max(greatest(occurred_at, expires_at)) FROM {stage} GROUP BY use_id, state
"""
ADD_SUBJECTS = """
    INSERT INTO consents_subject (key_digest, key_version)
    SELECT digest, %(version)s FROM (SELECT DISTINCT digest FROM {stage}) wanted
     WHERE NOT EXISTS (SELECT FROM consents_subject known WHERE known.key_digest = wanted.digest)
     ORDER BY digest
"""
ADD_EVENTS = """
    INSERT INTO consents_consentevent (id, import_id, use_id, notice_version_id, occurred_at, recorded_at, expires_at,
                                       subject_id, line, state, mechanism, language, source)
    SELECT %(first)s + row_number() OVER (), %(number)s, use_id, notice_version_id, occurred_at, %(recorded_at)s,
           expires_at, subject_id, line, state, mechanism, language, source
      FROM (SELECT p.id AS subject_id, s.*
              FROM (SELECT * FROM {stage}) s JOIN consents_subject p ON p.key_digest = s.digest
             ORDER BY p.id, use_id, occurred_at, state, line) ordered
"""
ADD_DUE = """
    INSERT INTO consents_permissiondue (at, subject_id, use_id)
    SELECT DISTINCT at, subject_id, use_id
      FROM consents_consentevent, unnest(ARRAY[occurred_at, expires_at]) AS at
     WHERE id BETWEEN %(first)s AND %(last)s AND at > %(moment)s
     ORDER BY at, subject_id, use_id ON CONFLICT DO NOTHING
"""
ADD_USES = """
    INSERT INTO consents_answereduse (use_id, settled_until)
    SELECT unnest(%(uses)s::bigint[]), %(moment)s ORDER BY 1 ON CONFLICT DO NOTHING
"""
OWN_ROWS = f"SELECT {ROW} FROM consents_consentevent e WHERE e.id BETWEEN %(first)s AND %(last)s ORDER BY e.id"
ADDED_ROWS = f"WITH e AS ({ADD_EVENTS} RETURNING *) SELECT {ROW} FROM e ORDER BY e.id"
# People whom the import names and who were known before it.
OWN_KNOWN = """
    e.use_id = ANY(%(uses)s) AND e.subject_id IN (
        SELECT DISTINCT w.subject_id FROM consents_consentevent w
         WHERE w.id BETWEEN %(first)s AND %(last)s AND w.subject_id <= %(known)s)
"""
# Of those whom the import names, others spoke in the meantime, or a moment came and somebody saw to it.
NAMED_SINCE = """
    SELECT DISTINCT o.subject_id FROM unnest(%(others)s::bigint[]) AS other
      JOIN consents_consentevent o ON o.id BETWEEN other << 32 AND (other << 32) + 4294967295
     WHERE EXISTS (SELECT FROM consents_consentevent w
                    WHERE w.subject_id = o.subject_id AND w.id BETWEEN %(first)s AND %(last)s)
"""
SETTLED_SINCE = """
    SELECT DISTINCT e.subject_id FROM consents_consentevent e, unnest(ARRAY[e.occurred_at, e.expires_at]) AS at
     WHERE at > %(moment)s AND at <= %(settled)s AND e.subject_id IN (
        SELECT w.subject_id FROM consents_consentevent w WHERE w.id BETWEEN %(first)s AND %(last)s)
"""


class Repeated(Exception):
    """Rows that say what another row of the same delivery says: the lines of both, the first one first."""

    def __init__(self, pairs: list[tuple[int, int]]) -> None:
        super().__init__(f"{len(pairs)} rows are there twice.")
        self.pairs = pairs


@dataclass(frozen=True)
class Staged:
    """How often which use and state wait, and the latest moment that any row names."""

    counts: dict[tuple[int, int], int]
    latest: datetime

    @property
    def uses(self) -> set[int]:
        return {use for use, _ in self.counts}


@dataclass(frozen=True)
class Posted:
    """What was added, and what commits to it."""

    number: int
    rows: int
    blocks: list[str]
    counts: dict[tuple[int, int], int]
    new_subjects: int


class Posting:
    """One delivery on its way. With `bulk`, answers are folded before anybody is locked out."""

    def __init__(self, stage: Stage, *, version: int, recorded_at: datetime, bulk: bool) -> None:
        self.stage, self.bulk, self.reach = stage, bulk, Reach.load()
        self.others = _finished_lately() if bulk else set()
        [(number, known)] = _rows(BEGIN)
        first = number << ConsentEvent.PLACES
        self.params: dict[str, Any] = {
            "number": number,
            "first": first,
            "last": first + (1 << ConsentEvent.PLACES) - 1,
            "known": known,
            "version": version,
            "recorded_at": recorded_at,
            **stage.params,
        }

    def post(self, staged: Staged | None = None) -> Posted:
        staged = staged or self._look()
        self.uses = self.reach.reached_from(staged.uses)
        early = self._fold(staged.uses)
        self.params["moment"] = self.moment
        new_subjects = self._add_subjects()
        people, blocks = self._add_events(early)
        if staged.latest > self.moment:
            self._run(ADD_DUE)
        if self.bulk:
            early.read(self._answers(OWN_KNOWN))
        lock_stretches(early.stretches.keys() | {person // CHUNK for person in people})
        if self.bulk:
            sets.apply(early, self.targets)
            people = self._spoken_of_since()
        self._fold_late(people, staged.uses)
        return Posted(self.params["number"], blocks.rows, blocks.digests, staged.counts, new_subjects)

    def _look(self) -> Staged:
        rows = _rows(STAGED.format(stage=self.stage.source), self.params)
        return Staged({(use, state): n for use, state, n, _ in rows}, max(latest for *_, latest in rows))

    def _fold(self, uses: Collection[int]) -> Fold:
        """An empty fold for the uses that the delivery reaches, as of now or of the last moment that was seen to."""
        [(answered, settled)] = _rows(CLOCK)
        self.moment = max(clock.now(), settled) if settled else clock.now()
        self.new_uses = set(uses) - set(answered)
        groups = self.reach.alike(self.uses, {*answered, *uses})
        self.targets = list(groups.values())
        self.sources = sorted({use for group in groups for use, _ in group})
        return Fold(list(groups), microseconds(self.moment))

    def _add_subjects(self) -> int:
        """Only a race makes the same person twice; looking for one with each row would take half as long again."""
        query = ADD_SUBJECTS.format(stage=self.stage.source)
        if not self.bulk:
            return self._run(f"{query} ON CONFLICT DO NOTHING")
        try:
            with transaction.atomic():
                return self._run(query)
        except IntegrityError:
            return self._run(f"{query} ON CONFLICT DO NOTHING")

    def _add_events(self, early: Fold) -> tuple[set[int], Blocks]:
        """Add the rows and digest them. With `bulk`, fold people who are new; otherwise say who is named."""
        blocks = Blocks()
        if self.bulk:
            self._run(ADD_EVENTS.format(stage=self.stage.source))
            rows: Iterable[bytes] = stream(OWN_ROWS, self.params)
        else:
            found = _rows(ADDED_ROWS.format(stage=self.stage.source), self.params)
            rows = [f"{row}\n".encode() for (row,) in found]
        people = set() if self.bulk else {int(row.partition(b"|")[0]) for row in rows}
        early.read(blocks.through(rows), above=self.params["known"] if self.bulk else NOBODY)
        if early.repeats:
            raise Repeated([(_line(first), _line(second)) for first, second in early.repeats])
        return people, blocks

    def _answers(self, condition: str, **params: Any) -> Iterable[bytes]:
        return answers_where(condition, {**self.params, "uses": self.sources, **params})

    def _spoken_of_since(self) -> set[int]:
        """People of this delivery who are no longer as they were when they were folded. The locks are held."""
        others = sorted(_finished_lately() - self.others)
        people = {person for (person,) in _rows(NAMED_SINCE, {**self.params, "others": others})} if others else set()
        [(_, settled)] = _rows(CLOCK)
        if settled and settled > self.moment:
            people |= {person for (person,) in _rows(SETTLED_SINCE, {**self.params, "settled": settled})}
        return people

    def _fold_late(self, people: Collection[int], uses: Collection[int]) -> None:
        """Fold people whose stretches are locked, so that nobody adds to what is read."""
        late = self._fold(uses)
        if people:
            late.read(self._answers("e.use_id = ANY(%(uses)s) AND e.subject_id = ANY(%(people)s)", people=[*people]))
            sets.apply(late, self.targets)
        if self.new_uses:
            _execute(ADD_USES, {"uses": sorted(self.new_uses), "moment": self.moment})

    def _run(self, query: str) -> int:
        return _execute(query.format(stage=self.stage.source), self.params)


def _line(answer: Answer) -> int:
    return int(answer[REST].split(b"|", 2)[1])


def _finished_lately() -> set[int]:
    """Deliveries of which others may not have seen that they are complete."""
    since = timezone.now() - OVERLAP
    return set(ConsentImport.objects.filter(updated_at__gt=since).values_list("pk", flat=True))


def _rows(query: str, params: dict[str, Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        found: list[Any] = cursor.fetchall()
        return found


def _execute(query: str, params: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return int(cursor.rowcount)
