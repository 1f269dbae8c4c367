import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.exceptions import Conflict
from apps.ledger.models import Entry
from apps.ledger.proofs import prove_consistency, prove_entry


class Command(BaseCommand):
    help = "Print a proof as JSON, for the command verify_proof."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--entry", type=int, help="That the entry of this number is in the ledger.")
        what.add_argument(
            "--consistency",
            nargs=2,
            type=int,
            metavar=("OLD", "NEW"),
            help="That the ledger of one checkpoint goes on from that of another, named by their numbers of entries.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            proof = self._of_entry(options["entry"]) if options["entry"] else prove_consistency(*options["consistency"])
        except Conflict as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(proof, indent=1))

    def _of_entry(self, number: int) -> dict[str, Any]:
        if not Entry.objects.filter(pk=number).exists():
            raise CommandError(f"There is no entry {number}.")
        return prove_entry(number)
