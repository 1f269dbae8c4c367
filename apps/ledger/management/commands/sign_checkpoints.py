import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from apps.core import clock
from apps.ledger.own_role import watch_connections
from apps.ledger.signer import NoKey, Refused, Signer


class Command(BaseCommand):
    help = (
        "Sign the ledger whenever it has grown, as the only process that holds the signing key. What contradicts an "
        "earlier signature is never signed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Look once and end: with 1 when it was refused.")
        parser.add_argument("--every", type=int, default=600, help="Seconds between two looks.")
        parser.add_argument("--decide", metavar="REASON", help="After a refusal: somebody has looked, try again.")

    def handle(self, *args: Any, **options: Any) -> None:
        watch_connections()
        signer = Signer()
        if options["decide"]:
            self._decide(signer, options["decide"])
            return
        if not self._look(signer) and options["once"]:
            sys.exit(1)
        while not options["once"]:
            time.sleep(options["every"])
            self._look(signer)

    def _look(self, signer: Signer) -> bool:
        """Sign if there is something to sign. A database that is away, or a full disk, is asked again next time."""
        try:
            file = signer.sign()
        except NoKey as error:
            raise CommandError(str(error)) from error
        except Refused as error:
            self._shout(f"REFUSED TO SIGN. {error} Nothing is signed until somebody decides: see docs/operating.md.")
            return False
        except (DatabaseError, OSError) as error:
            self._shout(f"Could not sign: {type(error).__name__}: {error}")
            return False
        finally:
            if not connection.in_atomic_block:
                connection.close()
        if file:
            self.stdout.write(f"Signed {file}")
        return True

    def _shout(self, sentence: str) -> None:
        self.stderr.write(f"{clock.local(timezone.now()):%Y-%m-%d %H:%M:%S} {sentence}")

    def _decide(self, signer: Signer, reason: str) -> None:
        try:
            refused = signer.decide(reason)
        except (NoKey, Refused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Written down. Refused was: {refused}" if refused else "Nothing was refused.")
