import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.ledger.checkpoints import BadCheckpoint, check_checkpoint
from apps.ledger.verify import Report, verify


class Command(BaseCommand):
    help = "Compare history with the ledger. Exits with 1 and names the first row that does not fit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the result as one JSON object.")
        parser.add_argument("--checkpoint", type=Path, help="A file written by the command checkpoint.")
        parser.add_argument("--public-key", type=Path, help="The public key that the checkpoint was signed for.")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["checkpoint"]) != bool(options["public_key"]):
            raise CommandError("Give --checkpoint and --public-key together.")
        report, cut = verify(), self._check(options["checkpoint"], options["public_key"])
        if options["json"]:
            result = {**report.as_dict(), "checkpoint": cut, "ok": report.ok and cut is None}
            self.stdout.write(json.dumps(result))
        else:
            self._tell(report, cut)
        if not report.ok or cut:
            sys.exit(1)

    def _check(self, checkpoint: Path | None, public_key: Path | None) -> str | None:
        if checkpoint is None or public_key is None:
            return None
        try:
            return check_checkpoint(checkpoint, public_key)
        except BadCheckpoint as error:
            raise CommandError(str(error)) from error

    def _tell(self, report: Report, cut: str | None) -> None:
        if report.first_broken:
            self.stdout.write(f"First row that does not fit: {report.first_broken}.")
        for problem in report.problems:
            self.stdout.write(f"  {problem}.")
        if cut:
            self.stdout.write(cut)
        if report.ok and not cut:
            self.stdout.write(
                f"All {report.entries} ledger entries fit the history; {report.redactions} of them redact a field."
            )
