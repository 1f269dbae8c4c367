from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.accounts.invitations import link_to_password
from apps.accounts.models import RoleGrant, User
from apps.core.exceptions import Conflict


class Command(BaseCommand):
    help = (
        "Create one of the first two administrators. A link is printed on the last line, with which the person chooses "
        "a password; it works once, and for three days. Done again before that, it prints a new link."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                user = self._account(options["email"], options["name"])
                user.invite(by=None)
        except (Conflict, ValidationError) as error:
            raise CommandError("; ".join(getattr(error, "messages", [str(error)]))) from error
        self.stdout.write(f"{user} is an administrator and chooses a password here:")
        self.stdout.write(link_to_password(user))

    def _account(self, email: str, name: str) -> User:
        """A new one; or the same, whose link was lost before anybody used it."""
        waiting = User.objects.filter(email=email.lower()).first()
        if waiting is None:
            made = User.objects.create_user(email, full_name=name, is_staff=True)
            RoleGrant.bootstrap_administrator(made)
            return made
        if not (waiting.invited_at and waiting.waits_for_password and waiting.has_perm("accounts.grant_role")):
            raise CommandError("A user with this e-mail address exists already.")
        return waiting
