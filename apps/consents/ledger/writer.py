"""From staged rows to answers and the sets that follow from them, in one transaction: the only way into the ledger.

What takes long is done first and holds nobody up. Then the chunks of people concerned are locked, what others
recorded in the meantime is looked at again, and the sets are written. See docs/decisions/0021.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.consents.intake.stage import Stage
from apps.consents.ledger.locks import lock_chunks
from apps.consents.ledger.rows import BEGUN, BLOCK_ROWS, BLOCKS, ROW, Blocks, answers_where, fetch, run, stream
from apps.consents.models import CHUNK, ConsentEvent, ConsentImport, State
from apps.consents.sets import bitmaps
from apps.consents.sets.applying import resolve_people
from apps.consents.sets.hierarchy import UseHierarchy
from apps.consents.sets.resolving import REST, AnswerRow, Resolution
from apps.core import clock
from apps.core.exceptions import Conflict

if TYPE_CHECKING:
    from apps.accounts.models import User

# Longer than any transaction takes from its last save to its commit.
OVERLAP = timedelta(days=1)
NOBODY = 2**31
# Up to this share of all people, they are looked up one by one, so that the cost follows the delivery alone.
FEW = 8

BEGIN = """
    SELECT nextval(pg_get_serial_sequence('consents_consentimport', 'id')),
           (SELECT coalesce(max(id), 0) FROM consents_datasubject)
"""
CLOCK = """
    SELECT coalesce(array_agg(use_id), '{}'), max(applied_until), (SELECT count(*) FROM taxonomy_datause)
      FROM consents_answereduse
"""
STAGED = """
    SELECT use_id, state, count(*), max(greatest(occurred_at, expires_at)) FROM {stage} GROUP BY use_id, state
"""
ADD_SUBJECTS = """
    INSERT INTO consents_datasubject (key_digest, key_version)
    SELECT digest, %(version)s FROM (SELECT DISTINCT digest FROM {stage} {sorted}) wanted
     WHERE NOT EXISTS (SELECT FROM consents_datasubject known WHERE known.key_digest = wanted.digest)
     ORDER BY digest
"""
ADD_EVENTS = """
    INSERT INTO consents_consentevent (id, import_id, use_id, notice_version_id, occurred_at, recorded_at, expires_at,
                                       subject_id, line, state, mechanism, language, source)
    SELECT %(first)s + row_number() OVER (), %(number)s, use_id, notice_version_id, occurred_at, %(recorded_at)s,
           expires_at, subject_id, line, state, mechanism, language, source
      FROM (SELECT p.id AS subject_id, s.*
              FROM (SELECT * FROM {stage} {sorted}) s JOIN consents_datasubject p ON {person}
             ORDER BY p.id, use_id, occurred_at, state, line) ordered
"""
ADD_DUE = """
    INSERT INTO consents_permissiondue (at, subject_id, use_id)
    SELECT DISTINCT at, subject_id, use_id
      FROM consents_consentevent, unnest(ARRAY[occurred_at, expires_at]) AS at
     WHERE id BETWEEN %(first)s AND %(last)s AND at > %(recorded_at)s
     ORDER BY at, subject_id, use_id ON CONFLICT DO NOTHING
"""
ADD_USES = """
    INSERT INTO consents_answereduse (use_id, applied_until)
    SELECT unnest(%(uses)s::bigint[]), %(moment)s ORDER BY 1 ON CONFLICT DO NOTHING
"""
ADDED_ROWS = f"WITH e AS ({ADD_EVENTS} RETURNING *) SELECT string_agg({ROW}, chr(30) ORDER BY e.id) FROM e"
# People whom the import names and who were known before it.
OWN_KNOWN = f"""
    {BEGUN} AND e.use_id = ANY(%(uses)s) AND e.subject_id = ANY(ARRAY(
        SELECT DISTINCT w.subject_id FROM consents_consentevent w
         WHERE w.id BETWEEN %(first)s AND %(last)s AND w.subject_id <= %(known)s))
"""
# Of those whom the import names, others spoke in the meantime, or a moment came and somebody saw to it.
NAMED_SINCE = """
    SELECT DISTINCT o.subject_id FROM unnest(%(others)s::bigint[]) AS other
      JOIN consents_consentevent o ON o.id BETWEEN other << 32 AND (other << 32) + 4294967295
     WHERE EXISTS (SELECT FROM consents_consentevent w
                    WHERE w.subject_id = o.subject_id AND w.id BETWEEN %(first)s AND %(last)s)
