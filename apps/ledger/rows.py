"""The rows of a list as JSON, made by the database from the columns that they show.

A list needs no objects where its rows are columns of the record, names of other records and keys of linked ones. What
a column looks like is asked of the fields of the serializer, and the statement that reads them is written, once; one
statement then counts the records and reads a page of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet, FieldDoesNotExist
from django.db import connection
from django.db.models import Case, F, Model, OuterRef, QuerySet, Subquery, TextField, Value, When
from rest_framework import serializers

from apps.core import clock

Convert = Callable[[Any], Any]
Converter = Callable[[], Convert]  # asked once for all rows of a page

# Whose values are in JSON what the database makes of them.
AS_THEY_ARE = (
    serializers.BooleanField,
    serializers.CharField,
    serializers.ChoiceField,
    serializers.DateField,
    serializers.IntegerField,
    serializers.ListField,
    serializers.PrimaryKeyRelatedField,
)

# The head of the ledger, how many records there are, and what is shown of those of the page, in their order.
STATEMENT = """WITH page AS (SELECT row_number() OVER () AS place, listed.id FROM ({listed}) AS listed (id))
    SELECT (SELECT hash FROM ledger_entry ORDER BY sequence DESC LIMIT 1), ({count}),
        (SELECT json_agg(row_to_json(shown))::text FROM (
            SELECT {shown} FROM page JOIN ({read}) AS read ON read.pk = page.id ORDER BY page.place) AS shown)"""
COUNT = "SELECT count(*) FROM ({counted}) AS counted"
MOST_COUNTS = 1000


class Counted(NamedTuple):
    """As long as nothing was added to the ledger since, no record has changed, and they are as many."""

    head: bytes
    records: int


_counts: dict[tuple[str, str], Counted] = {}  # by the statement and its values
NOTHING_YET = Value(None, TextField())


@dataclass(frozen=True)
class OtherName:
    """The name of another record, left open by the database where that record leads to a further one."""

    model: Any
    key: str  # the column of the row that holds the key of the other record


@dataclass(frozen=True)
class Rows:
    """How the rows of one serializer are read."""

    read: str  # selects the columns of the records of a page
    values: tuple[Any, ...]  # what stands in `read`
    shown: str  # the columns by what they are called in a row
    converts: dict[str, Converter]
    names: dict[str, OtherName]

    def of(self, records: QuerySet[Any], first: int, last: int) -> tuple[int, list[dict[str, Any]]]:
        """How many records there are, and the rows of those from `first` to before `last`."""
        count, rows = self._ask(records, first, last)
        for name, converter in self.converts.items():
            convert = converter()
            for row in rows:
                if row[name] is not None:
                    row[name] = convert(row[name])
        for name, other in self.names.items():
            _fill_in(rows, name, other)
        return count, rows

    def _ask(self, records: QuerySet[Any], first: int, last: int) -> tuple[int, list[dict[str, Any]]]:
        plain = records.select_related(None).prefetch_related(None).values("pk")
        try:
            listed, of_listed = plain[first:last].query.sql_with_params()
            counted, of_counted = plain.order_by().query.sql_with_params()
        except EmptyResultSet:  # nothing can match, so that there is nothing to ask
            return 0, []
        key = counted, repr(of_counted)
        # What a transaction has changed by itself is not in the ledger before its end.
        counts = {} if connection.in_atomic_block else _counts
        if known := counts.get(key):
            head, _, rows = self._execute(listed, "NULL", of_listed)
            if head == known.head:
                return known.records, rows
        head, count, rows = self._execute(listed, COUNT.format(counted=counted), (*of_listed, *of_counted))
        if len(counts) >= MOST_COUNTS:
            counts.clear()
        counts[key] = Counted(head, count)
        return count, rows

    def _execute(self, listed: str, count: str, values: tuple[Any, ...]) -> tuple[bytes, int, list[dict[str, Any]]]:
        statement = STATEMENT.format(listed=listed, count=count, shown=self.shown, read=self.read)
        with connection.cursor() as cursor:
            cursor.execute(statement, [*values, *self.values])
            head, found, rows = cursor.fetchone()
        return bytes(head or b""), found, json.loads(rows or "[]", parse_float=Decimal)


@cache
def rows_of(serializer: type[serializers.ModelSerializer[Any]]) -> Rows:
    """Raises TypeError for a field that no column tells.

    A serializer may name fields in `completed_fields` that it fills in itself: its `complete` is given the rows, with
    the `other_columns` that it asks for and takes out again.
    """
    model: Any = serializer.Meta.model
    completed = getattr(serializer, "completed_fields", ())
    columns: dict[str, Any] = {}
    converts: dict[str, Converter] = {}
    names: dict[str, OtherName] = {}
    for name, field in serializer().fields.items():
        if field.write_only:
            continue
        if name in completed:
            columns[name] = NOTHING_YET  # keeps its place
        elif key := getattr(field, "key_of_each", ""):
            columns[name] = _linked(model._meta.get_field(field.source), key)
        else:
            if converter := _converter(field):
                converts[name] = converter
            lookup, other = _lookup(model, field)
            columns[name] = _name_of(other, lookup) if other else F(lookup)
            if other and _may_lead(other):
                names[name] = OtherName(other, f"_key_of_{name}")
                columns[f"_key_of_{name}"] = F(lookup)
    columns |= {name: F(lookup) for name, lookup in getattr(serializer, "other_columns", {}).items()}
    numbered = {f"c{number}": column for number, column in enumerate(columns.values())}
    found = model._base_manager.order_by().annotate(**numbered).values("pk", *numbered)
    read, values = found.query.sql_with_params()
    shown = ", ".join(f'read.{number} AS "{name}"' for number, name in zip(numbered, columns, strict=True))
    return Rows(read, values, shown, converts, names)


def _converter(field: serializers.Field[Any, Any, Any, Any]) -> Converter | None:
    if isinstance(field, serializers.DateTimeField):
        return _moments
    if isinstance(field, serializers.DecimalField):
        return lambda: field.to_representation
    if not isinstance(field, AS_THEY_ARE):
        raise TypeError(f"{field.field_name} cannot be read from a column.")
    return None


def _moments() -> Convert:
    """As DateTimeField writes them."""
    zone = clock.portal_zone()
    return lambda moment: datetime.fromisoformat(moment).astimezone(zone).isoformat().replace("+00:00", "Z")


def _linked(field: Any, key: str) -> ArraySubquery:
    """Keys of the records behind a many-to-many, in their order."""
    owner, other = field.m2m_field_name(), field.m2m_reverse_field_name()
    links = field.remote_field.through._base_manager.filter(**{owner: OuterRef("pk")}).order_by(other)
    return ArraySubquery(links.values(f"{other}__{key}"))


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


def _name_of(model: Any, lookup: str) -> Subquery:
    """The name of the record with the key in this column. A query within the query is planned faster than a join."""
    name = Case(When(same_as=None, then=F(model.named_by))) if _may_lead(model) else F(model.named_by)
    return Subquery(model._base_manager.filter(pk=OuterRef(lookup)).order_by().values(of_it=name))


def _may_lead(model: Any) -> bool:
    return any(field.name == "same_as" for field in model._meta.fields)


def _fill_in(rows: list[dict[str, Any]], name: str, other: OtherName) -> None:
    """Name what leads to a further record as that one. What leads nowhere has its name already."""
    keys = [row.pop(other.key) for row in rows]
    leading = {pk for pk, row in zip(keys, rows, strict=True) if pk and row[name] is None}
    names = _names_at_the_end(other.model, leading) if leading else {}
    for pk, row in zip(keys, rows, strict=True):
        row[name] = names.get(pk, row[name])


def _names_at_the_end(model: Any, keys: set[Any]) -> dict[Any, str]:
    """By key: the name of the record that stays."""
    rows = list(model._base_manager.filter(pk__in=keys).order_by().values_list("pk", model.named_by, "same_as"))
    ends = {end for _, _, end in rows if end}
    further = _names_at_the_end(model, ends) if ends else {}
    return {pk: further.get(end, name) for pk, name, end in rows}
