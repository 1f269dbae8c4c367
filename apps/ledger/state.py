"""Entries that speak of the ledger itself: which columns its tables have, what numbers stand for, what was loaded.

Their fields are plain words, not commitments: a verification elsewhere reads them to know what to expect.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from apps.ledger.models import Entry, chained_models

# Tables with few rows that records point at by number, and what each number stands for.
NAMED = {
    "auth_group": "name",
    "django_content_type": "app_label || '.' || model",
}
COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
     WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


def note(kind: Entry.Kind, content: dict[str, Any], *, using: str = "default") -> None:
    """Add an entry about the ledger. Only the owner of the tables may."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT ledger_link(%s, '', 0, 'system', %s)", [kind, json.dumps(content)])


def record_schemas(using: str = "default", **kwargs: Any) -> None:
    """Put on the chain what changed of columns. Runs after each migration, as the owner, before a room adds rows:
    what the rows that are there hold in a new column is one value for all of them.
    """
    existing = _existing(using)
    if Entry._meta.db_table not in existing:
        return
    for model, key in chained_models():
        if model._meta.db_table in existing:
            record_columns(model._meta.db_table, key, using=using)


def record_names(using: str = "default", **kwargs: Any) -> None:
    """Put on the chain what changed of names. Runs after each migration, as the owner, when all rooms added theirs."""
    existing = _existing(using)
    if Entry._meta.db_table in existing:
        for table in NAMED.keys() & existing:
            _record_names(table, using)


def _existing(using: str) -> set[str]:
    return set(connections[using].introspection.table_names())


def record_columns(
    table: str, key: str, *, renamed: dict[str, str] | None = None, retired: bool = False, using: str = "default"
) -> None:
    """Note the columns of a table when they are others than those noted last. `renamed` is {new name: old name}.

    What the rows that are there hold in a new column is noted too: one value for all of them. A `retired` table gets
    no more rows.
    """
    last = _last(Entry.Kind.SCHEMA, table, using)
    content: dict[str, Any] = {"table": table, "key": key, "columns": columns_of(table, using)}
    if retired:
        content["retired"] = True
    if last and content.items() <= last.items():
        return
    if renamed:
        content["renamed"] = renamed
    if last:
        known = last["columns"].keys() | (renamed or {}).keys()
        new = content["columns"].keys() - known
        if reused := (new | (renamed or {}).keys()) & _names_ever(table, using):
            raise ValueError(
                f"{table} has had a column {min(reused)} before, and entries speak of it: take another name."
            )
        added = {name: _only_value(table, name, using) for name in new}
        content["added"] = {name: value for name, value in added.items() if value != "null"}
    note(Entry.Kind.SCHEMA, content, using=using)


def _names_ever(table: str, using: str) -> set[str]:
    """Every column that the table has had so far."""
    noted = Entry.objects.using(using).filter(kind=Entry.Kind.SCHEMA, fields__table=table)
    return {column for columns in noted.values_list("fields__columns", flat=True) for column in columns}


def retired_tables(using: str = "default") -> set[str]:
    """Tables whose models are gone, and whose rows go on being verified."""
    noted = Entry.objects.using(using).filter(kind=Entry.Kind.SCHEMA, fields__retired=True)
    return set(noted.values_list("fields__table", flat=True))


def columns_of(table: str, using: str = "default") -> dict[str, str]:
    """{column: type} as they lie in the database."""
    with connections[using].cursor() as cursor:
        cursor.execute(COLUMNS, [table])
        return dict(cursor.fetchall())


def _only_value(table: str, column: str, using: str) -> str:
    """What all rows hold in a column that was just added, as JSON text."""
    query = sql.SQL("SELECT DISTINCT coalesce(to_jsonb({column}), 'null')::text FROM {table} LIMIT 2")
    with connections[using].cursor() as cursor:
        cursor.execute(query.format(column=sql.Identifier(column), table=sql.Identifier(table)))
        values = [value for (value,) in cursor.fetchall()]
    if len(values) > 1:
        raise ValueError(f"The new column {column} of {table} was filled in differently in different rows.")
    return values[0] if values else "null"


def _record_names(table: str, using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT id::text, {NAMED[table]} FROM {table}")
        content = {"table": table, "names": dict(cursor.fetchall())}
    if content != _last(Entry.Kind.NAMES, table, using):
        note(Entry.Kind.NAMES, content, using=using)


def _last(kind: Entry.Kind, table: str, using: str) -> dict[str, Any] | None:
    noted = Entry.objects.using(using).filter(kind=kind, fields__table=table)
    found: dict[str, Any] | None = noted.values_list("fields", flat=True).first()
    return found


def begin_loading(what: str) -> None:
    """Say that records of another time follow: the dates in them are not those of their entries."""
    _note_loading("begin", what)


def end_loading(what: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    _note_loading("end", what)


def _note_loading(step: str, what: str) -> None:
    content = {"step": step, "what": what}
    if not settings.DATABASE_OWNER_URL:
        note(Entry.Kind.LOADED, content)
        return
    with psycopg.connect(settings.DATABASE_OWNER_URL) as owner:
        owner.execute("SELECT public.ledger_link('loaded', '', 0, 'system', %s)", [json.dumps(content)])