"""
APPLIED_SINCE = """
    SELECT DISTINCT e.subject_id FROM consents_consentevent e, unnest(ARRAY[e.occurred_at, e.expires_at]) AS at
     WHERE at > %(recorded_at)s AND at <= %(applied)s AND e.subject_id IN (
        SELECT w.subject_id FROM consents_consentevent w WHERE w.id BETWEEN %(first)s AND %(last)s)
"""


class Repeated(Exception):
    """Rows that say what another row of the same delivery says: the lines of both, the first one first."""

    def __init__(self, pairs: list[tuple[int, int]]) -> None:
        super().__init__(f"{len(pairs)} rows are there twice.")
        self.pairs = pairs


class TreeGrew(Conflict):
    """A use was added while the sets of those known before were being written."""


@dataclass(frozen=True)
class Staged:
    """How often which use and state wait, and the latest moment that any row names."""

    counts: dict[tuple[int, int], int]
    latest: datetime

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @property
    def uses(self) -> set[int]:
        return {use for use, _ in self.counts}


@dataclass(frozen=True)
class Posted:
    """What was added, and what commits to it."""

    number: int
    recorded_at: datetime
    rows: int
    blocks: list[str]
    counts: dict[str, dict[str, int]]
    new_subjects: int
    people: list[int]  # whom a small delivery names


def keep_import(posted: Posted, *, kind: str, by: User | None, **facts: Any) -> ConsentImport:
    """The record of what was added. Its history commits to each row."""
    made = ConsentImport(
        pk=posted.number,
        recorded_at=posted.recorded_at,
        rows=posted.rows,
        blocks=posted.blocks,
        block_rows=BLOCK_ROWS,
        counts=posted.counts,
        new_subjects=posted.new_subjects,
        kind=kind,
        by=by,
        **facts,
    )
    made.on_behalf(by, "import").save(force_insert=True)
    return made


class LedgerWriter:
    """One delivery on its way. With `bulk`, answers are resolved before anybody is locked out.

    Rows name people by a digest of this `version`, unless all are about one `person`.
    """

    def __init__(self, stage: Stage, *, version: int = 0, person: int | None = None, bulk: bool = False) -> None:
        self.stage, self.person, self.bulk, self.hierarchy = stage, person, bulk, UseHierarchy.load()
        self.others = _finished_lately() if bulk else set()
        self.new_uses: set[int] = set()
        self.few = False
        self.recorded_at = clock.now()
        [(number, known)] = fetch(BEGIN)
        first = number << ConsentEvent.PLACES
        self.params: dict[str, Any] = {
            "number": number,
            "first": first,
            "last": first + (1 << ConsentEvent.PLACES) - 1,
            "known": known,
            "version": version,
            "person": person,
            "recorded_at": self.recorded_at,
            **stage.params,
        }

    def post(self, staged: Staged | None = None) -> Posted:
        staged = staged or self._look()
        self.uses = self.hierarchy.reached_from(staged.uses)
        early = self._resolve(staged.uses) if self.bulk else Resolution([], 0)
        self.few = self.bulk and staged.rows * FEW < self.params["known"]
        with by_index(self.few):
            new_subjects = 0 if self.person else self._add_subjects()
            people, blocks = self._add_events(early)
            if staged.latest > self.recorded_at:
                self._run(ADD_DUE)
            if self.bulk and self.params["known"]:
                self._resolve_known(early)
        lock_chunks(early.chunks.keys() | {person // CHUNK for person in people})
        if self.bulk:
            bitmaps.apply(early, self.plan)
            people = self._spoken_of_since()
        if people or self.new_uses:
            self._resolve_late(people, staged.uses)
        counts = self._in_words(staged)
        return Posted(
            self.params["number"], self.recorded_at, blocks.rows, blocks.digests, counts, new_subjects, sorted(people)
        )

    def _in_words(self, staged: Staged) -> dict[str, dict[str, int]]:
        words: dict[str, dict[str, int]] = {}
        for (use, state), rows in sorted(staged.counts.items()):
            words.setdefault(self.hierarchy.nodes[use].key, {})[State(state).key] = rows
        return words

    def _look(self) -> Staged:
        rows = fetch(self._filled(STAGED), **self.params)
        return Staged({(use, state): n for use, state, n, _ in rows}, max(latest for *_, latest in rows))

    def _resolve(self, uses: Collection[int]) -> Resolution:
        """An empty resolution for the uses that the delivery reaches, as of now or of the last moment applied."""
        answered, applied = self._clock()
        self.moment = max(clock.now(), applied) if applied else clock.now()
        self.new_uses = set(uses) - set(answered)
        self.plan = self.hierarchy.plan(self.uses, {*answered, *uses})
        return Resolution(self.plan.groups, clock.microseconds(self.moment))

    def _clock(self) -> tuple[list[int], datetime | None]:
        """The uses with answers, and up to when their sets follow the clock. Uses are only ever added."""
        [(answered, applied, uses)] = fetch(CLOCK)
        if uses != len(self.hierarchy.nodes):
            raise TreeGrew("Uses were added to the taxonomy meanwhile. Send it again.")
        return answered, applied

    def _add_subjects(self) -> int:
        """Only a race makes the same person twice; looking for one with each row would take half as long again."""
        if self.bulk:
            try:
                with transaction.atomic():
                    return self._run(ADD_SUBJECTS)
            except IntegrityError:
                pass
        return self._run(f"{ADD_SUBJECTS} ON CONFLICT DO NOTHING")

    def _add_events(self, early: Resolution) -> tuple[set[int], Blocks]:
        """Add the rows and digest them. With `bulk`, resolve people who are new; otherwise say who is named."""
        blocks = Blocks()
        if self.bulk:
            params = {"first": self.params["first"], "rows": self._run(ADD_EVENTS)}
            early.read(blocks.through(stream(BLOCKS, params)), above=self.params["known"])
            people = set()
        else:
            [(text,)] = fetch(self._filled(ADDED_ROWS), **self.params)
            [rows] = blocks.through([text.encode()])
            early.read([rows], above=NOBODY)
            people = {int(row.partition(b"|")[0]) for row in rows}
        if early.repeats:
            raise Repeated([(_line(first), _line(second)) for first, second in early.repeats])
        return people, blocks

    def _resolve_known(self, early: Resolution) -> None:
        """Resolve those who were known before.

        The database has not counted rows that were only just added, and might look through all of them again for each
        of many people: these are found in one pass.
        """
        run("SELECT set_config('enable_nestloop', %(on)s, true)", on="on" if self.few else "off")
        early.read(answers_where(OWN_KNOWN, {**self.params, "uses": self.plan.sources, "moment": self.moment}))
        run("SELECT set_config('enable_nestloop', 'on', true)")

    def _spoken_of_since(self) -> set[int]:
        """People of this delivery who are no longer as they were when they were resolved. The locks are held."""
        others = sorted(_finished_lately() - self.others)
        people = {person for (person,) in fetch(NAMED_SINCE, **self.params, others=others)} if others else set()
        _, applied = self._clock()
        if applied and applied > self.recorded_at:
            people |= {person for (person,) in fetch(APPLIED_SINCE, **self.params, applied=applied)}
        return people

    def _resolve_late(self, people: Collection[int], uses: Collection[int]) -> None:
        """Resolve people whose chunks are locked, so that nobody adds to what is read."""
        self._resolve(uses)
        if people:
            bitmaps.apply(resolve_people(people, self.plan, self.moment), self.plan)
        if self.new_uses:
            run(ADD_USES, uses=sorted(self.new_uses), moment=self.moment)

    def _run(self, query: str) -> int:
        return run(self._filled(query), **self.params)

    def _filled(self, query: str) -> str:
        person = "p.id = %(person)s" if self.person else "p.key_digest = s.digest"
        # In the order of the index, each of its pages is read once.
        in_order = "ORDER BY digest" if self.few else ""
        return query.format(stage=self.stage.source, person=person, sorted=in_order)


@contextmanager
def by_index(wanted: bool) -> Iterator[None]:
    """Look up row by row inside the block. The planner would rather read everything once, however large it becomes."""
    if not wanted:
        yield
        return
    for name in ("enable_hashjoin", "enable_mergejoin"):
        run(f"SET LOCAL {name} = off")
    yield
    for name in ("enable_hashjoin", "enable_mergejoin"):
        run(f"SET LOCAL {name} = on")


def _line(answer: AnswerRow) -> int:
    return int(answer[REST].split(b"|", 2)[1])


def _finished_lately() -> set[int]:
    """Deliveries of which others may not have seen that they are complete."""
    since = timezone.now() - OVERLAP
    return set(ConsentImport.objects.filter(updated_at__gt=since).values_list("pk", flat=True))
