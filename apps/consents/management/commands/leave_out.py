import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.consents import keys
from apps.consents.cohorts import COLUMN
from apps.consents.reading import Unreadable, lines

HEADING = "digest"


class Command(BaseCommand):
    help = (
        "Copy a file of members to standard output, without those whom an exclusion list names. The list holds "
        "digests; the keys stay in your files. The file is one key on each line, or has the key in its first column, "
        "subject."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--exclusions", type=Path, required=True, help="The list, as a screening hands it out.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            excluded = self._listed(options["exclusions"].read_text())
            with options["file"].open("rb") as file:
                left, out = self._copy(file, excluded)
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror or 'it is damaged'}.") from None
        except (Unreadable, keys.WrongSecret) as error:
            raise CommandError(str(error)) from None
        self.stderr.write(f"{left} left in, {out} left out.")

    def _listed(self, text: str) -> set[bytes]:
        found = text.split()
        if not found or found[0] != HEADING:
            raise CommandError(f"This is no exclusion list: its first line is not {HEADING}.")
        try:
            return {bytes.fromhex(digest) for digest in found[1:]}
        except ValueError:
            raise CommandError("The exclusion list holds what is no digest.") from None

    def _copy(self, file: IO[bytes], excluded: set[bytes]) -> tuple[int, int]:
        digest = keys.digester(keys.version_in_use())
        left = out = 0
        for line, key in _keys(lines(file)):
            if key is not None and digest(key) in excluded:
                out += 1
                continue
            left += key is not None
            sys.stdout.write(line)
        return left, out


def _keys(found: Iterator[str]) -> Iterator[tuple[str, str | None]]:
    """Each line with its key; None for the names of the columns and for empty lines."""
    for place, line in enumerate(found):
        key = line.rstrip("\r\n").split(",")[0].strip('"')
        yield line, None if not key or (not place and key == COLUMN) else key
