"""Reads history again and compares it with the chain. Hashes are made here, see `reading` for what is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection

from apps.ledger.models import RecordedModel, chained_models
from apps.ledger.verify import catalogue, names, schema
from apps.ledger.verify.chain import Chain, read_chain
from apps.ledger.verify.left_out import LEFT_OUT, leaves_out
from apps.ledger.verify.reading import Reader, opened
from apps.ledger.verify.records import read_records
from apps.ledger.verify.report import Discrepancy, Report
from apps.ledger.verify.rows import read_rows

Question = Callable[[Reader, Chain], Iterable[Discrepancy]]

# What upper rooms ask about what stands on the chain otherwise than row by row.
contributed: list[Question] = []
# The same about files on the disk, which takes as long as reading them does.
about_files: list[Question] = []
# What is worked out anew from the portal's own database, in transactions of its own; not by the command.
worked_out: list[Callable[[], Iterable[Discrepancy]]] = []


def asks(question: Question) -> Question:
    """Let the verification of the ledger ask this as well."""
    contributed.append(question)
    return question


def asks_about_files(question: Question) -> Question:
    """Let it ask this as well when files are to be compared."""
    about_files.append(question)
    return question


def works_out(question: Callable[[], Iterable[Discrepancy]]) -> Callable[[], Iterable[Discrepancy]]:
    """Let the portal's own verifications ask this as well, of what takes more than reading rows."""
    worked_out.append(question)
    return question


def verify(
    tell: Callable[[int], None] = lambda percent: None,
    *,
    of: psycopg.Connection[Any] | None = None,
    rows_only: bool = False,
    files: bool = False,
) -> Report:
    """Compare the whole chain with the whole history, as of one moment: the caller's, inside a transaction.

    `tell` is told how many percent of the questions are asked. `of` is another database than the portal's own, of which
    `rows_only` leaves out what it is made of besides its rows, such as functions and rights. `files` compares those on
    the disk of this machine, too.
    """
    if of is None:
        connection.ensure_connection()
        of = connection.connection
    with opened(of) as reader:
        chained = {model._meta.db_table: key for model, key in chained_models()}
        chain = read_chain(reader, chained)
        chained |= chain.retired
        report = Report(chain.entries, len(chain.redactions), chain.head.hex(), problems=[*chain.problems])
        questions = _questions(reader, chain, chained)
        questions += [partial(ask, reader, chain) for ask in about_files if files]
        if not rows_only:
            questions.append(partial(catalogue.compare, reader, settings.DATABASE_APP_ROLE, settings.LEDGER_ACCEPTED))
        report.not_covered += [left_out.words for left_out in LEFT_OUT]
        report.checked += _checked(chain, len(chained), rows_only, files)
        for number, ask in enumerate(questions, 1):
            report.problems += ask()
            tell(100 * number // len(questions))
    return report


def _questions(reader: Reader, chain: Chain, chained: dict[str, str]) -> list[Callable[[], Iterable[Discrepancy]]]:
    """One for each table, so that progress can be told."""
    return [
        *(partial(read_rows, reader, chain, table, key) for table, key in chained.items()),
        *(partial(read_records, reader, model) for model in recorded_models()),
        *(partial(ask, reader, chain) for ask in (names.read_names, schema.unknown, *contributed)),
    ]


def _checked(chain: Chain, tables: int, rows_only: bool, files: bool) -> Iterator[str]:
    """What is compared, in words that say how far it goes."""
    yield f"{chain.entries} entries: each of a known kind, bound to the one before it, in the order of their times."
    yield f"Each field of each row of {tables} tables of history, decisions and votes, hashed again by this program."
    yield f"{len(recorded_models())} kinds of records: each reads as its last history row says."
    yield f"{len(chain.redactions)} redacted fields: each asked for by one side and carried out by the other."
    if files:
        yield "Files that people gave: each is byte for byte the one that was recorded, and no other lies among them."
    else:
        yield "Not compared this time: files that people gave."
    if rows_only:
        yield "Not compared this time: functions, triggers, rights, columns and settings of the database."
    else:
        yield "Functions, triggers, rights, columns and settings of the database: those of this release."
        if not settings.DATABASE_APP_ROLE:
            yield "The portal connects as the owner of its tables, so that there are no rights of its own to compare."
        yield from (f"Accepted besides the release: {line}." for line in settings.LEDGER_ACCEPTED)
    for first, last in chain.loaded:
        yield f"Entries {first} to {last}: records of another time were loaded, whose own dates were not compared."


def recorded_models() -> list[type[RecordedModel]]:
    return [model for model in apps.get_models() if issubclass(model, RecordedModel)]


__all__ = [
    "Chain",
    "Discrepancy",
    "Reader",
    "Report",
    "asks",
    "asks_about_files",
    "leaves_out",
    "recorded_models",
    "verify",
    "worked_out",
    "works_out",
]
