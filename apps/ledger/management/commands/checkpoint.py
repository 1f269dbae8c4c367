import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.ledger.checkpoints import load_or_create_key, make_checkpoint, public_pem


class Command(BaseCommand):
    help = "Sign the ledger's length and head with Ed25519 and write them to a file. Keep the file elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="Where to write it; by default beside the signing key.")

    def handle(self, *args: Any, **options: Any) -> None:
        key_file = Path(settings.LEDGER_SIGNING_KEY_FILE)
        key = load_or_create_key(key_file)
        public_file = key_file.with_suffix(".pub.pem")
        public_file.write_bytes(public_pem(key))
        checkpoint = make_checkpoint(key)
        file = options["file"] or key_file.parent / f"checkpoint-{checkpoint['sequence']}.json"
        file.write_text(json.dumps(checkpoint) + "\n")
        self.stdout.write(f"Signed entry {checkpoint['sequence']}. Public key: {public_file}")
        self.stdout.write(str(file))
