"""The rows that the entries speak of: every field hashed again and compared with its commitment."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import sql

from apps.ledger.verify.chain import LONGEST, REDACTION, SKEW, Chain
from apps.ledger.verify.hashing import FORMATS, moment
from apps.ledger.verify.reading import Cell, Reader, columns_of, named
from apps.ledger.verify.rendering import Render, rendering
from apps.ledger.verify.report import Discrepancy
from apps.ledger.verify.schema import Version, column_of, versions

COLUMNS = """
    SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), c.relkind
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relname = {table} AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY a.attnum
"""
SPOKEN_OF = """
    SELECT e.sequence, e.kind, e.row_id, e.at, e.fields, s.salts, {columns}
      FROM ONLY public.ledger_entry e
      LEFT JOIN ONLY public.ledger_salt s ON s.entry_id = e.sequence
      LEFT JOIN ONLY {table} t ON t.{key} = e.row_id
     WHERE e.table_name = {name}
"""
LAST_NUMBER = """
    SELECT pg_sequence_last_value(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'public' AND c.relkind = 'S' AND c.relname = {sequence}
"""
WITHOUT_ENTRY = """
    SELECT min(t.{key}) FROM ONLY {table} t
     WHERE NOT EXISTS (SELECT FROM ONLY public.ledger_entry e
                        WHERE e.table_name = {name} AND e.row_id = t.{key} AND e.kind = 'row')
"""
# The columns with a row's own time, where it has one that is not the portal's travelling clock alone.
MOMENTS = ("history_date", "at")
SALT_DIGITS = 64

# Of each field: its name, the same as it is hashed, how its value is rendered, and where it stands in the row.
Plan = list[tuple[str, bytes, Render, int]]


@dataclass(frozen=True)
class Table:
    """A table whose rows stand on the chain: its columns as they lie in the database, with how each is rendered."""

    name: str
    key: str
    columns: Sequence[str]
    renders: dict[str, Render]
    versions: Sequence[Version]


def read_rows(reader: Reader, chain: Chain, name: str, key: str) -> list[Discrepancy]:
    """The first problem of each kind that this table has."""
    found = [
        tuple(cell.decode() for cell in row if cell)
        for row in reader.rows(sql.SQL(COLUMNS).format(table=sql.Literal(name)))
    ]
    if {kind for _, _, kind in found} != {"r"} or key not in {column for column, _, _ in found}:
        return [Discrepancy(None, name, 0, "no plain table with its rows stands here")]
    renders = {column: rendering(kind) for column, kind, _ in found}
    if unknown := [column for column, render in renders.items() if render is None]:
        return [Discrepancy(None, name, 0, f"the column “{unknown[0]}” has a type that no ledger ever held")]
    known = {column: render for column, render in renders.items() if render}
    table = Table(name, key, list(known), known, versions(chain, name, known))
    return _Comparison(reader, chain, table).run()


class _Comparison:
    def __init__(self, reader: Reader, chain: Chain, table: Table) -> None:
        self.reader, self.chain, self.table = reader, chain, table
        self.key_at = table.columns.index(table.key)
        self.moment_at = next((table.columns.index(name) for name in MOMENTS if name in table.columns), None)
        self.places = {name: number for number, name in enumerate(table.columns)}
        self.redacted: dict[tuple[int, str], list[int]] = defaultdict(list)
        for redaction in chain.redactions:
            if redaction.table == table.name:
                column = column_of(table.versions, redaction.sequence, redaction.field)
                self.redacted[redaction.row, column].append(redaction.sequence)
        self.loaded = chain.loaded
        self.starts = [first for first, _ in chain.formats]
        self.since = [version.since for version in table.versions]
        self.plans: list[Plan] = [
            [
                (field, field.encode(), table.renders[column], self.places[column])
                for field, column in version.columns.items()
                if column in self.places
            ]
            for version in table.versions
        ]
        self.problems: dict[str, Discrepancy] = {}

    def run(self) -> list[Discrepancy]:
        table, reader = self.table, self.reader
        names = {"table": named(table.name), "key": sql.Identifier(table.key), "name": sql.Literal(table.name)}
        query = sql.SQL(SPOKEN_OF).format(columns=columns_of("t", table.columns), **names)
        seen = 0
        for cells in reader.rows(query):
            seen += 1
            place = int(cells[0] or 0), int(cells[2] or 0)
            try:
                self._compare(place, cells)
            except (ValueError, KeyError, TypeError, AttributeError):
                self._say(place, "the entry or its salts cannot be read")
        given = reader.one(sql.SQL(LAST_NUMBER).format(sequence=sql.Literal(f"{table.name}_{table.key}_seq"[:63])))
        if given and (highest := self.chain.highest.get(table.name, 0)) > int(given[0] or 0):
            self._say((None, highest), "the database never gave a row this number")
        if seen != self.chain.spoken[table.name]:
            self._say((None, 0), "its entries are not those of the chain: an index does not list them all")
        if reader.count(table.name) > self.chain.added[table.name] or self._has_holes():
            row = reader.number(sql.SQL(WITHOUT_ENTRY).format(**names))
            if row:
                self._say((None, row), "no ledger entry speaks of this row")
        return list(self.problems.values())

    def _has_holes(self) -> bool:
        """Whether fewer rows than entries are there, so that a row without an entry would not show in their number."""
        return bool(self.problems)

    def _compare(self, place: tuple[int, int], cells: list[Cell]) -> None:
        row = cells[6:]
        if row[self.key_at] is None or int(row[self.key_at] or 0) != place[1]:
            self._say(place, "the row is missing")
            return
        committed: dict[str, str] = json.loads(cells[4] or b"")
        salts: dict[str, str] = json.loads(cells[5]) if cells[5] else {}
        commit = FORMATS[self.chain.formats[bisect_right(self.starts, place[0] - 1) - 1][1]].commitment
        number = bisect_right(self.since, place[0] - 1) - 1
        version = self.table.versions[number]
        if cells[1] == REDACTION.encode():
            names = {field: version.columns.get(field, field) for field in committed}
            self._compare_fields(place, names, committed, salts, row, commit)
            return
        if not self._fits(self.plans[number], committed, salts, row, commit):
            self._compare_fields(place, version.columns, committed, salts, row, commit)
        self._compare_later(place, version, row)
        if self.moment_at is not None:
            self._compare_moment(place, moment(cells[3] or b""), row[self.moment_at])

    def _fits(self, plan: Plan, committed: dict[str, str], salts: dict[str, str], row: list[Cell], commit: Any) -> bool:
        """Whether the entry commits to exactly these fields, and each is as it says: how nearly all entries are."""
        if not len(committed) == len(salts) == len(plan):
            return False
        for field, name, render, at in plan:
            salt = salts.get(field, "")
            if len(salt) != SALT_DIGITS or commit(bytes.fromhex(salt), name, render(row[at])) != committed.get(field):
                return False
        return True

    def _compare_fields(
        self,
        place: tuple[int, int],
        names: dict[str, str],
        committed: dict[str, str],
        salts: dict[str, str],
        row: list[Cell],
        commit: Any,
    ) -> None:
        """Say what does not fit, if it is not a redaction. `names` are today's columns of the fields."""
        if committed.keys() != names.keys():
            self._say(place, "it commits to other fields than the table had")
        for field, commitment in committed.items():
            self._compare_field(place, field, names.get(field, field), commitment, salts.pop(field, None), row, commit)
        if salts:
            self._say(place, f"there is a salt for “{min(salts)}”, which the entry does not commit to")

    def _compare_field(
        self,
        place: tuple[int, int],
        field: str,
        column: str,
        commitment: str,
        salt: str | None,
        row: list[Cell],
        commit: Any,
    ) -> None:
        later = self.redacted and self.redacted.get((place[1], column))
        if later and later[-1] > place[0]:
            if salt is not None:
                self._say(place, f"the salt of “{field}” is still there although the field was redacted")
            return
        if salt is None:
            self._say(place, f"the salt of “{field}” is missing")
        elif len(salt) != SALT_DIGITS:
            self._say(place, f"the salt of “{field}” is not one of the ledger")
        elif column not in self.places:
            self._say(place, f"the column “{column}” is missing")
        else:
            value = self.table.renders[column](row[self.places[column]])
            if commitment != commit(bytes.fromhex(salt), field.encode(), value):
                self._say(place, f"the field “{field}” was changed")

    def _compare_later(self, place: tuple[int, int], version: Version, row: list[Cell]) -> None:
        """Columns that did not exist yet hold what they were added with."""
        for column, default in version.later.items():
            if column in self.places and self.table.renders[column](row[self.places[column]]) != default:
                self._say(place, f"the field “{column}”, which came later, was filled in afterwards")

    def _compare_moment(self, place: tuple[int, int], entered: datetime, cell: Cell) -> None:
        try:
            own = moment(cell or b"")
        except ValueError:
            # Before the first year, after the last one, or never.
            own = datetime.max.replace(tzinfo=UTC)
        if not entered - LONGEST <= own <= entered + SKEW and not any(a <= place[0] <= b for a, b in self.loaded):
            self._say(place, "its own date lies far from the time of its entry")

    def _say(self, place: tuple[int | None, int], what: str) -> None:
        kept = self.problems.get(what)
        if kept is None or (place[0] or 2**63) < (kept.sequence or 2**63):
            self.problems[what] = Discrepancy(place[0], self.table.name, place[1], what)
