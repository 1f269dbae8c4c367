"""The rows of the ledger as text: what blocks are digested from, and what is read to fold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from django.db import connection

from apps.consents.folding import ANSWER

BLOCK_ROWS = 10_000

# One line for each row. Its last fields hold neither the bar nor what COPY would escape, see `apps.consents.cells`.
ROW = (
    f"{ANSWER} || concat(e.id, '|', e.line, '|', extract(epoch from e.recorded_at), '|', e.notice_version_id, '|', "
    "e.mechanism, '|', e.language, '|', e.source)"
)


class Blocks:
    """Digests blocks of rows while they pass."""

    def __init__(self) -> None:
        self.digests: list[str] = []
        self.rows = 0
        self._waiting: list[bytes] = []

    def through(self, rows: Iterable[bytes]) -> Iterator[bytes]:
        waiting = self._waiting
        for row in rows:
            waiting.append(row)
            if len(waiting) == BLOCK_ROWS:
                self._close()
            yield row
        self._close()

    def _close(self) -> None:
        if self._waiting:
            self.rows += len(self._waiting)
            self.digests.append(sha256(b"".join(self._waiting)).hexdigest())
            self._waiting.clear()


def stream(query: str, params: dict[str, Any]) -> Iterator[bytes]:
    """Rows of a query with one column of text, each with its line break, as they come from the database."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT", params) as copy:
        for row in copy:
            yield bytes(row)


def answers_where(condition: str, params: dict[str, Any]) -> Iterator[bytes]:
    """What decides, of the answers that meet a condition on `e`, person after person."""
    return stream(f"SELECT {ANSWER} FROM consents_consentevent e WHERE {condition} ORDER BY e.subject_id", params)
