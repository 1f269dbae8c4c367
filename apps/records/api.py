"""The doors of the API for a kind of record, derived from its form: what people fill in is what programs send."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django import forms
from django.db import models
from rest_framework import viewsets

from apps.findings.api import CheckedViewSet
from apps.findings.models import CheckedModel
from apps.ledger.api import (
    ChangeableViewSet,
    EditableViewSet,
    FormSerializer,
    IdsField,
    KeysField,
    OrderingFilter,
    RecordViewSet,
    SearchFilterSet,
    name_of,
    search_filter,
)
from apps.records.kind import Kind
from apps.records.lists import columns_of
from apps.workflow.api import GovernedSerializer, GovernedViewSet
from apps.workflow.models import GovernedModel

ORDERED_BY = (models.CharField, models.DateField, models.IntegerField)


@cache
def viewset_of(kind: Kind[Any]) -> type[viewsets.GenericViewSet[Any]]:
    """It reads and writes what the form asks. A room registers one of its own in governance/api.py instead."""
    row, one = _serializers(kind)
    manager: Any = kind.model._default_manager
    keys = [field.name for field in _fields(kind) if field.many_to_one]
    many = [field.name for field in _fields(kind) if field.many_to_many]
    return type(
        f"{kind.model.__name__}ViewSet",
        tuple(_bases(kind)),
        {
            "__doc__": kind.purpose,
            "__module__": kind.model.__module__,
            "queryset": manager.select_related(*keys).prefetch_related(*many),
            "serializer_class": one,
            "row_serializer_class": row,
            "filterset_class": _filterset(kind),
        },
    )


def _bases(kind: Kind[Any]) -> Iterator[type[Any]]:
    if issubclass(kind.model, CheckedModel):
        yield CheckedViewSet
    elif issubclass(kind.model, GovernedModel):
        yield GovernedViewSet
    if kind.create:
        yield EditableViewSet
    elif kind.edit:
        yield ChangeableViewSet
    yield RecordViewSet


def _fields(kind: Kind[Any]) -> list[Any]:
    """Who keeps the record, then what the form asks, as far as these are fields of the model."""
    asked = kind.form.base_fields if kind.form else {}
    known: dict[str, Any] = {field.name: field for field in kind.model._meta.get_fields() if not field.auto_created}
    return [known[name] for name in dict.fromkeys([*kind.model.keepers, *asked]) if name in known]


def _serializers(kind: Kind[Any]) -> tuple[type[Any], type[Any]]:
    """Of a row of the list, and of a single record, which may say which steps its reader may take."""
    form: Any = kind.form
    made: dict[str, Any] = {"form_class": form}
    names = ["id", *(["status"] if issubclass(kind.model, GovernedModel) else [])]
    for field in _fields(kind):
        names.append(field.name)
        if field.many_to_many:
            asked = form.base_fields[field.name]
            is_term = hasattr(field.related_model, "key")
            made[field.name] = (KeysField if is_term else IdsField)(required=False, help_text=_meaning(asked))
        elif field.many_to_one:
            names.append(f"{field.name}_name")
            made[f"{field.name}_name"] = name_of(field.name, null=field.null)
    names += ["created_at", "revision"]
    read_only = [name for name in kind.model.keepers if name not in form.base_fields]
    meta = {"model": kind.model, "fields": names, "read_only_fields": read_only}
    name = kind.model.__name__
    new = {"new_record": lambda self: kind.new(self.user)}
    row = type(f"{name}RowSerializer", (FormSerializer,), {**made, **new, "Meta": type("Meta", (), meta)})
    if not issubclass(kind.model, GovernedModel):
        return row, type(f"{name}Serializer", (row,), {"Meta": type("Meta", (), meta)})
    whole = {**meta, "fields": [*names, "transitions"]}
    return row, type(f"{name}Serializer", (GovernedSerializer, row), {"Meta": type("Meta", (), whole)})


def _meaning(asked: forms.Field) -> str:
    return str(asked.help_text or asked.label or "")


def _filterset(kind: Kind[Any]) -> type[SearchFilterSet]:
    fields: dict[str, Any] = {field.name: field for field in kind.model._meta.concrete_fields}
    columns = [column.name for column in columns_of(kind) if column.name in fields]
    ordered = [name for name in columns if isinstance(fields[name], ORDERED_BY) and name not in kind.model.long_fields]
    words = " or ".join(str(fields[name].verbose_name) for name in kind.searched if name in fields)
    return type(
        f"{kind.model.__name__}FilterSet",
        (SearchFilterSet,),
        {
            "search": search_filter(f"Text in the {words}."),
            "search_fields": kind.searched,
            "ordering": OrderingFilter(*ordered, "created_at", "id"),
            "Meta": type("Meta", (), {"model": kind.model, "fields": [n for n in kind.filters if n in fields]}),
        },
    )
