"""Locks that last until the transaction ends.

Whoever changes the sets of people takes the locks of the chunks concerned in ascending order, and the chain of the
ledger last of all, at commit. Nothing else is waited for while they are held.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

# Of people's chunks of numbers, of the secrets for their keys, of files by their digest, of the clock.
CHUNK, SECRETS, FILE, CLOCK = 0x434F4E1, 0x434F4E2, 0x434F4E3, 0x434F4E4


def lock(kind: int, number: int = 0) -> None:
    _execute("SELECT pg_advisory_xact_lock(%s, %s)", [kind, number])


def lock_shared(kind: int, number: int = 0) -> None:
    _execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [kind, number])


def try_lock(kind: int, number: int = 0) -> bool:
    """Take the lock if nobody holds it. Waiting for it would keep everybody after us waiting, too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [kind, number])
        return bool(cursor.fetchone()[0])


def lock_chunks(chunks: Iterable[int]) -> None:
    _execute(
        "SELECT pg_advisory_xact_lock(%s, chunk) FROM (SELECT unnest(%s::int[]) AS chunk ORDER BY 1 OFFSET 0) wanted",
        [CHUNK, sorted(set(chunks))],
    )


def _execute(query: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
