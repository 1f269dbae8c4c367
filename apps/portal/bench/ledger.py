"""One transition with its history, decision and ledger entries."""

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
from apps.portal.bench.figures import Figure, alternate
from apps.workflow.models import Proposal

TRANSITION_GOAL = 3
NOTE = "Measured."


def transition_figure(by: User, repeats: int) -> Figure:
    """A rule, which is a governed record without checks, is adopted and suspended in turn."""
    rule = Requirement.objects.all()[0]
    with plain_model(Requirement) as model:
        plain = model(**{field.name: getattr(rule, field.name) for field in model._meta.fields})
        value, baseline = alternate(lambda: take_step(rule, by), lambda: save_plainly(plain, by), repeats)
    return Figure("One transition", value, baseline, TRANSITION_GOAL)


def take_step(rule: Requirement, by: User) -> None:
    if not rule.is_adopted:
        rule.adopt(by=by, note=NOTE)
        return
    rule.confirming = Proposal(requested_by=by)  # the one step is measured, not the two people
    rule.suspend(by=by, note=NOTE, until=clock.today())


def save_plainly(plain: Any, by: User) -> None:
    """What the steps change, as a save with nothing but its history."""
    adopting = plain.status != Requirement.Status.ADOPTED
    plain.status = Requirement.Status.ADOPTED if adopting else Requirement.Status.SUSPENDED
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
