"""The list of what can be redacted, as the models say it, where the database functions can read it."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.forms.models import model_to_dict

from apps.ledger.models import RecordedModel, RedactableField

# Every history row has one. The note of a step is copied into it.
CHANGE_REASON = "history_change_reason"


def redactable_fields() -> Iterator[RedactableField]:
    """Each column of a chained table that a redaction may replace."""
    for model in apps.get_models():
        names = getattr(model, "redactable", ())
        columns = [str(field.column) for field in model._meta.concrete_fields if field.name in names]
        if issubclass(model, RecordedModel):
            history: type[Model] = model.history.model
            yield from (_field(history, column, model, record_table=model._meta.db_table) for column in columns)
            yield _field(history, CHANGE_REASON, model, is_copy=True)
        else:
            yield from (_field(model, column, model) for column in columns)


def _field(table: type[Model], column: str, record: type[Model], **more: Any) -> RedactableField:
    return RedactableField(
        table_name=table._meta.db_table,
        field=column,
        key=str(table._meta.pk.column),
        record=record._meta.label_lower,
        record_key=str(record._meta.pk.column),
        **more,
    )


def write_redactable_fields(using: str = "default", **kwargs: Any) -> None:
    """Make the list say what the models say. Runs after each migration, as the owner; nobody else writes it."""
    fields = RedactableField.objects.using(using)
    wanted = list(redactable_fields())
    if [_facts(field) for field in fields.order_by("pk")] == [_facts(field) for field in wanted]:
        return
    with transaction.atomic(using=using):
        fields.all().delete()
        fields.bulk_create(wanted)


def _facts(field: RedactableField) -> dict[str, Any]:
    return model_to_dict(field, exclude=["id"])
