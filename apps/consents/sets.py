"""Reading and writing sets of people. In Python a set is one large number, whose bit n is the n-th of a stretch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from django.db import connection

from apps.consents.folding import Fold, Sets, replaced
from apps.consents.models import CHUNK_BYTES

STRETCHES_AT_ONCE = 8
ROWS_AT_ONCE = 256

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
    """The sets of these uses, by stretch."""
    found: dict[int, ByUse] = {chunk: defaultdict(dict) for chunk in chunks}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT chunk, use_id, outcome, bits FROM consents_permissionchunk "
            "WHERE use_id = ANY(%s) AND chunk = ANY(%s)",
            [list(uses), list(chunks)],
        )
        for chunk, use, outcome, bits in cursor:
            found[chunk][use][outcome] = from_bytes(bits)
    return found


def apply(fold: Fold, targets: Sequence[Sequence[int]]) -> None:
    """Put the people that were looked at where the fold has them. `targets` are the uses of each of its groups.

    The locks of the stretches must be held.
    """
    uses = [use for group in targets for use in group]
    for chunks in batches(sorted(fold.stretches), STRETCHES_AT_ONCE):
        known = read(uses, chunks)
        changed: list[tuple[int, int, int, bytes]] = []
        for chunk in chunks:
            stretch = fold.stretches[chunk]
            for group, sets in zip(targets, stretch.sets, strict=True):
                for use in group:
                    changed += _differences(
                        use, chunk, known[chunk][use], replaced(known[chunk][use], sets, stretch.seen)
                    )
        write(changed)


def _differences(use: int, chunk: int, old: Sets, new: Sets) -> list[tuple[int, int, int, bytes]]:
    return [(use, outcome, chunk, to_bytes(new[outcome])) for outcome in new if new[outcome] != old.get(outcome, 0)]


def write(rows: Sequence[tuple[int, int, int, bytes]]) -> None:
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
