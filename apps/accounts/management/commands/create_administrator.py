import getpass
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.accounts.models import RoleGrant, User
from apps.core.exceptions import Conflict


class Command(BaseCommand):
    help = "Create one of the first two administrators. The password is asked for, or read from PORTAL_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(email=options["email"].lower()).exists():
            raise CommandError("A user with this e-mail address exists already.")
        password = os.environ.get("PORTAL_PASSWORD") or getpass.getpass("Password: ")
        try:
            with transaction.atomic():
                user = User.objects.create_user(options["email"], password, full_name=options["name"], is_staff=True)
                RoleGrant.bootstrap_administrator(user)
        except Conflict as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user} is an administrator.")
