"""The verification of the ledger, beside the bare hashing of the same rows."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.db import connection, models
from psycopg import sql

from apps.accounts.models import User
from apps.findings.models import Requirement
from apps.ledger.models import Entry, chained_models
from apps.ledger.verify import Reader, Report, verify
from apps.ledger.verify.reading import columns_of, named, opened
from apps.ledger.verify.rendering import rendering
from apps.ledger.verify.rows import COLUMNS, SPOKEN_OF
from apps.portal.bench.commands import run_command
from apps.portal.bench.figures import Figure, alternate
from apps.portal.bench.ledger import take_step
from apps.portal.bench.records import refresh_statistics

GOAL, MEMORY_GOAL = 1.5, 100
REPEATS = 3

# One row as often as it takes, for a ledger of a size that nobody clicks together.
COPIES = """
    INSERT INTO {history} ({columns})
    SELECT {columns} FROM {history}, generate_series(1, %s)
     WHERE history_id = (SELECT max(history_id) FROM {history})
"""
COPIES_AT_ONCE = 100_000


class Verifications:
    """A ledger of people's steps, and the same with so many entries."""

    def __init__(self, by: User, transitions: int, entries: int) -> None:
        self.by, self.transitions, self.entries = by, transitions, entries
        self.memory_before = 0.0

    def short(self) -> Figure:
        rule = Requirement.objects.all()[0]
        for _ in range(self.transitions):
            take_step(rule, self.by)
        figure = _verify("Verification of the ledger", REPEATS, transitions=self.transitions)
        self.memory_before = run_command("verify_ledger", "--json")[1]
        return figure

    def long(self) -> Figure:
        """In one pass."""
        history: type[models.Model] = Requirement.history.model
        names = [str(field.column) for field in history._meta.concrete_fields if not field.primary_key]
        copies = sql.SQL(COPIES).format(
            history=sql.Identifier(history._meta.db_table), columns=sql.SQL(", ").join(map(sql.Identifier, names))
        )
        while (missing := self.entries - Entry.objects.count()) > 0:
            with connection.cursor() as cursor:
                cursor.execute(copies, [min(missing, COPIES_AT_ONCE)])
        return _verify("Verification of a long ledger", 1)

    def memory(self) -> Figure:
        """What a process takes more for the long ledger than the portal itself takes, in all at most so much."""
        most = run_command("verify_ledger", "--json")[1]
        extra = {"process_mb": round(most, 1), "on_the_short_ledger_mb": round(self.memory_before, 1)}
        grown = max(most - self.memory_before, 0)
        return Figure("Verification of a long ledger, memory", grown, MEMORY_GOAL, 1, unit="MB", extra=extra)


def _verify(name: str, repeats: int, **extra: Any) -> Figure:
    refresh_statistics()
    reports: list[Report] = []
    value, baseline = alternate(lambda: reports.append(verify()), hash_again, repeats)
    report = reports[-1]
    broken = () if report.ok else (f"The ledger does not verify: {report.first_broken}.",)
    extra |= {"entries": report.entries, "us_per_entry": round(1000 * value / report.entries, 1), "verified": report.ok}
    return Figure(name, value, baseline, GOAL, extra=extra, broken=broken)


def hash_again() -> None:
    """What no verification can do without: each field of each row read, hashed and compared with its commitment."""
    connection.ensure_connection()
    with opened(connection.connection) as reader:
        for model, key in chained_models():
            _hash_rows(reader, model._meta.db_table, key)


def _hash_rows(reader: Reader, table: str, key: str) -> None:
    columns = [
        ((name or b"").decode(), rendering((kind or b"").decode()))
        for name, kind, _ in reader.rows(sql.SQL(COLUMNS).format(table=sql.Literal(table)))
    ]
    query = sql.SQL(SPOKEN_OF).format(
        columns=columns_of("t", [name for name, _ in columns]),
        table=named(table),
        key=sql.Identifier(key),
        name=sql.Literal(table),
    )
    for cells in reader.rows(query):
        fields, salts = json.loads(cells[4] or b""), json.loads(cells[5] or b"")
        for (name, render), cell in zip(columns, cells[6:], strict=True):
            value = render(cell) if render else b""
            if sha256(bytes.fromhex(salts[name]) + name.encode() + b":" + value).hexdigest() != fields[name]:
                raise RuntimeError(f"A field of {table} differs from its commitment.")
