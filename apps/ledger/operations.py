"""Migration operations for tables whose rows stand on the chain, so that entries of every release go on verifying.

Each says on the chain what it does, in the same transaction, in a new database as in one with rows. They only go
forward, and their migration depends on `("ledger", "0001_initial")`. Which one to use when is said in
docs/adding-a-governed-model.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger

from apps.ledger.models import Entry
from apps.ledger.state import columns_of, note, record_columns
from apps.ledger.triggers import Chained
from apps.ledger.verify.schema import RETIRED

# A name of PostgreSQL has 63 bytes.
LONGEST = 48
CHAINED = """
    SELECT c.relname FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE n.nspname = 'public' AND p.proname = 'ledger_append' ORDER BY c.relname
"""
RENAME = "ALTER TABLE {0} RENAME COLUMN {1} TO {2}"
EMPTY = "ALTER TABLE {0} ALTER COLUMN {2} DROP NOT NULL, ALTER COLUMN {2} DROP DEFAULT"


class RenameRecordedField(migrations.RenameField):
    """Rename a column of a table on the chain: of a history, or of a model that is chained itself."""

    reversible = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        before = from_state.apps.get_model(app_label, self.model_name)
        after = to_state.apps.get_model(app_label, self.model_name)
        old, new = before._meta.get_field(self.old_name).column, after._meta.get_field(self.new_name).column
        with _noted(before, {new: old}, schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class RetireField(migrations.RemoveField):
    """Take a column of a table on the chain out of the model. What it held stays, under a name nobody else uses."""

    reversible = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        table, column = model._meta.db_table, model._meta.get_field(self.name).column
        kept = _free_name(column, columns_of(table, schema_editor.connection.alias))
        quoted = [schema_editor.quote_name(name) for name in (table, column, kept)]
        with _noted(model, {kept: column}, schema_editor):
            for statement in (RENAME, EMPTY):
                schema_editor.execute(statement.format(*quoted))

    def describe(self) -> str:
        return f"Retire field {self.name} of {self.model_name}"


class RetireModel(migrations.DeleteModel):
    """Take a model out of the code. Its table and rows stay, and on the chain they go on being verified."""

    reversible = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.name)
        table, using = model._meta.db_table, schema_editor.connection.alias
        if table in _chained(schema_editor):
            _wait_for_writers([table], schema_editor)
            record_columns(table, model._meta.pk.column, retired=True, using=using)

    def describe(self) -> str:
        return f"Retire model {self.name}"


class BeginHashFormat(Operation):
    """Hash entries in another format from the next one on.

    `functions` are the statements that make the database write it; `FORMATS` of the verification knows it by `number`.
    """

    reversible = False

    def __init__(self, number: int, functions: Sequence[str]) -> None:
        self.number, self.functions = number, functions

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        _wait_for_writers(_chained(schema_editor), schema_editor)
        note(Entry.Kind.SCHEMA, {"format": self.number}, using=schema_editor.connection.alias)
        for statement in self.functions:
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return f"Begin hash format {self.number}"


def chained_in_migrations() -> set[tuple[str, str]]:
    """(app, model in lower case) of everything that any migration ever put on the chain."""
    return {
        (app, operation.model_name.lower())
        for app, operation in all_operations()
        if isinstance(operation, AddTrigger) and operation.trigger.name == Chained.name
    }


def all_operations() -> Iterator[tuple[str, Operation]]:
    """Each operation of each migration, with the app."""
    for (app, _), migration in sorted(MigrationLoader(None).disk_migrations.items()):
        yield from ((app, operation) for operation in migration.operations)


@contextmanager
def _noted(model: Any, renamed: dict[str, str], schema_editor: Any) -> Iterator[None]:
    """Say what the columns are before and after the block, unless the table stands beside the chain."""
    table, key, using = model._meta.db_table, model._meta.pk.column, schema_editor.connection.alias
    if table not in _chained(schema_editor):
        raise ValueError(f"The rows of {table} do not stand on the chain: use the operation of Django.")
    record_columns(table, key, using=using)
    yield
    record_columns(table, renamed.get(key, key), renamed=renamed, using=using)


def _chained(schema_editor: Any) -> list[str]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(CHAINED)
        return [table for (table,) in cursor.fetchall()]


def _wait_for_writers(tables: Sequence[str], schema_editor: Any) -> None:
    """Let whoever has added a row write its entry first, and nobody add one before this transaction ends."""
    if tables:
        named = ", ".join(map(schema_editor.quote_name, tables))
        schema_editor.execute(f"LOCK TABLE {named} IN SHARE ROW EXCLUSIVE MODE")


def _free_name(column: str, taken: dict[str, str]) -> str:
    number = 1
    while (name := f"{RETIRED}{column[:LONGEST]}_{number}") in taken:
        number += 1
    return name
