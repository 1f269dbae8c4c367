"""A set of people, as it is kept: a bit for each."""

from __future__ import annotations

from typing import Any

from django.db import models

CHUNK = 65_536  # people in a chunk of numbers
CHUNK_BYTES = CHUNK // 8


def place_of(subject: int) -> tuple[int, int]:
    """A person's chunk, and their bit there as the database counts it: within a byte from the high end."""
    return subject // CHUNK, subject % CHUNK ^ 7


def to_bytes(people: int) -> bytes:
    return people.to_bytes(CHUNK_BYTES, "little")


def from_bytes(bits: bytes | memoryview) -> int:
    return int.from_bytes(bits, "little")


def to_literal(people: int) -> str:
    """How the database reads a string of bits."""
    return f"x{to_bytes(people).hex()}"


class PeopleField(models.Field[int, int]):
    """People within one chunk of numbers. In Python one large number, whose bit n is the n-th of the chunk.

    In the database a string of bits, so that it can intersect and count sets where they lie.
    """

    def db_type(self, connection: Any) -> str:
        return f"bit({CHUNK})"

    def get_prep_value(self, value: int) -> str:
        return to_literal(value)

    def from_db_value(self, value: str, expression: Any, connection: Any) -> int:
        return from_bytes(int(value, 2).to_bytes(CHUNK_BYTES))
