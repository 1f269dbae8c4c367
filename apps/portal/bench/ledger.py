"""One transition with its history, decision and ledger entries, and the verification of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql
from simple_history.models import HistoricalRecords

from apps.accounts.models import User
from apps.core import clock
from apps.findings.models import Requirement
from apps.ledger.models import chained_models
from apps.ledger.verify import verify
from apps.portal.bench.figures import Figure, alternate
from apps.portal.bench.records import refresh_statistics

TRANSITION_GOAL, VERIFY_GOAL = 3, 2
NOTE = "Measured."

# What no verification can do without: each field of each row hashed again and compared with its commitment.
HASH_AGAIN = """
    SELECT count(*) FILTER (WHERE f.value <> ledger_commitment(
               decode(u.salts ->> f.key, 'hex'), f.key, coalesce(u.fields -> f.key, 'null'::jsonb)))
      FROM ledger_entry e
      JOIN ledger_salt s ON s.entry_id = e.sequence
      JOIN {table_name} t ON t.{key} = e.row_id
     CROSS JOIN LATERAL (SELECT to_jsonb(t) AS fields, s.salts || '{{}}' AS salts OFFSET 0) u
     CROSS JOIN LATERAL jsonb_each_text(e.fields) f
     WHERE e.table_name = {table}
"""


def transition_figure(by: User, repeats: int) -> Figure:
    """A rule, which is a governed record without checks, is adopted and suspended in turn."""
    rule = Requirement.objects.all()[0]
    with plain_model(Requirement) as model:
        plain = model(**{field.name: getattr(rule, field.name) for field in model._meta.fields})
        value, baseline = alternate(lambda: take_step(rule, by), lambda: save_plainly(plain, by), repeats)
    return Figure("One transition", value, baseline, TRANSITION_GOAL)


def take_step(rule: Requirement, by: User) -> None:
    step = rule.suspend if rule.is_adopted else rule.adopt
    step(by=by, note=NOTE)


def save_plainly(plain: Any, by: User) -> None:
    """What the steps change, as a save with nothing but its history."""
    adopting = plain.status != Requirement.Status.ADOPTED
    plain.status = Requirement.Status.ADOPTED if adopting else Requirement.Status.PROPOSED
    plain.adopted_by_name, plain.adopted_on = (str(by), clock.today()) if adopting else ("", None)
    plain._history_user, plain._change_reason = by, NOTE
    with transaction.atomic():
        plain.save()


@contextmanager
def plain_model(like: type[models.Model]) -> Iterator[Any]:
    """A model and table with the same fields, and with plain django-simple-history: no triggers, no ledger."""
    body = {field.name: field.clone() for field in like._meta.fields}
    meta = type("Meta", (), {"app_label": "portal", "db_table": "bench_plain"})
    made: Any = type(
        "BenchPlain", (models.Model,), {**body, "history": HistoricalRecords(), "Meta": meta, "__module__": __name__}
    )
    made_models = (made, made.history.model)
    try:
        _drop_tables(made_models)  # what a run that was cut short has left
        with connection.schema_editor() as editor:
            for model in made_models:
                editor.create_model(model)
        yield made
    finally:
        _drop_tables(made_models)
        for model in made_models:
            del apps.all_models["portal"][model._meta.model_name]
        apps.clear_cache()


def _drop_tables(made_models: Iterable[Any]) -> None:
    with connection.cursor() as cursor:
        for model in made_models:
            table = sql.Identifier(model._meta.db_table)
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(table))


def verify_figure(by: User, transitions: int, repeats: int) -> Figure:
    """The whole ledger is verified after so many transitions."""
    rule = Requirement.objects.all()[0]
    for _ in range(transitions):
        take_step(rule, by)
    refresh_statistics()
    reports = []
    value, baseline = alternate(lambda: reports.append(verify()), hash_again, repeats)
    report = reports[-1]
    broken = () if report.ok else (f"The ledger does not verify: {report.first_broken}.",)
    extra = {"entries": report.entries, "transitions": transitions, "verified": report.ok}
    return Figure("Verification of the ledger", value, baseline, VERIFY_GOAL, extra=extra, broken=broken)


def hash_again() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'UTC'")
        for model, key in chained_models():
            table = model._meta.db_table
            names = {"table": sql.Literal(table), "table_name": sql.Identifier(table), "key": sql.Identifier(key)}
            cursor.execute(sql.SQL(HASH_AGAIN).format(**names))
            (different,) = cursor.fetchone()
            if different:
                raise RuntimeError(f"{different} fields of {table} differ from their commitment.")
