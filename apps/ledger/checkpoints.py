"""Compares the ledger with every checkpoint that is known, in one pass over the hashes of its entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from apps.ledger.tree import RightEdge

AT_ONE_GO = 10_000
REWRITTEN = "the chain up to there was rewritten."


@dataclass(frozen=True)
class KnownCheckpoint:
    """A checkpoint as its file says it. One of old times names the hash of the last entry instead of a root.

    `problem` says why the file cannot be used; then there is nothing to compare.
    """

    name: str
    holder: str
    size: int = 0
    root: bytes | None = None
    head: bytes | None = None
    # The hash of the first entry, hex, where the checkpoint names it.
    genesis: str = ""
    time: datetime | None = None
    outside: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class Compared:
    """What came of a checkpoint. `outside` are those held where nobody of the portal can change them."""

    name: str
    holder: str
    size: int
    time: datetime | None
    outside: bool
    problem: str | None

    @property
    def words(self) -> str:
        return f"{self.name} ({self.holder}): {self.problem}" if self.problem else ""


def compare_checkpoints(leaves: Iterable[bytes], known: list[KnownCheckpoint]) -> list[Compared]:
    """Compare all of them with the entries' hashes in their order. Keeps one hash for each bit of the size."""
    edge, stream, first, last = RightEdge(), iter(leaves), b"", b""
    found = {number: checkpoint.problem for number, checkpoint in enumerate(known)}
    usable = (number for number, checkpoint in enumerate(known) if checkpoint.problem is None)
    for number in sorted(usable, key=lambda number: known[number].size):
        checkpoint = known[number]
        while step := list(islice(stream, min(checkpoint.size - edge.size, AT_ONE_GO))):
            first, last = first or step[0], step[-1]
            edge.extend(step)
        found[number] = _problem(checkpoint, edge, first, last)
    return [_compared(checkpoint, found[number]) for number, checkpoint in enumerate(known)]


def _problem(checkpoint: KnownCheckpoint, edge: RightEdge, first: bytes, last: bytes) -> str | None:
    if checkpoint.genesis and first and first.hex() != checkpoint.genesis:
        return "It is a checkpoint of another ledger, which begins with another entry."
    if edge.size < checkpoint.size:
        return (
            f"The checkpoint was taken at entry {checkpoint.size}, which is no longer on the chain: "
            "its tail was cut off."
        )
    if checkpoint.head is not None and checkpoint.size and last != checkpoint.head:
        return f"Entry {checkpoint.size} has another hash than the checkpoint: {REWRITTEN}"
    if checkpoint.root is not None and edge.root() != checkpoint.root:
        return f"The first {checkpoint.size} entries are not those that were signed: {REWRITTEN}"
    return None


def _compared(known: KnownCheckpoint, problem: str | None) -> Compared:
    return Compared(known.name, known.holder, known.size, known.time, known.outside, problem)


def newest_outside(compared: Iterable[Compared]) -> Compared | None:
    """The longest chain that is held outside and fits."""
    return max((c for c in compared if c.outside and not c.problem), key=lambda c: c.size, default=None)


def first_problem(compared: Iterable[Compared]) -> Compared | None:
    return next((c for c in compared if c.problem), None)


def worth_keeping(compared: list[Compared], most: int = 20) -> Iterator[Compared]:
    """What does not fit, and the newest of each holder; a list of all would grow with the years."""
    yield from [c for c in compared if c.problem][:most]
    newest: dict[str, Compared] = {}
    for one in sorted(compared, key=lambda c: c.size):
        if not one.problem:
            newest[one.holder] = one
    yield from newest.values()
