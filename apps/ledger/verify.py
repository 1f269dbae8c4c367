"""Reads history again and compares it with the chain. The work is done in SQL, in steps of a bounded size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from apps.ledger.models import RecordedModel, chained_models

STEP = 50_000  # entries that one query looks at

BROKEN_LINKS = """
    SELECT e.sequence, e.table_name, e.row_id,
           CASE WHEN e.sequence <> coalesce(e.before, 0) + 1 THEN 'an entry before it is missing'
                WHEN e.previous_hash <> coalesce(e.head, ''::bytea) THEN 'it does not follow the entry before it'
                ELSE 'the entry itself was changed' END
      FROM (SELECT *, lag(sequence) OVER w AS before, lag(hash) OVER w AS head
              FROM ledger_entry WHERE sequence BETWEEN %(low)s - 1 AND %(high)s WINDOW w AS (ORDER BY sequence)) e
     WHERE e.sequence >= %(low)s
       AND (e.sequence <> coalesce(e.before, 0) + 1 OR e.previous_hash <> coalesce(e.head, ''::bytea)
            OR e.hash <> ledger_entry_hash(e.sequence, e.kind, e.table_name, e.row_id, e.actor, e.at, e.fields,
                                           e.previous_hash))
     ORDER BY e.sequence LIMIT 1
"""

# A field is judged by the newest entry that speaks of it: a redaction's tombstone replaces the first commitment.
# The row and its salts are unpacked once for all fields; the empty object added to the salts is what unpacks them.
BROKEN_ROWS = """
    SELECT e.sequence, {table}, e.row_id,
           CASE WHEN t.{key} IS NULL THEN 'the row is missing'
                WHEN u.salts IS NULL OR NOT u.salts ? f.key THEN 'the salt of “' || f.key || '” is missing'
                ELSE 'the field “' || f.key || '” was changed' END
      FROM ledger_entry e
      LEFT JOIN ledger_salt s ON s.entry_id = e.sequence
      LEFT JOIN {table_name} t ON t.{key} = e.row_id
     CROSS JOIN LATERAL (SELECT to_jsonb(t) AS fields, s.salts || '{{}}' AS salts OFFSET 0) u
     CROSS JOIN LATERAL jsonb_each_text(e.fields) f
     WHERE e.table_name = {table} AND e.sequence BETWEEN %(low)s AND %(high)s
       AND (t.{key} IS NULL OR u.salts IS NULL OR NOT u.salts ? f.key OR f.value <> ledger_commitment(
            decode(u.salts ->> f.key, 'hex'), f.key, coalesce(u.fields -> f.key, 'null'::jsonb)))
       AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.kind = 'redaction' AND r.table_name = {table}
                          AND r.row_id = e.row_id AND r.fields ? f.key AND r.sequence > e.sequence)
     ORDER BY e.sequence LIMIT 1
"""

ROWS_WITHOUT_ENTRY = """
    SELECT NULL::bigint, {table}, t.{key}, 'no ledger entry speaks of this row'
      FROM {table_name} t
      LEFT JOIN ledger_entry e ON e.table_name = {table} AND e.row_id = t.{key} AND e.kind = 'row'
     WHERE e.sequence IS NULL ORDER BY t.{key} LIMIT 1
"""

# A record must read as its last history row says; a record changed past the history is as bad as a changed history.
RECORDS_OFF_HISTORY = """
    SELECT NULL::bigint, {table}, coalesce(t.{key}, h.{key}),
           CASE WHEN h.history_id IS NULL THEN 'the record has no history'
                WHEN t.{key} IS NULL THEN 'the record is gone, and no history tells of its removal'
                WHEN h.history_type = '-' THEN 'the record exists although its history tells of its removal'
                ELSE 'the record differs from its last history row' END
      FROM {table_name} t
      FULL JOIN (SELECT DISTINCT ON ({key}) * FROM {history} ORDER BY {key}, history_id DESC) h ON h.{key} = t.{key}
     WHERE (t.{key} IS NULL) <> (coalesce(h.history_type, '-') = '-')
        OR (t.{key} IS NOT NULL AND ROW({live_columns}) IS DISTINCT FROM ROW({history_columns}))
     ORDER BY 3 LIMIT 1
