from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.ledger.checkpoints import public_file, write_checkpoint


class Command(BaseCommand):
    help = "Sign the ledger's length and head with Ed25519 and write them to a file. Keep the file elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="Where to write it; by default beside the signing key.")

    def handle(self, *args: Any, **options: Any) -> None:
        key_file = Path(settings.LEDGER_SIGNING_KEY_FILE)
        checkpoint, file = write_checkpoint(key_file, options["file"])
        self.stdout.write(f"Signed entry {checkpoint['sequence']}. Public key: {public_file(key_file)}")
        self.stdout.write(str(file))
