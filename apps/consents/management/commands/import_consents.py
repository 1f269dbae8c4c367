import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.consents.intake.importing import ImportResult, RowError, import_consents
from apps.consents.intake.rows import Unsaid
from apps.consents.keys import WrongSecret
from apps.core.files import whole_text_file
from apps.disclosures.models import NoticeVersion

UNSAID = {
    "mechanism": "How people answered, such as web form",
    "language": "In which language they did",
    "source": "Which system recorded it",
}


class Command(BaseCommand):
    help = (
        "Import answers from a CSV or JSON Lines file, plain or as gzip, with the columns subject, use, state and "
        "occurred_at. All or nothing: exits with 1 and says which lines are wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--notice", type=int, help="The number of the notice version that people were shown.")
        for name, what in UNSAID.items():
            parser.add_argument(f"--{name}", default="", help=f"{what}, where a line does not say it.")
        parser.add_argument("--skip-invalid", action="store_true", help="Leave out lines that cannot be taken.")
        parser.add_argument("--rejects", type=Path, help="Where to list these lines; FILE.rejects unless given.")
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        notice = options["notice"]
        if notice and not NoticeVersion.objects.spoken().filter(pk=notice).exists():
            raise CommandError(f"Notice version {notice} is none that people were shown.")
        try:
            unsaid = Unsaid(notice, **{name: options[name] for name in UNSAID})
        except ValueError as error:
            raise CommandError(f"--{error}") from None
        result = self._import(options["file"], unsaid, options["skip_invalid"], options["rejects"])
        self.stdout.write(json.dumps(_as_dict(result)) if options["json"] else _in_words(result))
        if not result.ok:
            sys.exit(1)

    def _import(self, path: Path, unsaid: Unsaid, skip_invalid: bool, rejects: Path | None) -> ImportResult:
        with ExitStack() as closing:
            try:
                file = closing.enter_context(path.open("rb"))
                listing = _Rejects(rejects or path.with_name(f"{path.name}.rejects"), closing)
                return import_consents(
                    file, file_name=path.name, unsaid=unsaid, skip_invalid=skip_invalid, reject=listing.add
                )
            except OSError as error:
                raise CommandError(f"The file cannot be read: {error.strerror or 'it is damaged'}.") from None
            except WrongSecret as error:
                raise CommandError(str(error)) from None


class _Rejects:
    """Lines that were left out, with the reason; the file is made when there is one."""

    def __init__(self, path: Path, closing: ExitStack) -> None:
        self.path, self.closing = path, closing
        self.file: TextIO | None = None

    def add(self, problem: RowError) -> None:
        if self.file is None:
            self.file = self.closing.enter_context(whole_text_file(self.path))
        self.file.write(f"{problem.line}\t{problem.reason}\n")


def _as_dict(result: ImportResult) -> dict[str, Any]:
    found = result.made or result.known
    return {
        "ok": result.ok,
        "already_imported": result.known is not None,
        "import": found.pk if found else None,
        "rows": result.made.rows if result.made else 0,
        "new_subjects": result.made.new_subjects if result.made else 0,
        "rejected": result.made.rejected if result.made else 0,
        "counts": result.made.counts if result.made else {},
        "read_as": result.read_as,
        "problem_count": result.problem_count,
        "problems": [{"line": problem.line, "reason": problem.reason} for problem in result.problems],
    }


def _in_words(result: ImportResult) -> str:
    if result.known:
        return f"This file was imported before, as import {result.known.pk}. Nothing was changed."
    lines = [f"  {problem}" for problem in result.problems]
    if result.problem_count > len(lines):
        lines.append("  and more.")
    if result.made is None:
        return "\n".join(["Nothing was imported.", *lines])
    made = result.made
    said = (
        f"Imported {made.rows:,} answers, of {made.new_subjects:,} people not known before. Read as {result.read_as}."
    )
    return "\n".join([said, f"Left out {made.rejected:,} lines:", *lines] if made.rejected else [said])