"""


@dataclass(frozen=True)
class Problem:
    """The first row of its kind that does not fit. `sequence` is the ledger entry's number where there is one."""

    sequence: int | None
    table: str
    row: int
    what: str

    def __str__(self) -> str:
        place = f"row {self.row} of {self.table}"
        return f"{place} (ledger entry {self.sequence}): {self.what}" if self.sequence else f"{place}: {self.what}"


@dataclass(frozen=True)
class Question:
    """A query for the first row that does not fit, asked once for each step."""

    query: sql.Composable
    steps: list[dict[str, int]]


# Questions of upper rooms about tables that are not on the chain row by row: each a function of the cursor.
contributed: list[Callable[[Any], list[Question]]] = []


def asks(questions: Callable[[Any], list[Question]]) -> Callable[[Any], list[Question]]:
    """Let the verification of the ledger ask these questions as well."""
    contributed.append(questions)
    return questions


@dataclass
class Report:
    entries: int = 0
    redactions: int = 0
    head: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def first_broken(self) -> Problem | None:
        """The earliest on the chain; a broken row without an entry comes last."""
        return min(self.problems, key=lambda p: p.sequence or 2**63, default=None)

    def as_dict(self) -> dict[str, Any]:
        first = self.first_broken
        return {
            "ok": self.ok,
            "entries": self.entries,
            "redactions": self.redactions,
            "head": self.head,
            "first_broken": asdict(first) if first else None,
            "problems": [asdict(problem) for problem in self.problems],
        }


def verify(tell: Callable[[int], None] = lambda percent: None) -> Report:
    """Compare the whole chain with the whole history, as of one moment: the caller's, inside a transaction.

    `tell` is told how many percent of the questions are asked.
    """
    begins = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if begins:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL timezone = 'UTC'")
        report = _read_head(cursor)
        questions = _questions(cursor)
        for number, question in enumerate(questions, 1):
            report.problems += _first_of(cursor, question)
            tell(100 * number // len(questions))
    return report


def _read_head(cursor: Any) -> Report:
    cursor.execute("SELECT count(*), count(*) FILTER (WHERE kind = 'redaction') FROM ledger_entry")
    entries, redactions = cursor.fetchone()
    cursor.execute("SELECT encode(hash, 'hex') FROM ledger_entry ORDER BY sequence DESC LIMIT 1")
    row = cursor.fetchone()
    return Report(entries=entries, redactions=redactions, head=row[0] if row else "")


def _questions(cursor: Any) -> list[Question]:
    cursor.execute("SELECT coalesce(max(sequence), 0) FROM ledger_entry")
    steps = [{"low": low, "high": low + STEP - 1} for low in range(1, cursor.fetchone()[0] + 1, STEP)]
    questions = [Question(sql.SQL(BROKEN_LINKS), steps)]
    for model, key in chained_models():
        names = _names(model, key)
        questions.append(Question(sql.SQL(BROKEN_ROWS).format(**names), steps))
        questions.append(Question(sql.SQL(ROWS_WITHOUT_ENTRY).format(**names), [{}]))
    questions += [Question(_records_off_history(recorded), [{}]) for recorded in recorded_models()]
    return questions + [question for ask in contributed for question in ask(cursor)]


def recorded_models() -> list[type[RecordedModel]]:
    return [model for model in apps.get_models() if issubclass(model, RecordedModel)]


def _names(model: type[models.Model], key: str) -> dict[str, sql.Composable]:
    table = model._meta.db_table
    return {"table": sql.Literal(table), "table_name": sql.Identifier(table), "key": sql.Identifier(key)}


def _records_off_history(model: type[RecordedModel]) -> sql.Composed:
    history: type[models.Model] = model.history.model
    columns = sorted(_columns(model) & _columns(history))
    return sql.SQL(RECORDS_OFF_HISTORY).format(
        **_names(model, str(model._meta.pk.column)),
        history=sql.Identifier(history._meta.db_table),
        live_columns=sql.SQL(", ").join([sql.Identifier("t", column) for column in columns]),
        history_columns=sql.SQL(", ").join([sql.Identifier("h", column) for column in columns]),
    )


def _columns(model: type[models.Model]) -> set[str]:
    return {str(field.column) for field in model._meta.concrete_fields}


def _first_of(cursor: Any, question: Question) -> list[Problem]:
    """The first row that does not fit; the steps behind it are not looked at."""
    for step in question.steps:
        cursor.execute(question.query, step)
        if row := cursor.fetchone():
            return [Problem(*row)]
    return []
