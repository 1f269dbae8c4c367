"""A ledger that an earlier release left, written down in one file: each later release loads, migrates and verifies it.

`python -m tests.ledger.kept FILE` writes down the database that DATABASE_URL names, such as that of a new demo.
"""

import io
import json
import sys
import tarfile
from pathlib import Path

import django
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

KEPT = Path(__file__).with_name("kept-1.tar.xz")
# The newest migration of each app, and the columns of each table.
CONTENTS = "contents.json"
TABLES = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attgenerated = '' AND c.relname <> 'django_migrations' GROUP BY c.relname ORDER BY c.relname
"""


def write(file):
    """Write down every row of the database."""
    with transaction.atomic(), tarfile.open(file, "w:xz") as archive, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(TABLES)
        tables = dict(cursor.fetchall())
        newest = MigrationLoader(connection).graph.leaf_nodes()
        _add(archive, CONTENTS, json.dumps({"migrations": newest, "tables": tables}, indent=1).encode())
        for table, columns in tables.items():
            with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(_named(table, columns))) as copy:
                if rows := b"".join(map(bytes, copy)):
                    _add(archive, table, rows)


def migrations_of(file):
    """[(app, name)]: the newest of each app when it was written down."""
    return [tuple(migration) for migration in _contents(file)["migrations"]]


def load(file):
    """Put the rows into a database with exactly these migrations, as a restored copy does: no trigger sees them."""
    tables = _contents(file)["tables"]
    with transaction.atomic(), tarfile.open(file) as archive, connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
        for table in sorted(tables.keys() & archive.getnames()):
            rows = archive.extractfile(table)
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(_named(table, tables[table]))) as copy:
                copy.write(rows.read())
        _let_numbers_follow(cursor, tables)


def _let_numbers_follow(cursor, tables):
    """What is added from now on gets numbers after those that are there."""
    for table in tables:
        cursor.execute(
            "SELECT a.attname, pg_get_serial_sequence(%s, a.attname) FROM pg_attribute a"
            " WHERE a.attrelid = %s::regclass AND a.attidentity <> ''",
            [table, table],
        )
        for column, sequence in cursor.fetchall():
            highest = sql.SQL("SELECT setval({}, max({})) FROM {}").format(
                sql.Literal(sequence), sql.Identifier(column), sql.Identifier(table)
            )
            cursor.execute(highest)


def _contents(file):
    with tarfile.open(file) as archive:
        return json.load(archive.extractfile(CONTENTS))


def _named(table, columns):
    return sql.SQL("{} ({})").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))


def _add(archive, name, content):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    django.setup()
    write(sys.argv[1])
