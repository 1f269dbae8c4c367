"""Files of answers on their way in from a page or the API: taken at once when short, else left to a worker."""

from __future__ import annotations

import csv
import io
import logging
import time
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from apps.consents.intake import spool
from apps.consents.intake.importing import ImportResult, RowError, import_consents
from apps.consents.intake.rows import TEXTS, Unsaid
from apps.consents.models import ImportRun
from apps.core.uploads import safe_name

if TYPE_CHECKING:
    from apps.accounts.models import User

WHILE_WAITING = 1_000_000  # bytes that somebody may wait for
REPORT_EVERY = 1.0  # seconds
KNOWN = "Known already"
REJECTS = "consents/rejects"

logger = logging.getLogger(__name__)


class RefusedFile(Exception):
    """Nothing of a file was taken. `problems` say why, by line."""

    def __init__(self, problems: list[RowError], count: int) -> None:
        super().__init__(f"{count} lines cannot be taken.")
        self.problems, self.count = problems, count

    def by_line(self) -> dict[str, list[str]]:
        """As the API tells it."""
        return {f"line {problem.line}": [problem.reason] for problem in self.problems}


def begin_import(file: Any, options: dict[str, Any], *, by: User) -> ImportRun:
    """Import an upload now when it is short. Raises RefusedFile when it cannot be taken; nothing is left of it then."""
    run = ImportRun(by=by, file_name=safe_name(file.name), options=options)
    if file.size <= WHILE_WAITING:
        with Rejects() as rejects:
            result = _import(run, file, rejects)
            if not result.ok:
                raise RefusedFile(result.problems, result.problem_count)
            run.save()
            _finish(run, result, rejects)
        return run
    run.spool = spool.keep(file)
    run.save()
    return run


def carry_on(run: ImportRun) -> None:
    """Import the file that waits. Done again after a crash it changes nothing: the same file is taken once."""
    file = spool.waiting(run.spool)
    if file is None:
        _give_up(run, "The file did not wait any more: a day had passed. Send it again.")
        return
    try:
        with file, Progress(run.pk) as tell, Rejects() as rejects:
            _finish(run, _import(run, file, rejects, tell), rejects)
    except Exception as error:  # whatever it is, the run has an end that people see, and nothing was taken
        # No message and no trace: both may hold what stands in the file.
        logger.error("Import run %s failed: %s", run.pk, type(error).__name__)
        _give_up(
            run, "The portal could not finish, and took nothing. The log says what stopped it; then send it again."
        )
    spool.drop(run.spool)


def _import(run: ImportRun, file: Any, rejects: Rejects, tell: Any = lambda phase, rows: None) -> ImportResult:
    return import_consents(
        file,
        file_name=run.file_name,
        by=run.by,
        unsaid=Unsaid(run.options.get("notice_version"), **{name: run.options.get(name, "") for name in TEXTS}),
        skip_invalid=bool(run.options.get("skip_invalid")),
        reject=rejects.add,
        tell=tell,
    )


def _finish(run: ImportRun, result: ImportResult, rejects: Rejects) -> None:
    run.made = result.made or result.known
    run.problems = [{"line": problem.line, "reason": problem.reason} for problem in result.problems]
    run.problem_count, run.read_as = result.problem_count, result.read_as
    run.phase = KNOWN if result.known else "Done" if result.made else "Refused"
    run.rows = result.made.rows if result.made else 0
    run.finished_at = run.seen_at = timezone.now()
    with transaction.atomic():
        run.save()
        if rejects.count:
            default_storage.save(f"{REJECTS}/{run.pk}.csv", File(rejects.file))


def _give_up(run: ImportRun, reason: str) -> None:
    run.problems = [{"line": 0, "reason": reason}]
    run.problem_count, run.phase = 1, "Refused"
    run.finished_at = run.seen_at = timezone.now()
    run.save()


class Rejects:
    """Lines that were left out, with the reason, as CSV in a file that is gone at the end."""

    def __init__(self) -> None:
        self.count, self.file = 0, TemporaryFile()  # noqa: SIM115 - closed at the end of its own block

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def add(self, problem: RowError) -> None:
        for line in _lines([problem], heading=not self.count):
            self.file.write(line.encode())
        self.count += 1


def _lines(problems: Iterable[RowError], *, heading: bool = True) -> Iterator[str]:
    rows: list[tuple[object, object]] = [("line", "reason")] if heading else []
    for problem in [*rows, *((p.line, p.reason) for p in problems)]:
        row = io.StringIO()
        csv.writer(row).writerow(problem)
        yield row.getvalue()


def rejects_of(run: ImportRun) -> Iterator[str | bytes]:
    """Lines and reasons as CSV: all of them when lines were left out, else those that the run shows."""
    place = f"{REJECTS}/{run.pk}.csv"
    if default_storage.exists(place):
        with default_storage.open(place) as file:
            yield from file
        return
    yield from _lines([RowError(problem["line"], problem["reason"]) for problem in run.problems])


class Progress:
    """Says how far a run is, on a connection of its own: what the import itself writes is seen when it is done."""

    def __init__(self, run: int) -> None:
        self.run = run
        self.connection = connections.create_connection(DEFAULT_DB_ALIAS)
        self.told_at, self.phase = 0.0, ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def __call__(self, phase: str, rows: int) -> None:
        now = time.monotonic()
        if phase == self.phase and now - self.told_at < REPORT_EVERY:
            return
        self.told_at, self.phase = now, phase
        with self.connection.cursor() as cursor:
            cursor.execute(
                "UPDATE consents_importrun SET phase = %s, rows = %s, seen_at = now() "
                "WHERE id = %s AND finished_at IS NULL",
                [phase, rows, self.run],
            )
