"""Answers and cohorts of as many people as are asked for, each beside what PostgreSQL needs for the bare rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from simple_history.utils import bulk_create_with_history

from apps.consents.intake.importing import import_consents
from apps.consents.ledger.recording import withdraw
from apps.consents.models import CHUNK, Cohort, CohortChunk, DataSubject, Screening
from apps.consents.screening.cohorts import import_members
from apps.consents.screening.counting import count, count_in_detail
from apps.consents.screening.running import cohorts_with, screen
from apps.consents.sets.applying import apply_due
from apps.consents.sets.rebuilding import rebuild_permissions
from apps.core import clock
from apps.portal.bench.commands import run_command
from apps.portal.bench.figures import MOST_QUERIES, Figure, alternate, milliseconds
from apps.portal.bench.records import refresh_statistics
from apps.taxonomy.models import DataUse

IMPORT_GOAL, SCREENING_GOAL, EVIDENCE_GOAL, AS_OF_GOAL, MEMBERS_GOAL, SECOND_GOAL = 2, 0.01, 0.03, 2, 1, 3
MOST_MEGABYTES = 400
MOST_MILLISECONDS = 50  # for the cohorts that hold a person
SECOND = 30  # the second import has one in so many rows
COHORTS = 10_000
MEMBERS_EACH = 50
USE = "train_ai_system"
USES = [
    USE,
    "train_ai_system.face_recognition",
    "marketing.advertising",
    "third_party_sharing.third_party",
    "analytics",
]
STATES = ["given", "given", "given", "withdrawn", "refused", "opted_out"]
SINCE = datetime(2012, 1, 1, tzinfo=UTC)
SECONDS = 14 * 365 * 86_400
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")

COLUMNS = "subject text, use text, state text, occurred_at timestamptz"
BY_KEY = (
    f"CREATE TABLE bench_rows ({COLUMNS}, line integer GENERATED ALWAYS AS IDENTITY, "
    "PRIMARY KEY (subject, use, occurred_at, line))"
)
BY_NUMBER = f"CREATE TABLE bench_rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {COLUMNS})"
MEMBER_ROWS = "CREATE TABLE bench_rows (cohort integer DEFAULT 1, subject text, PRIMARY KEY (cohort, subject))"

# Members and permissions as rows, as one would keep them without sets.
ROWS = [
    "CREATE TABLE bench_member (subject_id integer PRIMARY KEY)",
    "INSERT INTO bench_member SELECT id FROM consents_datasubject",
    "CREATE TABLE bench_permission (use_id bigint, subject_id integer, PRIMARY KEY (use_id, subject_id))",
    """INSERT INTO bench_permission SELECT DISTINCT e.use_id, e.subject_id FROM consents_consentevent e
        WHERE e.state IN (3, 4)""",
    """CREATE TABLE bench_standing (use_id bigint, subject_id integer, state smallint,
        PRIMARY KEY (use_id, subject_id))""",
    """INSERT INTO bench_standing SELECT DISTINCT ON (use_id, subject_id) use_id, subject_id, state
         FROM consents_consentevent ORDER BY use_id, subject_id, occurred_at DESC""",
    "VACUUM ANALYZE bench_member, bench_permission, bench_standing, consents_consentevent, consents_datasubject",
]
ANTI_JOIN = """
    SELECT count(*) FROM bench_member m WHERE NOT EXISTS (
        SELECT FROM bench_permission p WHERE p.use_id = %(use)s AND p.subject_id = m.subject_id)
"""
BY_STATE = """
    SELECT s.state, count(*) FROM bench_member m
      LEFT JOIN bench_standing s ON s.use_id = %(use)s AND s.subject_id = m.subject_id GROUP BY s.state
"""
AS_OF = """
    SELECT count(*) FROM bench_member m JOIN (
        SELECT DISTINCT ON (subject_id) subject_id, state FROM consents_consentevent
         WHERE use_id = %(use)s AND occurred_at <= %(then)s AND recorded_at <= %(now)s
         ORDER BY subject_id, occurred_at DESC, state DESC) latest USING (subject_id)
     WHERE latest.state IN (3, 4)
"""
MANY_ROWS = [
    "CREATE TABLE bench_many (cohort_id bigint, subject_id integer, PRIMARY KEY (cohort_id, subject_id))",
    f"""INSERT INTO bench_many SELECT c.id, 1 + (c.id * 7919 + n * 104729) %% 60000
          FROM consents_cohort c, generate_series(1, {MEMBERS_EACH}) n ON CONFLICT DO NOTHING""",
    "ANALYZE bench_many",
]
PROBES = """
    SELECT c.id FROM consents_cohort c
     WHERE EXISTS (SELECT FROM bench_many m WHERE m.cohort_id = c.id AND m.subject_id = %(person)s)
