"""What the verification of the ledger asks about redactions: what excuses a missing text has to be on record itself.

It is believed for a field that may hold personal text, that reads as the tombstone of a redaction which one side asked
for and a person of the other side carried out, and that this redaction names. Everything is read from rows that are
themselves compared with the chain.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from psycopg import sql

from apps.ledger.models import chained_models
from apps.ledger.redactable import redactable_fields
from apps.ledger.verify import Chain, Discrepancy, Reader, asks, asks_about_files
from apps.ledger.verify.chain import SKEW, Redacted
from apps.ledger.verify.hashing import moment
from apps.ledger.verify.reading import Cell, named
from apps.ledger.verify.schema import RETIRED, column_of, versions
from apps.workflow.kept_files import compare_files
from apps.workflow.models.four_eyes import APPROVER_ROLES

TOMBSTONE = re.compile(r"\[redacted ([1-9]\d*)\]")

PLACE = "SELECT t.{field} FROM ONLY {table} t WHERE t.{key} = {row}"
ASKED = """
    SELECT h.id, h.history_user_id, h.requested_by_id, h.requested_for FROM ONLY public.workflow_historicalredaction h
     WHERE h.history_type = '+'
"""
CARRIED_OUT = """
    SELECT h.id, h.history_user_id, h.requested_for, h.targets, h.history_date
      FROM ONLY public.workflow_historicalredaction h
     WHERE h.history_type = '~' AND h.status = 'carried_out' AND h.history_id = (
           SELECT max(l.history_id) FROM ONLY public.workflow_historicalredaction l WHERE l.id = h.id)
"""
DECIDED = """
    SELECT d.object_id, d.by_id FROM ONLY public.workflow_decision d
      JOIN ONLY public.django_content_type c ON c.id = d.content_type_id
     WHERE c.app_label = 'workflow' AND c.model = 'redaction' AND d.transition = 'carry_out' AND d.refusal = ''
"""
GRANTS = """
    SELECT h.id, h.user_id, g.name, h.effective_at, h.ended_at, h.history_date
      FROM ONLY public.accounts_historicalrolegrant h JOIN ONLY public.auth_group g ON g.id = h.role_id
     ORDER BY h.id, h.history_id
"""

asks_about_files(compare_files)

Place = tuple[str, int, str]


class Request(NamedTuple):
    by: int
    side: str


@dataclass(frozen=True)
class Outcome:
    by: int
    side: str
    targets: frozenset[Place]
    at: datetime


@asks
def redactions(reader: Reader, chain: Chain) -> Iterator[Discrepancy]:
    """Redaction entries that nothing on the chain excuses, and redactions that name other fields."""
    if not chain.redactions:
        return
    redacting = _Redacting(reader, chain)
    done: dict[int, set[Place]] = defaultdict(set)
    for entry in chain.redactions:
        number = redacting.number_in(entry)
        done[number].add((entry.table, entry.row, entry.field))
        if what := redacting.why_not(entry, number):
            yield Discrepancy(entry.sequence, entry.table, entry.row, what)
    for number, outcome in redacting.carried_out.items():
        if outcome.targets != done[number]:
            yield Discrepancy(None, "workflow_redaction", number, "it names other fields than those that were redacted")


class _Redacting:
    """What the chain tells about all redactions."""

    def __init__(self, reader: Reader, chain: Chain) -> None:
        self.reader, self.chain = reader, chain
        self.asked, self.carried_out = _asked(reader), _carried_out(reader)
        self.decided = {(_number(about), _number(by)) for about, by in reader.rows(DECIDED)}
        self.redactable = {(field.table_name, field.field) for field in redactable_fields()}
        self.grants = list(reader.rows(GRANTS))
        self.keys = {model._meta.db_table: key for model, key in chained_models()} | chain.retired
        self.versions = {table: versions(chain, table, ()) for table in {entry.table for entry in chain.redactions}}

    def _column(self, entry: Redacted) -> str:
        """The column that the entry speaks of, as it is called today; empty for one that holds no such text.

        Of a column or table that was retired since, no model says any more what it may hold.
        """
        column = column_of(self.versions[entry.table], entry.sequence, entry.field)
        retired = column != entry.field and column.startswith(RETIRED)
        may = retired or entry.table in self.chain.retired or (entry.table, column) in self.redactable
        return column if may else ""

    def number_in(self, entry: Redacted) -> int:
        """The number of the redaction in the tombstone that the row holds; 0 without one."""
        column = self._column(entry)
        if not column:
            return 0
        query = sql.SQL(PLACE).format(
            field=sql.Identifier(column),
            table=named(entry.table),
            key=sql.Identifier(self.keys[entry.table]),
            row=sql.Literal(entry.row),
        )
        row = self.reader.one(query)
        found = TOMBSTONE.fullmatch((row[0] or b"").decode()) if row else None
        return int(found[1]) if found else 0

    def why_not(self, entry: Redacted, number: int) -> str:
        """Why nothing excuses the entry; empty when this redaction does."""
        outcome, asked = self.carried_out.get(number), self.asked.get(number)
        if not self._column(entry):
            return f"the field “{entry.field}” holds no text that may be redacted"
        if not number:
            return f"the field “{entry.field}” does not hold the mark of a redaction"
        if outcome is None or (number, outcome.by) not in self.decided:
            return f"redaction {number} was not carried out"
        if asked is None or asked.side != outcome.side or entry.actor != f"user {outcome.by}":
            return f"redaction {number} was not asked for and carried out by those whom the entry names"
        if (entry.table, entry.row, entry.field) not in outcome.targets:
            return f"redaction {number} does not name the field “{entry.field}” of this row"
        if abs(entry.at - outcome.at) > SKEW:
            return f"it was not made when redaction {number} was carried out"
        if not self._by_two_sides(asked, outcome, entry.at):
            return f"redaction {number} was not made by legal and privacy together"
        return ""

    def _by_two_sides(self, asked: Request, outcome: Outcome, at: datetime) -> bool:
        others = {side.value for side in APPROVER_ROLES} - {asked.side}
        return (
            asked.by != outcome.by
            and asked.side in _held(self.grants, asked.by, at)
            and bool(others & _held(self.grants, outcome.by, at))
        )


def _asked(reader: Reader) -> dict[int, Request]:
    """Who asked for each redaction, for which side. Nobody asks in the name of another."""
    return {
        _number(key): Request(_number(by), (side or b"").decode())
        for key, by, said, side in reader.rows(ASKED)
        if by == said
    }


def _carried_out(reader: Reader) -> dict[int, Outcome]:
    found = {}
    for key, by, side, targets, at in reader.rows(CARRIED_OUT):
        places = frozenset((table, row, field) for table, row, field in json.loads(targets or b"null") or [])
        found[_number(key)] = Outcome(_number(by), (side or b"").decode(), places, moment(at or b""))
    return found


def _held(grants: Iterable[list[Cell]], user: int, at: datetime) -> set[str]:
    """The roles that this person held at that moment, as the history of the grants tells it."""
    newest: dict[int, tuple[str, datetime | None, datetime | None]] = {}
    for key, who, role, effective, ended, changed in grants:
        if _number(who) == user and moment(changed or b"") <= at:
            newest[_number(key)] = (
                (role or b"").decode(), moment(effective) if effective else None, moment(ended) if ended else None,
            )  # fmt: skip
    return {
        role
        for role, effective, ended in newest.values()
        if effective and effective <= at + SKEW and (ended is None or ended > at)
    }


def _number(cell: Cell) -> int:
    return int(cell or 0)
