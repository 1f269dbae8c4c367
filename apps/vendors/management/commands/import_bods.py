import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.vendors.ownership.bods import ImportResult, StatementError, import_bods


class Command(BaseCommand):
    help = "Import ownership statements (BODS 0.4). All or nothing: exits with 1 and says where the file is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Try it and write nothing.")
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        result = self._import(options["file"], dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(result.as_dict()))
        else:
            self._tell(result, dry_run=options["dry_run"])
        if not result.ok:
            sys.exit(1)

    def _import(self, file: Path, *, dry_run: bool) -> ImportResult:
        try:
            with file.open("rb") as opened:
                content = opened.read(settings.UPLOAD_MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "the path is not valid"
            return ImportResult(errors=[StatementError("file", f"The file cannot be read: {reason}.")])
        return import_bods(content, by=None, dry_run=dry_run)

    def _tell(self, result: ImportResult, *, dry_run: bool) -> None:
        if not result.ok:
            self.stdout.write("Nothing was imported.")
            for problem in result.errors:
                self.stdout.write(f"  {problem.place}: {problem.reason}")
            return
        self.stdout.write("Trial run, nothing was written." if dry_run else "The file was imported.")
        self.stdout.write(
            f"Statements: {result.created} created a record, {result.updated} updated one, {result.closed} closed one, "
            f"{result.unchanged} changed nothing."
        )
