"""Which columns a table had when an entry was made, as the chain's own schema entries say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

from apps.ledger.verify.chain import Chain, Note
from apps.ledger.verify.reading import Reader
from apps.ledger.verify.rendering import NULL
from apps.ledger.verify.report import Discrepancy

# The schema entries that this release and those before it write, by table and digest; and what older rows hold in
# columns that were added with a default.
KNOWN = Path(__file__).parents[1] / "release" / "schemas.txt"

# What the name of a column begins with that no model has any more.
RETIRED = "_dropped_"


@dataclass(frozen=True)
class Version:
    """The columns of a table from one entry on, each with its name of today.

    `later` are today's columns that did not exist then, with what they must read in such a row, as JSON text.
    """

    since: int
    columns: dict[str, str]
    later: dict[str, bytes] = field(default_factory=dict)


def versions(chain: Chain, table: str, columns: Iterable[str]) -> Sequence[Version]:
    """All versions of a table, oldest first. The first one counts for the entries before it too.

    A schema entry says which columns there are, which of them are new names of old ones, and what rows that were there
    before hold in those that are new. A chain that says nothing has the `columns` of today.
    """
    notes = [note for note in chain.of_kind("schema") if note.table == table]
    if not notes:
        return [Version(0, {column: column for column in columns})]
    today = {column: column for column in notes[-1].content["columns"]}
    found = [Version(notes[-1].sequence, today)]
    for newer, older in pairwise(reversed(notes)):
        after = found[-1]
        renamed: dict[str, str] = newer.content.get("renamed", {})
        before = {renamed.get(column, column): name for column, name in after.columns.items()}
        names = {column: before.get(column, column) for column in older.content["columns"]}
        added: dict[str, str] = newer.content.get("added", {})
        new = {
            name: added.get(column, "").encode() or NULL
            for column, name in after.columns.items()
            if name not in names.values()
        }
        found.append(Version(older.sequence, names, {**after.later, **new}))
    found.append(Version(0, found[-1].columns, found[-1].later))
    return found[::-1]


def digests(chain: Chain) -> list[str]:
    """The lines that a release lists for the schema entries of a chain."""
    return [_line(note) for note in chain.of_kind("schema")]


def unknown(reader: Reader, chain: Chain) -> Iterator[Discrepancy]:
    """Schema entries that no release made."""
    listed = set(KNOWN.read_text().splitlines())
    for note in chain.of_kind("schema"):
        if _line(note) not in listed:
            yield Discrepancy(
                note.sequence, note.table, 0, "no release of the portal made its columns what the entry says"
            )
        for column, value in note.content.get("added", {}).items():
            if default(note.table, column, value) not in listed:
                yield Discrepancy(note.sequence, note.table, 0, f"no release gave older rows this value in “{column}”")


def default(table: str, column: str, value: str) -> str:
    """The line that a release lists for what older rows hold in a new column."""
    return f"{table}.{column} {value}"


def column_of(versions: Sequence[Version], sequence: int, field: str) -> str:
    """Today's name of a field that this entry speaks of."""
    return [version for version in versions if version.since < sequence][-1].columns.get(field, field)


def _line(note: Note) -> str:
    """What older rows hold in new columns is left out: a new database, where the lines are made, has no older rows."""
    content = {key: value for key, value in note.content.items() if key != "added"}
    digest = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
    return f"{note.table or 'all'} {digest}"
