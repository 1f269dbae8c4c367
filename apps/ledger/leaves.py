"""The hashes of the entries, as the leaves of the tree."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

AT_ONE_GO = 10_000
# Roots of so many leaves are left for proofs, so that none needs more than two blocks of leaves.
BLOCK_HEIGHT = 10
BLOCK = 1 << BLOCK_HEIGHT
ENTRIES = "SELECT sequence, hash FROM ONLY public.ledger_entry ORDER BY sequence"
SOME = "SELECT hash FROM ONLY public.ledger_entry WHERE sequence > %s AND sequence <= %s ORDER BY sequence"


def read_entries() -> Iterator[tuple[int, bytes]]:
    """(sequence, hash) of every entry as of one moment, in order; in bounded memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(ENTRIES)
        while rows := cursor.fetchmany(AT_ONE_GO):
            yield from rows


def read_leaves() -> Iterator[bytes]:
    for _, leaf in read_entries():
        yield leaf


def leaves_between(low: int, high: int) -> list[bytes]:
    """Leaves from the first number (from 0) up to, and without, the second."""
    with connection.cursor() as cursor:
        cursor.execute(SOME, [low, high])
        return [bytes(leaf) for (leaf,) in cursor.fetchall()]
