"""Reading and writing sets of people. In Python a set is one large number, whose bit n is the n-th of a stretch."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from django.db import connection

from apps.consents.folding import Fold, Sets, replaced
from apps.consents.models import CHUNK_BYTES
from apps.consents.reach import Plan
from apps.consents.rows import stream

STRETCHES_AT_ONCE = 8
# All stretches of a set in one piece, each with its number before it: few rows are sent faster than many.
READ = """
    SELECT use_id, outcome, string_agg(int4send(chunk) || bits, ''::bytea) FROM consents_permissionchunk
     WHERE use_id = ANY(%(uses)s) AND chunk = ANY(%(chunks)s) GROUP BY use_id, outcome
"""
# What a row of COPY holds before the pieces: the number of fields, then each after its length.
PLACE = struct.Struct(">6xq4xh4x")
NUMBER_BYTES = 4
ROWS_AT_ONCE = 256

# Use, outcome, stretch and the set of people.
Row = tuple[int, int, int, bytes]
# {use: {outcome: people}} of one stretch.
ByUse = dict[int, Sets]


def to_bytes(people: int) -> bytes:
    return people.to_bytes(CHUNK_BYTES, "little")


def from_bytes(bits: bytes | memoryview) -> int:
    return int.from_bytes(bits, "little")


def batches(items: Iterable[int], size: int) -> Iterator[list[int]]:
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def read(uses: Collection[int], chunks: Collection[int]) -> dict[int, ByUse]:
    """The sets of these uses, by stretch. COPY sends them as they are, which takes a third of the time."""
    found: dict[int, ByUse] = {chunk: defaultdict(dict) for chunk in chunks}
    for row in stream(READ, {"uses": list(uses), "chunks": list(chunks)}, binary=True):
        use, outcome = PLACE.unpack_from(row)
        for chunk, people in pieces(row[PLACE.size :]):
            found[chunk][use][outcome] = people
    return found


def pieces(content: bytes) -> Iterator[tuple[int, int]]:
    """The number of each stretch and its people."""
    size = NUMBER_BYTES + CHUNK_BYTES
    for at in range(0, len(content), size):
        number = int.from_bytes(content[at : at + NUMBER_BYTES])
        yield number, from_bytes(content[at + NUMBER_BYTES : at + size])


def apply(fold: Fold, plan: Plan) -> None:
    """Put the people that were looked at where the fold has them. The locks of the stretches must be held."""
    for chunks in batches(sorted(fold.stretches), STRETCHES_AT_ONCE):
        write(differences(fold, plan, chunks))


def differences(fold: Fold, plan: Plan, chunks: Collection[int]) -> list[Row]:
    """The sets that are not as the fold has them, as they should be."""
    known = read(plan.all_uses, chunks)
    found: list[Row] = []
    for chunk in chunks:
        stretch = fold.stretches[chunk]
        for uses, sets in zip(plan.uses, stretch.sets, strict=True):
            for use in uses:
                old = known[chunk][use]
                new = replaced(old, sets, stretch.seen)
                found += [(use, key, chunk, to_bytes(new[key])) for key in new if new[key] != old.get(key, 0)]
    return found


def write(rows: Sequence[Row]) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            uses, outcomes, chunks, bits = map(list, zip(*rows[start : start + ROWS_AT_ONCE], strict=True))
            cursor.execute(
                "INSERT INTO consents_permissionchunk (use_id, outcome, chunk, bits) "
                "SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::int[], %s::bytea[]) "
                "ON CONFLICT (use_id, chunk, outcome) DO UPDATE SET bits = excluded.bits",
                [uses, outcomes, chunks, bits],
            )


def count(sets: Mapping[int, int]) -> dict[int, int]:
    return {outcome: people.bit_count() for outcome, people in sets.items()}
