import csv
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.consents import keys
from apps.consents.intake.reading import Lines, Unreadable
from apps.consents.intake.rows import read_heading
from apps.consents.ledger.rows import fetch
from apps.consents.screening.cohorts import COLUMN
from apps.consents.screening.services import EXCLUSION_COLUMNS

AT_ONCE = 10_000
KNOWN = "SELECT key_digest FROM consents_datasubject WHERE key_digest = ANY(%(digests)s)"


class Command(BaseCommand):
    help = (
        "Copy a file of members to standard output, without those whom an exclusion list names, and without those whom "
        "nobody knows by their key: they were forgotten, or are not of the cohort. The list holds digests; the keys "
        "stay in your files. The file is one key on each line, or CSV with the column subject."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--exclusions", type=Path, required=True, help="The list, as a screening hands it out.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            excluded = self._listed(options["exclusions"])
            with options["file"].open("rb") as file:
                counted = self._copy(file, excluded)
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror or 'it is damaged'}.") from None
        except (Unreadable, keys.WrongSecret) as error:
            raise CommandError(str(error)) from None
        self.stderr.write(
            f"{counted['kept']} left in, {counted['listed']} left out by the list, {counted['unknown']} left out "
            "because nobody is known by their key."
        )

    def _listed(self, path: Path) -> set[bytes]:
        version = str(keys.version_in_use())
        with path.open("rb") as file:
            found = Lines(file)
            heading = read_heading(found, EXCLUSION_COLUMNS)
            if heading.columns != EXCLUSION_COLUMNS:
                columns = ",".join(EXCLUSION_COLUMNS)
                raise CommandError(f"This is no exclusion list of a screening: its first line is not {columns}.")
            try:
                listed = {bytes.fromhex(digest): made_with for _, (digest, made_with) in heading.rows(found)}
            except ValueError:
                raise CommandError("The exclusion list holds a line that is no digest and number.") from None
        if set(listed.values()) - {version}:
            raise CommandError(
                "The secret for people's keys was replaced since this list was made. Take the list anew from the page "
                "of the screening."
            )
        return set(listed)

    def _copy(self, file: IO[bytes], excluded: set[bytes]) -> Counter[str]:
        digest, counted = keys.Digester(keys.version_in_use()), Counter[str]()
        found = _keys(Lines(file))
        while rows := list(islice(found, AT_ONCE)):
            written = [digest(key) if key else b"" for _, key in rows]
            renamed = digest.renamed()
            digests = [renamed.get(of_one, of_one) for of_one in written]
            digest.forms.clear()
            known = {bytes(of_one) for (of_one,) in fetch(KNOWN, digests=digests)}
            for (line, key), of_one in zip(rows, digests, strict=True):
                fate = "listed" if of_one in excluded else "unknown" if key and of_one not in known else "kept"
                counted[fate] += bool(key)
                if fate == "kept":
                    sys.stdout.write(line)
        return counted


def _keys(found: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Each line with its key, which is empty for the names of the columns and for empty lines."""
    heading = read_heading(found, (COLUMN,))
    if COLUMN not in heading.columns:
        yield from ((line, line.rstrip("\r\n")) for line in chain(heading.lines, found))
        return
    yield from ((line, "") for line in heading.lines)
    place = heading.columns.index(COLUMN)
    for number, line in enumerate(found, len(heading.lines) + 1):
        try:
            row = next(csv.reader([line], delimiter=heading.delimiter, strict=True), [])
            yield line, row[place] if row else ""
        except (csv.Error, IndexError):
            raise Unreadable(number, "The row has no field for the subject, or its quotes do not match.") from None