"""
TABLES = ("bench_rows", "bench_member", "bench_permission", "bench_standing", "bench_many")


class Consents:
    """Files with so many people, what importing them costs, and what the portal then answers."""

    def __init__(self, people: int, repeats: int) -> None:
        self.people, self.repeats = people, repeats
        self.folder = TemporaryDirectory(prefix="bench-consents-")
        self.extra: dict[str, Any] = {"people": people}

    @contextmanager
    def files(self) -> Iterator[Consents]:
        """Inside the block there are files; the tables of the baselines are gone behind it."""
        try:
            with self.folder:
                yield self
        finally:
            for table in TABLES:
                execute(f"DROP TABLE IF EXISTS {table}")

    @cached_property
    def answers(self) -> Path:
        return self._write("answers.csv", self.people, seed=1)

    @cached_property
    def more_answers(self) -> Path:
        return self._write("more.csv", max(1, self.people // SECOND), seed=2)

    @cached_property
    def members(self) -> Path:
        path = Path(self.folder.name) / "members.txt"
        with path.open("w") as file:
            people = list(range(self.people))
            random.Random(4).shuffle(people)
            file.writelines(f"{_key(number)}\n" for number in people)
        return path

    def _write(self, name: str, rows: int, seed: int) -> Path:
        chance = random.Random(seed)
        people = chance.sample(range(self.people), rows)
        path = Path(self.folder.name) / name
        with path.open("w") as file:
            file.write("subject,use,state,occurred_at\n")
            for person in people:
                moment = SINCE + timedelta(seconds=chance.randrange(SECONDS))
                file.write(f"{_key(person)},{chance.choice(USES)},{chance.choice(STATES)},{moment.isoformat()}\n")
        return path

    @cached_property
    def into_empty(self) -> float:
        """The second file into a ledger without answers. Leaves nothing."""
        with transaction.atomic():
            spent = milliseconds(lambda: self._import(self.more_answers))
            transaction.set_rollback(True)
        return spent

    def _import(self, path: Path) -> None:
        with path.open("rb") as file:
            result = import_consents(file, file_name=path.name)
        if not result.made:
            raise RuntimeError(f"{path.name} was not imported: {result.problems[:1]}")

    def first_import(self) -> Figure:
        """In a process of its own, as a person would start it. Whoever starts one waits for Python, too."""
        _ = self.into_empty
        by_number = self._copy(BY_NUMBER, self.answers)
        before = self._copy(BY_KEY, self.answers)
        value, self.megabytes = run_command("import_consents", str(self.answers), "--json")
        # On both sides, so that a busy moment of the machine hits both.
        baseline = (before + self._copy(BY_KEY, self.answers)) / 2
        refresh_statistics()
        broken = () if rebuild_permissions(verify=True).ok else ("The sets are not what the answers say.",)
        extra = {**self.extra, "copy_by_number": round(by_number), "ratio_by_number": round(value / by_number, 2)}
        return Figure("Import of answers", value, baseline, IMPORT_GOAL, extra=extra, broken=broken)

    def memory(self) -> Figure:
        return Figure("Import of answers, memory", self.megabytes, MOST_MEGABYTES, 1, unit="MB", extra=self.extra)

    def second_import(self) -> Figure:
        # People scattered over all chunks make each of them be read, so it costs more than where there is one.
        value = milliseconds(lambda: self._import(self.more_answers))
        extra = {**self.extra, "rows": max(1, self.people // SECOND)}
        return Figure("Import into a full ledger", value, self.into_empty, SECOND_GOAL, extra=extra)

    def members_import(self) -> Figure:
        baseline = self._copy(MEMBER_ROWS, self.members, columns="subject", header=False)

        def read() -> None:
            with self.members.open("rb") as file:
                result = import_members(file, name="Benchmark")
            if not result.made or result.made.size != self.people:
                raise RuntimeError("The members were not imported.")

        return Figure("Import of members", milliseconds(read), baseline, MEMBERS_GOAL, extra=self.extra)

    def _copy(
        self, table: str, path: Path, columns: str = "subject, use, state, occurred_at", header: bool = True
    ) -> float:
        """The bare rows of the file into one table, sent as psql would."""
        execute("DROP TABLE IF EXISTS bench_rows")
        execute(table)

        def send() -> None:
            options = "FORMAT csv, HEADER" if header else "FORMAT csv"
            statement = f"COPY bench_rows ({columns}) FROM STDIN ({options})"
            with path.open("rb") as file, connection.cursor() as cursor, cursor.copy(statement) as copy:
                while block := file.read(1 << 18):
                    copy.write(block)

        spent = milliseconds(send)
        execute("DROP TABLE bench_rows")
        return spent

    def screening(self) -> Figure:
        """How many permit one use, with what is due by now; the baseline counts those who do not."""
        for statement in ROWS:
            execute(statement)
        cohort, use = self.cohort, DataUse.objects.get(key=USE)
        asked = Screening(cohort=cohort, basis=Screening.Basis.OPT_IN, needs=[USE], from_ledger=False)

        def ask() -> None:
            apply_due(clock.now())
            count(asked)

        value, baseline = alternate(ask, lambda: execute(ANTI_JOIN, use=use.pk), self.repeats)
        return Figure("Screening", value, baseline, SCREENING_GOAL, extra=self.extra)

    def evidence(self) -> Figure:
        """Where everybody stands, a digest of who is left out, and the result kept; the baseline counts by state."""
        cohort, use = self.cohort, DataUse.objects.get(key=USE)
        value, baseline = alternate(
            lambda: screen(cohort, [USE], Screening.Basis.OPT_IN, by=None),
            lambda: execute(BY_STATE, use=use.pk),
            self.repeats,
        )
        asked = Screening(cohort=cohort, basis=Screening.Basis.OPT_IN, needs=[USE], from_ledger=False)
        counted = milliseconds(lambda: count_in_detail(asked))
        extra = {**self.extra, "without_keeping": round(counted, 2)}
        return Figure("Screening, kept as evidence", value, baseline, EVIDENCE_GOAL, extra=extra)

    @cached_property
    def cohort(self) -> Cohort:
        return Cohort.objects.get(name="Benchmark")

    def as_of(self) -> Figure:
        cohort, use = self.cohort, DataUse.objects.get(key=USE)
        then, now = SINCE + timedelta(days=3000), clock.now()
        value, baseline = alternate(
            lambda: screen(cohort, [USE], Screening.Basis.OPT_IN, by=None, occurred_by=then, known_by=now),
            lambda: execute(AS_OF, use=use.pk, then=then, now=now),
            max(1, self.repeats // 5),
        )
        return Figure("Screening as of a date", value, baseline, AS_OF_GOAL, extra=self.extra)

    def withdrawal(self) -> Figure:
        """By the number of queries; how long it takes is told beside it."""
        person, use = DataSubject.objects.order_by("pk")[0], DataUse.objects.get(key=USE)
        with CaptureQueriesContext(connection) as captured:
            spent = milliseconds(lambda: withdraw(person, use))
        asked = [query for query in captured if not query["sql"].startswith(TRANSACTION)]
        extra = {**self.extra, "milliseconds": round(spent, 2), "statements": len(captured)}
        return Figure("One withdrawal", len(asked), MOST_QUERIES, 1, unit="queries", extra=extra)

    def cohorts_of_a_person(self) -> Figure:
        made = min(COHORTS, self.people)
        person = DataSubject.objects.order_by("pk")[0]
        _make_cohorts(made, person.pk // CHUNK)
        for statement in MANY_ROWS:
            execute(statement)
        value, probes = alternate(lambda: cohorts_with(person), lambda: execute(PROBES, person=person.pk), self.repeats)
        extra = {"cohorts": made, "probes": round(probes, 2)}
        return Figure("Cohorts that hold a person", value, MOST_MILLISECONDS, 1, extra=extra)


def _key(number: int) -> str:
    return f"member-{number:09}"


def _make_cohorts(count: int, chunk: int) -> None:
    """Small ones, of people within one chunk of numbers."""
    chance = random.Random(3)
    for first in range(0, count, 1000):
        numbers = range(first, min(first + 1000, count))
        cohorts = bulk_create_with_history(
            [Cohort(name=f"Cohort {n}", size=MEMBERS_EACH, digest="") for n in numbers], Cohort
        )
        chunks = [sum(1 << place for place in chance.sample(range(1, CHUNK), MEMBERS_EACH)) for _ in numbers]
        CohortChunk.objects.bulk_create(
            [CohortChunk(cohort=c, chunk=chunk, bits=people) for c, people in zip(cohorts, chunks, strict=True)]
        )
    refresh_statistics()


def execute(statement: str, **params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        if cursor.description:
            cursor.fetchall()
