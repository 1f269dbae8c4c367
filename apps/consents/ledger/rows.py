"""The rows of the ledger as text: what blocks are digested from, and what is read to resolve them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from django.db import connection

from apps.consents.intake.stage import HEADER, TRAILER
from apps.consents.sets.resolving import ANSWER

BLOCK_ROWS = 10_000
SUBJECTS_BITS = 12  # how many people, as a power of two, are read at a time

# One line for each row. Its last fields hold neither the bar nor what COPY would escape, see intake/short_texts.py.
ROW = (
    f"{ANSWER} || concat(e.id, '|', e.line, '|', extract(epoch from e.recorded_at), '|', e.notice_version_id, '|', "
    "e.mechanism, '|', e.language, '|', e.source)"
)


# Answers that count already. One that was given before it was recorded does so at once, whatever the clock of another
# machine says; of one that is to come, a moment is due.
BEGUN = "e.occurred_at <= greatest(%(moment)s, e.recorded_at)"
# Between the rows of a block. COPY sends it as it is.
BREAK = b"\x1e"
# The text of each block of rows, in order. Each is read by itself: sorting all rows first would take a quarter more.
BLOCKS = f"""
    SELECT (SELECT string_agg({ROW}, chr(30) ORDER BY e.id) FROM consents_consentevent e
             WHERE e.id BETWEEN first AND first + {BLOCK_ROWS} - 1)
      FROM generate_series(%(first)s + 1, %(first)s + %(rows)s, {BLOCK_ROWS}) AS first
"""


class Blocks:
    """Digests blocks of rows while they pass."""

    def __init__(self) -> None:
        self.digests: list[str] = []
        self.rows = 0

    def through(self, blocks: Iterable[bytes]) -> Iterator[list[bytes]]:
        for block in blocks:
            self.digests.append(sha256(block).hexdigest())
            rows = block.split(BREAK)
            self.rows += len(rows)
            yield rows


def stream(query: str, params: dict[str, Any], *, binary: bool = False) -> Iterator[bytes]:
    """Rows of a query as they come from the database: the text of its one column, or all columns as COPY packs them."""
    form = "(FORMAT BINARY)" if binary else ""
    copying = connection.ops.compose_sql(f"COPY ({query}) TO STDOUT {form}", params)  # type: ignore[attr-defined]
    with connection.cursor() as cursor, cursor.copy(copying) as copy:
        if not binary:
            yield from (bytes(row[:-1]) for row in copy)
            return
        skip = len(HEADER)
        for row in copy:
            content, skip = bytes(row[skip:]), 0
            if content not in (b"", TRAILER):
                yield content


def answers_where(condition: str, params: dict[str, Any]) -> Iterator[list[bytes]]:
    """What decides, of the answers that meet a condition on `e`, person after person, many at a time."""
    query = f"""
        SELECT string_agg({ANSWER}, chr(30) ORDER BY e.subject_id) FROM consents_consentevent e WHERE {condition}
         GROUP BY e.subject_id >> {SUBJECTS_BITS} ORDER BY e.subject_id >> {SUBJECTS_BITS}
    """
    return (block.split(BREAK) for block in stream(query, params))


def fetch(query: str, **params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        found: list[Any] = cursor.fetchall()
        return found


def run(query: str, **params: Any) -> int:
    """How many rows the statement touched."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return int(cursor.rowcount)
