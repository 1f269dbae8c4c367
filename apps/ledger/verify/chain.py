"""The entries in their order: each bound to the one before, of a known kind, about one row, at its time."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.ledger.models import Entry
from apps.ledger.verify.hashing import FORMATS, moment
from apps.ledger.verify.reading import Cell, Reader
from apps.ledger.verify.report import Discrepancy

ENTRIES = """
    SELECT sequence, kind, table_name, row_id, actor, at, fields, previous_hash, hash
      FROM ONLY public.ledger_entry ORDER BY sequence
"""
ROW, REDACTION = Entry.Kind.ROW, Entry.Kind.REDACTION
# Entries whose fields are no commitments but plain words about the ledger itself, see `apps.ledger.state`.
NOTES = frozenset(Entry.Kind) - {ROW, REDACTION}
ACTOR = re.compile(r"system|user [1-9]\d*")
# No transaction of the portal takes longer, and the clocks of its machines differ by less.
LONGEST = timedelta(hours=1)
SKEW = timedelta(minutes=5)
PIECE_BITS = 12

Place = tuple[int, str, int]


@dataclass(frozen=True)
class Redacted:
    """One redaction entry: which field of which row holds a tombstone from there on."""

    sequence: int
    table: str
    row: int
    actor: str
    at: datetime
    field: str


@dataclass(frozen=True)
class Note:
    """An entry that speaks of the ledger itself, in plain words."""

    sequence: int
    kind: str
    content: dict[str, Any]

    @property
    def table(self) -> str:
        """The table it speaks of, if any."""
        return str(self.content.get("table", ""))


class Numbers:
    """A set of row numbers, dense or not, in little memory."""

    def __init__(self) -> None:
        self.pieces: dict[int, int] = defaultdict(int)

    def add(self, number: int) -> bool:
        """False when it was there already."""
        piece, bit = number >> PIECE_BITS, 1 << (number & (1 << PIECE_BITS) - 1)
        if self.pieces[piece] & bit:
            return False
        self.pieces[piece] |= bit
        return True


class Order:
    """Which row numbers of a table may still come: those that a running transaction may have taken before.

    A number that is lower than what was reached an hour ago belongs to a row that was put in later.
    """

    def __init__(self) -> None:
        self.reached: deque[tuple[datetime, int]] = deque()
        self.highest = self.settled = 0

    def fits(self, number: int, at: datetime) -> bool:
        while self.reached and self.reached[0][0] < at - LONGEST:
            self.settled = self.reached.popleft()[1]
        if number > self.highest:
            self.highest = number
            if self.reached and at - self.reached[-1][0] < SKEW / 5:
                self.reached[-1] = (self.reached[-1][0], number)
            else:
                self.reached.append((at, number))
        return number > self.settled


@dataclass
class Chain:
    """What reading all entries told."""

    entries: int = 0
    head: bytes = b""
    # From which entry on which format of hashes counts, oldest first.
    formats: list[tuple[int, int]] = field(default_factory=lambda: [(0, 1)])
    # How many entries speak of rows of each table, and how many of these say that a row was added.
    spoken: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    highest: dict[str, int] = field(default_factory=dict)
    # {table: its key} of those whose models are gone.
    retired: dict[str, str] = field(default_factory=dict)
    redactions: list[Redacted] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    problems: list[Discrepancy] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[Note]:
        return [note for note in self.notes if note.kind == kind]

    @property
    def loaded(self) -> list[tuple[int, int]]:
        """From which entry to which one records of another time were loaded, so that their own dates say nothing."""
        begun, ranges = 0, []
        for note in self.of_kind("loaded"):
            if note.content.get("step") == "begin":
                begun = begun or note.sequence
            elif begun:
                ranges.append((begun, note.sequence))
                begun = 0
        return ranges


def read_chain(reader: Reader, tables: Collection[str]) -> Chain:
    """Every entry once, in the order of the chain. `tables` are those whose rows stand on it."""
    reading = _Reading(reader, frozenset(tables))
    reading.read()
    return reading.chain


class _Reading:
    """One pass over the entries. The first problem of each kind is kept."""

    def __init__(self, reader: Reader, tables: frozenset[str]) -> None:
        self.reader, self.tables, self.chain = reader, tables, Chain()
        self.format = FORMATS[1]
        self.last = 0
        self.rows: dict[str, Numbers] = defaultdict(Numbers)
        self.order: dict[str, Order] = defaultdict(Order)
        self.last_at = datetime.min.replace(tzinfo=UTC)
        self.latest = datetime.now(UTC) + SKEW
        self.said: set[str] = set()
        # The first entry of each table that no model has, which may turn out to be a retired one.
        self.strange: dict[str, Place] = {}

    def read(self) -> None:
        chain = self.chain
        for cells in self.reader.rows(ENTRIES):
            chain.entries += 1
            place = int(cells[0] or 0), (cells[2] or b"").decode(errors="replace"), int(cells[3] or 0)
            try:
                self._read_entry(place, [_filled(cell) for cell in cells])
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
                self._say(place, "the entry cannot be read")
            self.last = place[0]
        if self.reader.count("ledger_entry") != chain.entries:
            chain.problems.append(Discrepancy(None, "ledger_entry", 0, "its index does not list all of its rows"))
        for table, place in self.strange.items():
            if table not in chain.retired:
                self._say(place, "no table with this name stands on the chain")
        chain.highest = {table: order.highest for table, order in self.order.items()}

    def _read_entry(self, place: Place, cells: list[bytes]) -> None:
        at = moment(cells[5])
        self._link(place, cells)
        if not self.last_at <= at <= self.latest:
            self._say(place, "its time lies before that of the entry before it, or ahead of the clock")
        self.last_at = max(self.last_at, at)
        kind, actor = cells[1].decode(), cells[4].decode()
        if not ACTOR.fullmatch(actor):
            self._say(place, "it names nobody who could have made it")
        if kind in NOTES:
            self._read_note(place, Note(place[0], kind, json.loads(cells[6])))
        elif kind not in (ROW, REDACTION):
            self._say(place, "no kind of entry has this name")
        else:
            if place[1] not in self.tables:
                self.strange.setdefault(place[1], place)
            self._keep(place, kind, actor, at, cells[6])

    def _link(self, place: Place, cells: list[bytes]) -> None:
        """The entry against the one before. After a first break everything behind it is broken, and said once."""
        previous, own = bytes.fromhex(cells[7][2:].decode()), bytes.fromhex(cells[8][2:].decode())
        if place[0] != self.last + 1:
            self._say(place, "an entry before it is missing", once="links")
        elif previous != self.chain.head:
            self._say(place, "it does not follow the entry before it", once="links")
        elif own != self.format.entry(previous, place[0], (cells[1], cells[2], cells[3], cells[4]), cells[5], cells[6]):
            self._say(place, "the entry itself was changed", once="links")
        self.chain.head = own

    def _read_note(self, place: Place, note: Note) -> None:
        if note.kind == "loaded" and note.content.get("step") not in ("begin", "end"):
            self._say(place, "it says neither that records of another time follow nor that they end")
        self.chain.notes.append(note)
        if "format" in note.content:
            self.format = FORMATS[note.content["format"]]
            self.chain.formats.append((note.sequence, note.content["format"]))
        if note.content.get("retired"):
            self.chain.retired[note.table] = str(note.content["key"])

    def _keep(self, place: Place, kind: str, actor: str, at: datetime, fields: bytes) -> None:
        """What the entry says of a row, for the comparisons that follow."""
        chain, (sequence, table, row) = self.chain, place
        chain.spoken[table] += 1
        if kind == ROW and table in chain.retired:
            self._say(place, "its table was retired before it")
        if kind == REDACTION:
            chain.redactions += [Redacted(sequence, table, row, actor, at, name) for name in json.loads(fields)]
            return
        chain.added[table] += 1
        if row <= 0:
            self._say(place, "no row has this number by itself")
        elif not self.rows[table].add(row):
            self._say(place, "an entry before it speaks of the same row")
        elif not self.order[table].fits(row, at):
            self._say(place, "its number was taken long before it was added")

    def _say(self, place: Place, what: str, *, once: str = "") -> None:
        if (once or what) not in self.said:
            self.said.add(once or what)
            self.chain.problems.append(Discrepancy(*place, what))


def _filled(cell: Cell) -> bytes:
    if cell is None:
        raise ValueError("An entry has no empty fields.")
    return cell


def hashes(reader: Reader) -> Iterator[bytes]:
    """The hash of each entry in the order of the chain: the leaves of the tree that checkpoints sign."""
    for cells in reader.rows("SELECT hash FROM ONLY public.ledger_entry ORDER BY sequence"):
        yield bytes.fromhex((cells[0] or b"")[2:].decode())
