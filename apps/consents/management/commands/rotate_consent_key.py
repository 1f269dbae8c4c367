from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.consents.keys import WrongSecret
from apps.consents.people.forgetting import rotate_key
from apps.core.exceptions import Conflict


class Command(BaseCommand):
    help = "Take the last secret of CONSENT_KEY into use. Every process of the portal must know it before."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = rotate_key()
        except (Conflict, WrongSecret) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"The digests of {changed:,} people were replaced. Keep all secrets, old and new.")
