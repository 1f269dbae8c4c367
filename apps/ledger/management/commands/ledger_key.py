from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.ledger.signer import NoKey, Refused, Signer


class Command(BaseCommand):
    help = "Make, replace or show the key that signs checkpoints. Run it where the signer runs."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--new", action="store_true", help="Make the first key.")
        what.add_argument("--rotate", action="store_true", help="Make a new key, announced by the present one.")
        what.add_argument("--retire", action="store_true", help="Destroy the keys that were replaced.")
        parser.add_argument("--unless-there", action="store_true", help="With --new: content with a key that is there.")

    def handle(self, *args: Any, **options: Any) -> None:
        signer = Signer()
        try:
            if options["new"] and not (options["unless_there"] and signer.key_file.exists()):
                signer.make_key()
            if options["rotate"]:
                self.stdout.write(f"From now on this key signs as well: {signer.rotate()}")
            if options["retire"]:
                self.stdout.write(f"Destroyed: {signer.retire()}")
            signer.keys()
            for key in signer.verifier_keys():
                self.stdout.write(str(key))
        except (NoKey, Refused, OSError) as error:
            raise CommandError(str(error)) from error
        if options["verbosity"] and not signer.memory().origin:
            self.stdout.write("The key is there. Its verifier key names the first entry: ask again once it has signed.")
