import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.vendors.models import Organisation
from apps.vendors.ownership.bods import export_bods


class Command(BaseCommand):
    help = "Write the ownership of an organisation and of everybody above it as statements (BODS 0.4) to the output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", type=int, help="The number in the address of its page.")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(pk=options["organisation"]).first()
        if organisation is None:
            raise CommandError(f"There is no organisation {options['organisation']}.")
        self.stdout.write(json.dumps(export_bods(organisation), indent=2))
