"""Where rows wait within a transaction, already digested, before they become answers."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

NAME = "consents_stage"
COLUMNS = {
    "line": "int",
    "digest": "bytea",
    "use_id": "bigint",
    "state": "smallint",
    "occurred_at": "timestamptz",
    "expires_at": "timestamptz",
    "notice_version_id": "bigint",
    "mechanism": "text",
    "language": "text",
    "source": "text",
}
POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = struct.pack(">i", -1)
FIELDS = len(COLUMNS)
# The number of fields, then line, digest, use, state and moment, each after its length.
pack_row = struct.Struct(">hiii16siqihiq").pack


def cell(content: bytes) -> bytes:
    """A field of a row of COPY."""
    return struct.pack(">i", len(content)) + content


def number(value: int) -> bytes:
    return struct.pack(">iq", 8, value)


def prepare() -> None:
    """An empty table of this transaction's own, and memory to sort and join it."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(f"DROP TABLE IF EXISTS {NAME}")
        cursor.execute(f"CREATE TEMPORARY TABLE {NAME} ({columns}) ON COMMIT DROP")


def fill(parts: Iterable[bytes]) -> None:
    """Send rows, packed as above, to the table."""
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {NAME} ({', '.join(COLUMNS)}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(HEADER)
            for part in parts:
                copy.write(part)
            copy.write(TRAILER)
        cursor.execute(f"ANALYZE {NAME}")


def remove(line_numbers: Collection[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {NAME} WHERE line = ANY(%s)", [list(line_numbers)])
        return int(cursor.rowcount)


@dataclass(frozen=True)
class Stage:
    """Where statements find the waiting rows, and the parameters with which they do."""

    source: str
    params: dict[str, Any]


FROM_TABLE = Stage(NAME, {})


def of_one(**values: Any) -> Stage:
    """A single row needs no table."""
    given = ", ".join(f"%(stage_{name})s::{kind}" for name, kind in COLUMNS.items())
    params = {f"stage_{name}": values.get(name) for name in COLUMNS}
    return Stage(f"(VALUES ({given})) AS {NAME} ({', '.join(COLUMNS)})", params)
