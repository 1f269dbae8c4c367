"""The rows of a list as JSON, straight from the columns that they show.

A list needs no objects where its rows are columns of the record, names of other records and keys of linked ones. What
a column looks like is asked of the fields of the serializer once; each row is then read as it comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import ManyToManyField, Model, QuerySet
from rest_framework import serializers

from apps.core import clock

Convert = Callable[[Any], Any]

# Whose values are in JSON what they are in the database; null is always null.
AS_THEY_ARE = (
    serializers.BooleanField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.DateField,
    serializers.IntegerField,
    serializers.ListField,
    serializers.PrimaryKeyRelatedField,
)


# Of so many names the database joins the records; it plans each query anew, and more joins take it longer than a list.
MOST_JOINS = 2


@dataclass(frozen=True)
class Link:
    """Keys of other records behind a many-to-many, read from the rows that link them."""

    field: ManyToManyField[Any, Any]
    key: str

    def of(self, owners: Sequence[int]) -> dict[int, list[Any]]:
        """By the key of the record, in the order of the linked ones."""
        field: Any = self.field
        owner, other = field.m2m_field_name(), field.m2m_reverse_field_name()
        links = field.remote_field.through._base_manager.filter(**{f"{owner}__in": owners}).order_by(other)
        found: dict[int, list[Any]] = defaultdict(list)
        for pk, key in links.values_list(owner, f"{other}__{self.key}"):
            found[pk].append(key)
        return found


@dataclass(frozen=True)
class Rows:
    """How the rows of one serializer are read."""

    lookups: dict[str, str]
    converts: dict[str, Convert]
    links: dict[str, Link]
    # Names of records of other models, which are asked by key.
    names: dict[str, Any]

    def of(self, page: QuerySet[Any]) -> list[dict[str, Any]]:
        columns = list(dict.fromkeys(["pk", *self.lookups.values()]))
        values = list(page.select_related(None).prefetch_related(None).values_list(*columns))
        places = [(name, columns.index(lookup)) for name, lookup in self.lookups.items()]
        rows = [{name: held[place] for name, place in places} for held in values]
        for name, convert in self.converts.items():
            for row in rows:
                if row[name] is not None:
                    row[name] = convert(row[name])
        keys = [held[0] for held in values]
        for name, link in self.links.items():
            found = link.of(keys)
            for row, key in zip(rows, keys, strict=True):
                row[name] = found.get(key, [])
        self._name(rows)
        return rows

    def _name(self, rows: list[dict[str, Any]]) -> None:
        """Put the names where until now their keys are."""
        keys: dict[Any, set[int]] = defaultdict(set)
        for name, model in self.names.items():
            keys[model].update(row[name] for row in rows)
        known = {model: _names(model, among - {None}) for model, among in keys.items()}
        for name, model in self.names.items():
            for row in rows:
                row[name] = known[model].get(row[name])


@cache
def rows_of(serializer: type[serializers.ModelSerializer[Any]]) -> Rows:
    """Raises TypeError for a field that no column tells.

    A serializer may name fields in `completed_fields` that it fills in itself: its `complete` is given the rows, with
    the `other_columns` that it asks for and takes out again.
    """
    model: Any = serializer.Meta.model
    told = getattr(serializer, "completed_fields", ())
    rows = Rows({}, {}, {}, {})
    for name, field in serializer().fields.items():
        if field.write_only:
            continue
        if key := getattr(field, "key_of_each", ""):
            rows.links[name] = Link(model._meta.get_field(field.source), key)
        if key or name in told:
            rows.lookups[name] = "pk"  # keeps its place
            continue
        if convert := _convert(field):
            rows.converts[name] = convert
        rows.lookups[name], named = _lookup(model, field)
        if named:
            rows.names[name] = named
    rows.lookups.update(getattr(serializer, "other_columns", {}))
    if len(rows.names) > MOST_JOINS or any(_may_lead(other) for other in rows.names.values()):
        return rows
    joined = {name: f"{rows.lookups[name].removesuffix('_id')}__{other.named_by}" for name, other in rows.names.items()}
    return replace(rows, lookups=rows.lookups | joined, names={})


def _convert(field: serializers.Field[Any, Any, Any, Any]) -> Convert | None:
    if isinstance(field, serializers.DateTimeField):
        return _moment
    if isinstance(field, serializers.DecimalField):
        return field.to_representation
    if not isinstance(field, AS_THEY_ARE):
        raise TypeError(f"{field.field_name} cannot be read from a column.")
    return None


def _moment(moment: datetime) -> str:
    """As DateTimeField writes it."""
    return clock.local(moment).isoformat().replace("+00:00", "Z")


def _lookup(model: type[Model], field: serializers.Field[Any, Any, Any, Any]) -> tuple[str, Any]:
    """How a query names the column, and the model of the record whose name is to stand in its place."""
    *steps, last = field.source_attrs
    for step in steps:
        model = _related(model, step) or model
    lookup = "__".join((*steps, last))
    other = _related(model, last)
    named = other if other and not isinstance(field, serializers.PrimaryKeyRelatedField) else None
    if named and not named.named_by:
        raise TypeError(f"{field.field_name} is the name of a record of which no column is the name.")
    return f"{lookup}_id" if other else lookup, named


def _related(model: type[Model], name: str) -> Any:
    try:
        return model._meta.get_field(name).related_model
    except FieldDoesNotExist as error:
        raise TypeError(f"{model.__name__} has no column {name}.") from error


def _names(model: Any, keys: set[Any]) -> dict[Any, str]:
    """By key; a record that leads to another one is called by the name of the one that stays."""
    named = model._base_manager.filter(pk__in=keys).order_by()
    if not _may_lead(model):
        return dict(named.values_list("pk", model.named_by))
    rows = list(named.values_list("pk", model.named_by, "same_as"))
    ends = {end for _, _, end in rows if end}
    further = _names(model, ends) if ends else {}
    return {pk: further.get(end, name) for pk, name, end in rows}


def _may_lead(model: Any) -> bool:
    return any(field.name == "same_as" for field in model._meta.fields)
