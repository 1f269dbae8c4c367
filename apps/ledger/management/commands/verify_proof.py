import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.ledger.notes import BadNote, VerifierKey
from apps.ledger.proofs import BadProof, check_proof


class Command(BaseCommand):
    help = "Say what a proof of the ledger shows, from its file and a verifier key. Asks no database."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="The proof, from the page History, the API or ledger_proof.")
        parser.add_argument(
            "--key",
            action="append",
            required=True,
            help="A verifier key (name+id+key), or a file of them. May be repeated.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            keys = [key for said in options["key"] for key in _keys(said)]
            proof = json.loads(options["file"].read_text())
            self.stdout.write(check_proof(proof, keys))
        except (OSError, ValueError, BadNote) as error:
            raise CommandError(f"The proof or the key cannot be read: {error}") from error
        except BadProof as error:
            raise CommandError(f"Not proven. {error}") from error


def _keys(said: str) -> list[VerifierKey]:
    lines = Path(said).read_text().splitlines() if Path(said).is_file() else [said]
    return [VerifierKey.parse(line) for line in lines if line.strip()]
