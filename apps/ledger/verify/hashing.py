"""The hashes of the chain, made here from plain values. The database functions that write them: migrations/_chain.py.

Each format is known by its number. A chain begins with format 1; a schema entry may say that another one begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from apps.core.clock import microseconds

# Kind, table, row and actor of an entry.
Words = tuple[bytes, bytes, bytes, bytes]


def moment(cell: bytes) -> datetime:
    """A time as COPY sends it, in UTC."""
    return datetime.fromisoformat(cell.decode())


def seconds(cell: bytes) -> bytes:
    """A time as COPY sends it, in seconds since 1970 as `extract(epoch …)` renders them."""
    return b"%d.%06d" % divmod(microseconds(moment(cell)), 1_000_000)


def _entry_hash(previous: bytes, sequence: int, words: Words, at: bytes, fields: bytes) -> bytes:
    return sha256(b"%b%d|%b|%b|%b" % (previous, sequence, b"|".join(words), seconds(at), fields)).digest()


def _commitment(salt: bytes, name: bytes, value: bytes) -> str:
    return sha256(b"%b%b:%b" % (salt, name, value)).hexdigest()


@dataclass(frozen=True)
class Format:
    """How one format hashes.

    `entry` takes the hash before, the sequence, (kind, table, row, actor), the time as COPY sends it, and the fields as
    JSON text; `commitment` takes a field's salt, name, and value as JSON text, as PostgreSQL renders `jsonb`.
    """

    entry: Callable[[bytes, int, Words, bytes, bytes], bytes]
    commitment: Callable[[bytes, bytes, bytes], str]


FORMATS = {1: Format(_entry_hash, _commitment)}
