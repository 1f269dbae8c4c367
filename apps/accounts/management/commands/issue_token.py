from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import ApiToken, User
from apps.core import clock
from apps.core.scopes import Scope


class Command(BaseCommand):
    help = "Issue an API token for a user or service account. The key is printed on the last line, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="command line", help="What the token is for.")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            choices=[scope.value for scope in Scope],
            help="What it may be used for; can be repeated. Write and decide include reading, which is the default.",
        )
        parser.add_argument("--days", type=int, default=ApiToken.LASTS.days, help="How long it can be used.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower(), is_active=True).first()
        if user is None:
            raise CommandError("No active user has this e-mail address.")
        scopes = [Scope(name) for name in options["scopes"] or [Scope.READ]]
        lasts = timedelta(days=options["days"])
        token, key = ApiToken.issue(user, options["name"], by=None, scopes=scopes, lasts=lasts)
        self.stdout.write(f"Token for {user}, usable until {clock.local(token.expires_at):%-d %b %Y, %H:%M}:")
        self.stdout.write(key)
