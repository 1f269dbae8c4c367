"""Plain rows of a database, as of one moment. Nothing of the database is believed but what its tables hold.

Rows are read with COPY, joined and sorted by the server, and compared and hashed here: a function, an operator or a
view that somebody put into the database decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

Cell = bytes | None

# What the session is told before anything is read. `pg_temp` is searched first unless it is named last; a policy that
# hides rows becomes an error; and no time-out of the portal's pages cuts the reading short.
SESSION = """
    SET LOCAL search_path = pg_catalog, pg_temp;
    SET LOCAL timezone = 'UTC';
    SET LOCAL datestyle = 'ISO, YMD';
    SET LOCAL bytea_output = 'hex';
    SET LOCAL row_security = off;
    SET LOCAL statement_timeout = 0;
    SET LOCAL lock_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL jit = off
"""
WITHOUT_INDEXES = (
    "SET LOCAL enable_indexscan = {0}; SET LOCAL enable_indexonlyscan = {0}; SET LOCAL enable_bitmapscan = {0}"
)

ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
CONTROLS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


class Reader:
    """Reads within one transaction of this psycopg connection, which `opened` begins."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def rows(self, query: sql.Composable | str) -> Iterator[list[Cell]]:
        """The rows of a query as COPY sends them: every cell as text, NULL as None."""
        copying = sql.SQL("COPY ({}) TO STDOUT").format(query if isinstance(query, sql.Composable) else sql.SQL(query))
        with self.connection.cursor() as cursor, cursor.copy(copying) as copy:
            for line in copy:
                yield split(bytes(line))

    def one(self, query: sql.Composable | str) -> list[Cell] | None:
        """The first row of a query."""
        return next(iter(list(self.rows(query))), None)

    def number(self, query: sql.Composable | str) -> int:
        """A query's only number, 0 for NULL."""
        row = self.one(query)
        return int(row[0] or 0) if row else 0

    def count(self, table: str) -> int:
        """How many rows lie in the table itself, whatever its indexes say."""
        with self._without_indexes():
            return self.number(sql.SQL("SELECT count(*) FROM ONLY {}").format(named(table)))

    @contextmanager
    def _without_indexes(self) -> Iterator[None]:
        self.connection.execute(WITHOUT_INDEXES.format("off"))
        yield
        self.connection.execute(WITHOUT_INDEXES.format("on"))


def split(line: bytes) -> list[Cell]:
    """The cells of one line of COPY in text format."""
    cells = line[:-1].split(b"\t")
    if b"\\" not in line:
        return list(cells)
    return [_unescape(cell) for cell in cells]


def _unescape(cell: bytes) -> Cell:
    if b"\\" not in cell:
        return cell
    if cell == b"\\N":
        return None
    return ESCAPED.sub(lambda found: CONTROLS.get(found[1], found[1]), cell)


def named(table: str) -> sql.Identifier:
    """A table of the portal, wherever somebody else put one with the same name."""
    return sql.Identifier("public", table)


def columns_of(alias: str, names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) for name in names)


@contextmanager
def opened(connection: psycopg.Connection[Any]) -> Iterator[Reader]:
    """A reader that sees one moment: the caller's, inside a transaction. What it sets is undone at the end."""
    begins = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction(force_rollback=True):
        if begins:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(SESSION)
        yield Reader(connection)
