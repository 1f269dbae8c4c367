"""Reading and writing sets of people. In Python a set is one large number, whose bit n is the n-th of a chunk."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any

from django.db import connection

from apps.consents.intake.stage import HEADER, TRAILER
from apps.consents.ledger.rows import run, stream
from apps.consents.models.bits import CHUNK, CHUNK_BYTES, from_bytes, to_bytes, to_literal
from apps.consents.sets.hierarchy import Plan
from apps.consents.sets.resolving import Resolution, Sets, replaced

CHUNKS_AT_ONCE = 8
READ = """
    SELECT use_id, outcome, chunk, bits FROM consents_permissionchunk
     WHERE use_id = ANY(%(uses)s) AND chunk = ANY(%(chunks)s)
"""
# What a row of COPY holds before the bits: the number of fields, each field after its length, and the number of bits.
pack = struct.Struct(">hiqihiiii").pack
USE_OUTCOME_CHUNK = struct.Struct(">6xq4xh4xi8x")
CHUNK_ONLY = struct.Struct(">6xi8x")
BITS_BYTES = 4 + CHUNK_BYTES
# Sets that are not written yet: few as parameters, many in a table.
FEW_ROWS = 64
PARAMETERS = f"unnest(%(uses)s::bigint[], %(outcomes)s::smallint[], %(chunks)s::int[], %(people)s::bit({CHUNK})[])"
SENT = "consents_sent"
COLUMNS = f"use_id bigint, outcome smallint, chunk int, bits bit({CHUNK})"
# A chunk of a set as `digest_of` has it: its number, and the bits without how many they are.
PIECE = "int4send(chunk) || substring(bit_send(bits) FROM 5)"
REPLACE = "ON CONFLICT (use_id, chunk, outcome) DO UPDATE SET bits = excluded.bits"

# Use, outcome, chunk and the set of people.
Row = tuple[int, int, int, int]
Members = dict[int, int]  # {chunk: people}
# {use: {outcome: people}} of one chunk.
ByUse = dict[int, Sets]


def batches(items: Iterable[int], size: int) -> Iterator[list[int]]:
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def read(uses: Collection[int], chunks: Collection[int]) -> dict[int, ByUse]:
    """The sets of these uses, by chunk. COPY sends them as they are, which takes a third of the time."""
    found: dict[int, ByUse] = {chunk: defaultdict(dict) for chunk in chunks}
    for row in stream(READ, {"uses": list(uses), "chunks": list(chunks)}, binary=True):
        use, outcome, chunk = USE_OUTCOME_CHUNK.unpack_from(row)
        found[chunk][use][outcome] = from_bytes(row[USE_OUTCOME_CHUNK.size :])
    return found


def read_people(query: str, params: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """Chunk and people of each row of a query for just these."""
    for row in stream(query, params, binary=True):
        [chunk] = CHUNK_ONLY.unpack_from(row)
        yield chunk, from_bytes(row[CHUNK_ONLY.size :])


def apply(resolution: Resolution, plan: Plan) -> None:
    """Put the people that were looked at where the resolution has them. The locks of the chunks must be held."""
    for chunks in batches(sorted(resolution.chunks), CHUNKS_AT_ONCE):
        write(differences(resolution, plan, chunks))


def differences(resolution: Resolution, plan: Plan, chunks: Collection[int]) -> list[Row]:
    """The sets that are not as the resolution has them, as they should be."""
    known = read(plan.all_uses, chunks)
    found: list[Row] = []
    for chunk in chunks:
        of_chunk = resolution.chunks[chunk]
        for uses, sets in zip(plan.uses, of_chunk.sets, strict=True):
            for use in uses:
                old = known[chunk][use]
                new = replaced(old, sets, of_chunk.seen)
                found += [(use, key, chunk, new[key]) for key in new if new[key] != old.get(key, 0)]
    return found


def write(rows: Sequence[Row]) -> None:
    if not rows:
        return
    source, params = (PARAMETERS, _as_parameters(rows)) if len(rows) <= FEW_ROWS else (SENT, {})
    if source == SENT:
        send(rows)
    run(
        f"INSERT INTO consents_permissionchunk (use_id, outcome, chunk, bits) SELECT * FROM {source} {REPLACE}",
        **params,
    )


def _as_parameters(rows: Sequence[Row]) -> dict[str, Any]:
    uses, outcomes, chunks, people = map(list, zip(*rows, strict=True))
    return {"uses": uses, "outcomes": outcomes, "chunks": chunks, "people": f"{{{','.join(map(to_literal, people))}}}"}


def send(rows: Iterable[Row]) -> None:
    """Into a table that is there until the open transaction ends, or until other sets are sent.

    COPY takes sets as they are, ten times faster than parameters.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {SENT}")
        cursor.execute(f"CREATE TEMPORARY TABLE {SENT} ({COLUMNS}) ON COMMIT DROP")
        # Otherwise the database tries to compress each, which takes longer than all the rest.
        cursor.execute(f"ALTER TABLE {SENT} ALTER COLUMN bits SET STORAGE EXTERNAL")
        with cursor.copy(f"COPY {SENT} FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(HEADER)
            for use, outcome, chunk, people in rows:
                copy.write(pack(4, 8, use, 2, outcome, 4, chunk, BITS_BYTES, CHUNK) + to_bytes(people))
            copy.write(TRAILER)


def digest_of(members: Members) -> str:
    """SHA-256 of a set, the same for the same people, in whatever order they were named."""
    made = sha256()
    for chunk in sorted(members):
        if members[chunk]:
            made.update(chunk.to_bytes(4) + to_bytes(members[chunk]))
    return made.hexdigest()


def size_of(members: Members) -> int:
    return sum(people.bit_count() for people in members.values())


def numbers_in(members: Members) -> Iterator[int]:
    """People's numbers, in ascending order."""
    for chunk in sorted(members):
        digits = bin(members[chunk])[:1:-1]
        place = digits.find("1")
        while place >= 0:
            yield chunk * CHUNK + place
            place = digits.find("1", place + 1)
