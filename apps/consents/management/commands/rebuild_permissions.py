import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.consents.sets.rebuilding import Rebuilt, rebuild_permissions


class Command(BaseCommand):
    help = (
        "Make the sets of people again from their answers. With --verify, only compare, and exit with 1 if they differ."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--verify", action="store_true", help="Change nothing.")
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        result = rebuild_permissions(verify=options["verify"])
        differences = [str(difference) for difference in result.differences]
        if options["json"]:
            found = {"chunks": result.chunks, "moments_missing": result.moments_missing}
            self.stdout.write(json.dumps({"ok": result.ok, "differences": differences, **found}))
        else:
            self.stdout.write("\n".join([_in_words(result, changed=not options["verify"]), *differences]))
        if options["verify"] and not result.ok:
            sys.exit(1)


def _in_words(result: Rebuilt, *, changed: bool) -> str:
    if result.ok:
        return "All sets are what the answers say."
    done = "They were put right." if changed else "Nothing was changed."
    return (
        f"{len(result.differences)} sets and {result.moments_missing} moments to come were not what answers say. {done}"
    )
