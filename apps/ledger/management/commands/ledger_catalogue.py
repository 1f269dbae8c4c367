"""Only for those who make a release."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.migrations import AddField
from django.db.models import NOT_PROVIDED
from psycopg import sql

from apps.ledger.operations import all_operations, chained_in_migrations
from apps.ledger.verify import catalogue, schema
from apps.ledger.verify.chain import read_chain
from apps.ledger.verify.reading import opened


class Command(BaseCommand):
    help = (
        "Write down what a freshly migrated database of this release is made of, for verifications to compare with. "
        "Makes a database and a role on this server, and takes them away again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="Into the files of the release; else print the lines.")

    def handle(self, *args: Any, **options: Any) -> None:
        with fresh_database() as role:
            connection.ensure_connection()
            with opened(connection.connection) as reader:
                lines = catalogue.lines(reader, role)
                known = schema.digests(read_chain(reader, ()))
        if not options["write"]:
            self.stdout.write("\n".join(lines))
            return
        catalogue.EXPECTED.parent.mkdir(exist_ok=True)
        catalogue.EXPECTED.write_text("\n".join(lines) + "\n")
        # Versions of older releases stay: their entries stay on the chains.
        before = schema.KNOWN.read_text().splitlines() if schema.KNOWN.exists() else []
        schema.KNOWN.write_text("\n".join(sorted({*before, *known, *declared_defaults()})) + "\n")


def declared_defaults() -> Iterator[str]:
    """What rows that are there hold in a column that a migration adds to a table on the chain."""
    chained = chained_in_migrations()
    for app, operation in all_operations():
        if isinstance(operation, AddField) and (app, operation.model_name_lower) in chained:
            default = operation.field.default
            # What is made by calling something differs from row to row, but for an empty list or object.
            value = default() if default in (list, dict) else default
            if not callable(value) and value not in (None, NOT_PROVIDED):
                text = json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
                yield schema.default(f"{app}_{operation.model_name_lower}", operation.name, text)


@contextmanager
def fresh_database() -> Iterator[str]:
    """Work in a migrated empty database, with a role for the portal, until the end of the block. Gives the role."""
    here, name = connection.settings_dict["NAME"], f"ledger_catalogue_{secrets.token_hex(4)}"
    before = settings.DATABASE_APP_ROLE
    _run("CREATE ROLE {} NOLOGIN", name)
    _run("CREATE DATABASE {} TEMPLATE template0", name)
    try:
        _move(name, name)
        call_command("migrate", interactive=False, verbosity=0)
        yield name
    finally:
        _move(here, before)
        _run("DROP DATABASE IF EXISTS {}", name)
        _run("DROP ROLE IF EXISTS {}", name)


def _run(statement: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _move(database: str, role: str) -> None:
    connection.close()
    connection.settings_dict["NAME"], settings.DATABASE_APP_ROLE = database, role
