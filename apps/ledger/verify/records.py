"""The records people work on: each must read as its last history row says."""

from __future__ import annotations

from django.db import models
from psycopg import sql

from apps.ledger.verify.reading import Cell, Reader, columns_of, named
from apps.ledger.verify.report import Discrepancy

# A record changed past the history is as bad as a changed history.
BESIDE_HISTORY = """
    SELECT t.{key}, h.{key}, h.history_type, {live}, {recorded}
      FROM ONLY {table} t
      FULL JOIN (SELECT DISTINCT ON ({key}) * FROM ONLY {history} ORDER BY {key}, history_id DESC) h
           ON h.{key} = t.{key}
"""


def read_records(reader: Reader, model: type[models.Model]) -> list[Discrepancy]:
    """The first record that its history does not explain."""
    table, key = model._meta.db_table, str(model._meta.pk.column)
    history = model.history.model  # type: ignore[attr-defined]
    columns = sorted(_columns(model) & _columns(history))
    query = sql.SQL(BESIDE_HISTORY).format(
        key=sql.Identifier(key),
        table=named(table),
        history=named(history._meta.db_table),
        live=columns_of("t", columns),
        recorded=columns_of("h", columns),
    )
    found = [
        (int(row[0] or row[1] or 0), what) for row in reader.rows(query) if (what := _difference(row, len(columns)))
    ]
    return [Discrepancy(None, table, *min(found))] if found else []


def _difference(row: list[Cell], columns: int) -> str:
    live, recorded, kind = row[0], row[1], row[2]
    if recorded is None:
        return "the record has no history"
    if live is None:
        return "" if kind == b"-" else "the record is gone, and no history tells of its removal"
    if kind == b"-":
        return "the record exists although its history tells of its removal"
    return "" if row[3 : 3 + columns] == row[3 + columns :] else "the record differs from its last history row"


def _columns(model: type) -> set[str]:
    return {str(field.column) for field in model._meta.concrete_fields}  # type: ignore[attr-defined]
