import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.consents.keys import WrongSecret
from apps.consents.screening.cohorts import MembersResult, import_members


class Command(BaseCommand):
    help = "Make a cohort of the people in a file: one key on each line, or a CSV file with the column subject."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--cohort", required=True, help="How the cohort is to be called.")
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as file:
                result = import_members(file, name=options["cohort"])
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror or 'it is damaged'}.") from None
        except WrongSecret as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(_as_dict(result)) if options["json"] else _in_words(result))
        if not result.ok:
            sys.exit(1)


def _as_dict(result: MembersResult) -> dict[str, Any]:
    made = result.made
    return {
        "ok": result.ok,
        "cohort": made.pk if made else None,
        "lines": result.lines,
        "size": made.size if made else 0,
        "digest": made.digest if made else "",
        "new_subjects": made.new_subjects if made else 0,
        "problems": [{"line": problem.line, "reason": problem.reason} for problem in result.problems],
    }


def _in_words(result: MembersResult) -> str:
    if result.made is None:
        return "\n".join(["No cohort was made.", *(f"  {problem}" for problem in result.problems)])
    made = result.made
    return f"The cohort “{made}” has {made.size:,} people, of whom {made.new_subjects:,} were not known before."
