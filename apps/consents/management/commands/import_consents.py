import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.consents.importing import ImportResult, import_consents


class Command(BaseCommand):
    help = (
        "Import answers from a CSV or JSON Lines file, plain or as gzip, with the columns subject, use, state and "
        "occurred_at. All or nothing: exits with 1 and says which lines are wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--notice", type=int, help="The number of the notice version that people were shown.")
        parser.add_argument("--skip-invalid", action="store_true", help="Take the rows that can be taken.")
        parser.add_argument("--rejects", type=Path, help="Where to list the lines left out; default FILE.rejects.")
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as file:
                result = import_consents(file, file_name=options["file"].name, notice=options["notice"])
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}.") from None
        self._tell(result)
        if not result.ok:
            sys.exit(1)

    def _tell(self, result: ImportResult) -> None:
        self.stdout.write(json.dumps({"ok": result.ok, "rows": result.made.rows if result.made else 0}))
        for problem in result.problems:
            self.stdout.write(str(problem))
