"""Which columns a table had when an entry was made, as the chain's own schema entries say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

from apps.ledger.verify.chain import Chain
from apps.ledger.verify.reading import Reader
from apps.ledger.verify.rendering import NULL
from apps.ledger.verify.report import Problem

# The schema entries that this release and those before it write, by table and digest.
KNOWN = Path(__file__).parents[1] / "release" / "schemas.txt"


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
    return [f"{note.table} {_digest(note.content)}" for note in chain.of_kind("schema")]


def unknown(reader: Reader, chain: Chain) -> Iterator[Problem]:
    """Schema entries that no release made."""
    listed = set(KNOWN.read_text().splitlines())
    for note in chain.of_kind("schema"):
        if f"{note.table} {_digest(note.content)}" not in listed:
            yield Problem(note.sequence, note.table, 0, "no release of the portal made its columns what the entry says")


def _digest(content: dict[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
