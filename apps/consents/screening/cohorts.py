"""Sets of people from a manifest: one key on each line, or a CSV file with the column subject."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, TYPE_CHECKING, NoReturn

from django.db import connection, transaction

from apps.consents import keys
from apps.consents.intake.importing import Digesting, RowError, Tell
from apps.consents.intake.reading import Lines, Unreadable
from apps.consents.intake.rows import BadRow, Heading, read_heading, require_key
from apps.consents.intake.stage import HEADER, TRAILER
from apps.consents.ledger.rows import fetch, run
from apps.consents.models import CHUNK, Cohort, CohortChunk
from apps.consents.sets.bitmaps import Members, digest_of, size_of

if TYPE_CHECKING:
    from apps.accounts.models import User

NAME = "consents_named"
ROWS_AT_ONCE = 5000
PLACE_BYTES = 2
COLUMN = "subject"

ADD_SUBJECTS = f"""
    INSERT INTO consents_datasubject (key_digest, key_version)
    SELECT digest, %(version)s FROM (
        SELECT DISTINCT digest FROM {NAME} n
         WHERE NOT EXISTS (SELECT FROM consents_datasubject known WHERE known.key_digest = n.digest)) wanted
     ORDER BY digest ON CONFLICT DO NOTHING
"""
# The places within each chunk, two bytes each.
PLACES = f"""
    SELECT id >> 16, string_agg(int2send(((id & 65535) - 32768)::smallint), ''::bytea)
      FROM {NAME} n JOIN consents_datasubject p ON p.key_digest = n.digest GROUP BY 1
"""


@dataclass
class MembersResult:
    made: Cohort | None = None
    lines: int = 0
    problems: list[RowError] = field(default_factory=list)
    read_as: str = ""

    @property
    def ok(self) -> bool:
        return self.made is not None


class Refused(Exception):
    """Undoes what the import has done so far."""


def import_members(
    file: IO[bytes], *, name: str, by: User | None = None, tell: Tell = lambda phase, rows: None
) -> MembersResult:
    """Make a cohort of the people in the file. Who was not known before is from now on."""
    result = MembersResult()
    if Cohort.objects.filter(name=name).exists():
        result.problems.append(RowError(0, f"There is a cohort with the name “{name}” already. Choose another name."))
        return result
    try:
        with transaction.atomic():
            result.made = _Manifest(file, result, tell).read(name, by)
    except Refused:
        pass
    except Unreadable as error:
        result.problems.append(RowError(error.line, error.reason))
    return result


class _Manifest:
    def __init__(self, file: IO[bytes], result: MembersResult, tell: Tell) -> None:
        self.file, self.result, self.tell = Digesting(file), result, tell

    def read(self, name: str, by: User | None) -> Cohort:
        version = keys.current_version()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '128MB'")
            cursor.execute("SET LOCAL jit = off")
            cursor.execute(f"DROP TABLE IF EXISTS {NAME}")
            cursor.execute(f"CREATE TEMPORARY TABLE {NAME} (digest bytea) ON COMMIT DROP")
            digests = keys.Digester(version)
            with cursor.copy(f"COPY {NAME} FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(HEADER)
                for part in self._packed(digests):
                    copy.write(part)
                copy.write(TRAILER)
            keys.rename(NAME, digests)
            cursor.execute(f"ANALYZE {NAME}")
        if self.result.problems or not self.result.lines:
            self._refuse(1, "The file names nobody.")
        new, places = 0, fetch(PLACES)
        if sum(len(found) for _, found in places) < PLACE_BYTES * self.result.lines:
            new, places = run(ADD_SUBJECTS, version=version), fetch(PLACES)
        members = {chunk: _people(bytes(found)) for chunk, found in places}
        return keep_cohort(name, members, by=by, file_sha256=self.file.hexdigest(), new_subjects=new)

    def _packed(self, digest: keys.Digest) -> Iterator[bytes]:
        waiting: list[bytes] = []
        for key in self._keys():
            waiting.append(b"\0\1\0\0\0\x10" + digest(key))
            if len(waiting) == ROWS_AT_ONCE:
                self.result.lines += ROWS_AT_ONCE
                yield b"".join(waiting)
                waiting.clear()
                self.tell("Reading", self.result.lines)
        self.result.lines += len(waiting)
        yield b"".join(waiting)

    def _keys(self) -> Iterator[str]:
        """The keys of the file. A first line that names the column says that it is CSV."""
        found = Lines(self.file)  # type: ignore[arg-type]
        heading = read_heading(found, (COLUMN,))
        if heading.columns.count(COLUMN) > 1:
            self._refuse(1, f"The column {COLUMN} is there twice, so it is unclear which one counts.")
        is_table = COLUMN in heading.columns
        for line, key in self._of_column(heading, found) if is_table else _each(chain(heading.lines, found)):
            if not key:
                continue
            try:
                require_key(key)
            except BadRow as error:
                self._refuse(line, str(error))
            yield key
        self.result.read_as = f"{heading.separated if is_table else 'one key on each line'}, {found.encoding}"

    def _of_column(self, heading: Heading, found: Iterator[str]) -> Iterator[tuple[int, str]]:
        place = heading.columns.index(COLUMN)
        for line, row in heading.rows(found):
            if len(row) <= place:
                self._refuse(line, "The row has no field for the subject.")
            yield line, row[place]

    def _refuse(self, line: int, reason: str) -> NoReturn:
        if not self.result.problems:
            self.result.problems.append(RowError(line, reason))
        raise Refused


def keep_cohort(
    name: str, members: Members, *, by: User | None, file_sha256: str = "", new_subjects: int = 0
) -> Cohort:
    """A cohort of these people. It never changes; other people are another cohort."""
    cohort = Cohort(
        name=name,
        size=size_of(members),
        digest=digest_of(members),
        file_sha256=file_sha256,
        new_subjects=new_subjects,
        by=by,
    )
    with transaction.atomic():
        cohort.on_behalf(by, "import").save()
        CohortChunk.objects.bulk_create(
            [CohortChunk(cohort=cohort, chunk=chunk, bits=members[chunk]) for chunk in sorted(members)],
            batch_size=64,
        )
    return cohort


def _each(found: Iterable[str]) -> Iterator[tuple[int, str]]:
    return ((number, line.rstrip("\r\n")) for number, line in enumerate(found, 1))


def _people(places: bytes) -> int:
    """The set of these places; the database sends them as signed numbers, the high byte first."""
    found = array("h", places)
    found.byteswap()
    digits = bytearray(b"0" * CHUNK)
    for place in found:
        digits[place + 32768] = 49
    return int(digits[::-1], 2)
