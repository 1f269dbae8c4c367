"""Reads history again and compares it with the chain. Hashes are made here, see `reading` for what is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection

from apps.ledger.models import RecordedModel, chained_models
from apps.ledger.verify import catalogue, names, schema
from apps.ledger.verify.chain import Chain, read_chain
from apps.ledger.verify.reading import Reader, opened
from apps.ledger.verify.records import read_records
from apps.ledger.verify.report import Problem, Report
from apps.ledger.verify.rows import read_rows

Question = Callable[[Reader, Chain], Iterable[Problem]]

# What upper rooms ask about what stands on the chain otherwise than row by row.
contributed: list[Question] = []


def asks(question: Question) -> Question:
    """Let the verification of the ledger ask this as well."""
    contributed.append(question)
    return question


def verify(
    tell: Callable[[int], None] = lambda percent: None,
    *,
    of: psycopg.Connection[Any] | None = None,
    rows_only: bool = False,
) -> Report:
    """Compare the whole chain with the whole history, as of one moment: the caller's, inside a transaction.

    `tell` is told how many percent of the questions are asked. `of` is another database than the portal's own, of which
    `rows_only` leaves out what it is made of besides its rows, such as functions and rights.
    """
    if of is None:
        connection.ensure_connection()
        of = connection.connection
    with opened(of) as reader:
        chained = {model._meta.db_table: key for model, key in chained_models()}
        chain = read_chain(reader, chained)
        report = Report(chain.entries, len(chain.redactions), chain.head.hex(), problems=[*chain.problems])
        questions = _questions(reader, chain, chained)
        if not rows_only:
            questions.append(lambda: catalogue.compare(reader, settings.DATABASE_APP_ROLE, settings.LEDGER_ACCEPTED))
        for number, ask in enumerate(questions, 1):
            report.problems += ask()
            tell(100 * number // len(questions))
    return report


def _questions(reader: Reader, chain: Chain, chained: dict[str, str]) -> list[Callable[[], Iterable[Problem]]]:
    """One for each table, so that progress can be told."""

    def later(ask: Callable[..., Iterable[Problem]], *args: Any) -> Callable[[], Iterable[Problem]]:
        return lambda: ask(reader, *args)

    return [
        *(later(read_rows, chain, table, key) for table, key in chained.items()),
        *(later(read_records, model) for model in recorded_models()),
        *(later(ask, chain) for ask in (names.read_names, schema.unknown, *contributed)),
    ]


def recorded_models() -> list[type[RecordedModel]]:
    return [model for model in apps.get_models() if issubclass(model, RecordedModel)]


__all__ = ["Chain", "Problem", "Reader", "Report", "asks", "recorded_models", "verify"]
