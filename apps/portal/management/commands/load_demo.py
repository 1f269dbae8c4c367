import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.exceptions import Conflict
from apps.portal.demo import load_case

SUBJECTS = 30_000


class Command(BaseCommand):
    help = (
        "Load the demo case: invented companies and people, with the password in DEMO_PASSWORD. "
        "What is there already stays as it is."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_case(password=self._password(), subjects=self._subjects())
        except Conflict as conflict:
            raise CommandError(f"The demo case does not fit what is in this database: {conflict}") from conflict
        if options["verbosity"] > 1:
            for title in loaded:
                self.stdout.write(title)
        self.stdout.write(f"Loaded {len(loaded)} stories of the demo case." if loaded else "The demo case is loaded.")

    def _password(self) -> str:
        if settings.PRODUCTION:
            raise CommandError("The demo case is not loaded in production: its accounts share one password.")
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("Set DEMO_PASSWORD to the password that all demo accounts shall have.")
        return password

    def _subjects(self) -> int:
        text = os.environ.get("SUBJECTS") or str(SUBJECTS)
        if not text.isdecimal() or int(text) < 1:
            raise CommandError(f"SUBJECTS is {text!r}. It says how many people the demo has, such as {SUBJECTS}.")
        return int(text)
