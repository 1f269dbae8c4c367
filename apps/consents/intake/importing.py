"""Imports of files: all or nothing, or without the rows that cannot be taken, which are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from django.db import transaction

from apps.consents import keys
from apps.consents.intake import stage
from apps.consents.intake.reading import Lines, Unreadable, digest
from apps.consents.intake.rows import (
    NOTHING_UNSAID,
    OPTIONAL,
    REQUIRED,
    BadColumns,
    BadRow,
    Packer,
    Unsaid,
    json_rows,
    read_heading,
    require_columns,
)
from apps.consents.ledger.locks import FILE, lock
from apps.consents.ledger.writer import LedgerWriter, Posted, Repeated, TreeGrew, keep_import
from apps.consents.models import ConsentImport
from apps.taxonomy.models import DataUse

if TYPE_CHECKING:
    from apps.accounts.models import User

BULK = 1000  # rows from which it pays to resolve before locking
ROWS_AT_ONCE = 2000
MOST_PROBLEMS = 100
ONE_LIST = (
    "The file is one list in JSON. Send JSON Lines: each object on a line of its own, without brackets around them and "
    "commas between them."
)

Tell = Callable[[str, int], None]


@dataclass(frozen=True)
class RowError:
    line: int
    reason: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.reason}"


@dataclass
class ImportResult:
    """What became of a file. Without problems, either `made` or `known` is there."""

    made: ConsentImport | None = None
    known: ConsentImport | None = None
    problems: list[RowError] = field(default_factory=list)
    problem_count: int = 0
    read_as: str = ""  # such as semicolon-separated, UTF-16

    @property
    def ok(self) -> bool:
        return bool(self.made or self.known)


class Refused(Exception):
    """The file holds rows that cannot be taken. Undoes what the import has done so far."""


@dataclass
class RowErrors:
    """Rows that cannot be taken: kept up to a number, told to `reject` as they come."""

    skip: bool
    reject: Callable[[RowError], None] | None = None
    found: list[RowError] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, reason: str) -> None:
        problem = RowError(line, reason)
        self.count += 1
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(problem)
        if self.skip and self.reject:
            self.reject(problem)
        if not self.skip and self.count >= MOST_PROBLEMS:
            raise Refused


def import_consents(
    file: IO[bytes],
    *,
    file_name: str,
    by: User | None = None,
    unsaid: Unsaid = NOTHING_UNSAID,
    skip_invalid: bool = False,
    reject: Callable[[RowError], None] | None = None,
    tell: Tell = lambda phase, rows: None,
) -> ImportResult:
    """Import a CSV or JSON Lines file, plain or as gzip. The same file again changes nothing.

    `unsaid` counts where the file does not say it. `reject` is told of each row that
    `skip_invalid` leaves out. `tell` is told how far the import is.
    """
    problems = RowErrors(skip_invalid, reject)
    sha = digest(file)
    try:
        with transaction.atomic():
            lock(FILE, int.from_bytes(bytes.fromhex(sha)[:4], signed=True))
            if known := ConsentImport.objects.filter(kind=ConsentImport.Kind.FILE, file_sha256=sha).first():
                return ImportResult(known=known)
            work = _FileImport(file, sha, file_name, unsaid, problems, tell)
            made = work.run(by)
    except Refused:
        return ImportResult(problems=problems.found, problem_count=problems.count)
    return ImportResult(made=made, problems=problems.found, problem_count=problems.count, read_as=work.read_as)


class _FileImport:
    def __init__(
        self, file: IO[bytes], sha: str, file_name: str, unsaid: Unsaid, problems: RowErrors, tell: Tell
    ) -> None:
        self.file, self.sha, self.file_name, self.unsaid = file, sha, file_name, unsaid
        self.problems, self.tell = problems, tell
        self.uses = dict(DataUse.objects.values_list("key", "pk"))
        self.rows, self.read_as = 0, ""

    def run(self, by: User | None) -> ConsentImport:
        version = keys.current_version()
        stage.prepare()
        self._read(version)
        if not self.rows and not self.problems.count:
            self.problems.add(1, "The file holds no rows that can be taken.")
        if not self.rows or (self.problems.count and not self.problems.skip):
            raise Refused
        self.tell("Adding answers", self.rows)
        return keep_import(
            self._post(version),
            kind=ConsentImport.Kind.FILE,
            by=by,
            file_name=self.file_name,
            file_sha256=self.sha,
            rejected=self.problems.count,
        )

    def _read(self, version: int) -> None:
        read = Digesting(self.file)
        try:
            found = Lines(read)  # type: ignore[arg-type]
            columns, rows = self._columns(found)
            # Asks the database what it needs to know now: while rows are sent, nothing else can be asked.
            digests = keys.Digester(version)
            pack = Packer(columns, digests, self.uses, self.unsaid).packing()
            stage.fill(self._packed(rows, pack))
            self.read_as = f"{self.read_as}, {found.encoding}"
            keys.rename(stage.NAME, digests)
        except Unreadable as error:
            self.problems.add(error.line, error.reason)
            raise Refused from None
        if read.hexdigest() != self.sha:
            self.problems.add(1, "The file was changed while it was read.")
            raise Refused

    def _packed(self, rows: Iterator[tuple[int, Any]], pack: Callable[[int, Any], bytes]) -> Iterator[bytes]:
        """The rows for the stage, some at a time."""
        waiting: list[bytes] = []
        for line, row in rows:
            try:
                if isinstance(row, BadRow):
                    raise row
                waiting.append(pack(line, row))
            except BadRow as error:
                self.problems.add(line, str(error))
            if len(waiting) == ROWS_AT_ONCE:
                self.rows += ROWS_AT_ONCE
                yield b"".join(waiting)
                waiting.clear()
                self.tell("Reading", self.rows)
        self.rows += len(waiting)
        yield b"".join(waiting)

    def _columns(self, found: Iterator[str]) -> tuple[list[str], Iterator[tuple[int, Any]]]:
        """What the columns are, and the rows. A file that begins with a brace is JSON Lines."""
        heading = read_heading(found, (*REQUIRED, *OPTIONAL))
        first = heading.lines[0].lstrip()
        if first.startswith("{"):
            self.read_as, columns = "JSON Lines", [*REQUIRED, *OPTIONAL]
            return columns, json_rows(chain(heading.lines, found), columns)
        self.read_as = heading.separated
        try:
            if first.startswith("["):
                raise BadColumns(ONE_LIST)
            require_columns(heading.columns, REQUIRED, OPTIONAL)
        except BadColumns as error:
            self.problems.add(len(heading.lines), str(error))
            raise Refused from None
        return heading.columns, heading.rows(found)

    def _post(self, version: int) -> Posted:
        """Rows that are there twice come out when they are added; without them it is done again.

        It is, too, when the taxonomy has grown meanwhile.
        """
        while True:
            writer = LedgerWriter(stage.FROM_TABLE, version=version, bulk=self.rows > BULK)
            try:
                with transaction.atomic():
                    return writer.post()
            except TreeGrew:
                continue
            except Repeated as error:
                for first, again in error.pairs:
                    self.problems.add(again, f"The row says the same as line {first}.")
                if not self.problems.skip:
                    raise Refused from None
                self.rows -= stage.remove([again for _, again in error.pairs])


class Digesting:
    """Digests what is read of a file on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.made = file, sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.made.update(block)
        return block

    def seek(self, place: int) -> int:
        self.made = sha256()
        return self.file.seek(place)

    def hexdigest(self) -> str:
        return self.made.hexdigest()
