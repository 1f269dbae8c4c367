"""Queries whose SQL is made once and asked with other values each time: making it takes longer than answering it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL


class Given:
    """Where a value will stand that is only given when the query is asked."""

    def __init__(self, name: str) -> None:
        self.name = name


def given(name: str) -> Any:
    """Stands in a queryset for the value of that name."""
    return RawSQL("%s", (Given(name),))


def each_given(name: str) -> Any:
    """Stands in a queryset, behind `__in`, for the keys of that name."""
    return RawSQL("SELECT unnest(%s::bigint[])", (Given(name),))


class CompiledQuery:
    """The rows of a queryset of plain columns (`values_list`), in which values are `given`.

    Its SQL must not depend on anything else that changes, such as the hour or the reader.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self.build = build

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        sql, places = self._compiled
        filled = [values[place.name] if isinstance(place, Given) else place for place in places]
        with connection.cursor() as cursor:
            cursor.execute(sql, filled)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    @cached_property
    def _compiled(self) -> tuple[str, tuple[Any, ...]]:
        sql, places = self.build().query.sql_with_params()
        return sql, tuple(places)


def record_of(model: Any, **held: Any) -> Any:
    """A record of which these columns are known. The others would be asked when they are needed."""
    columns = [field.attname for field in model._meta.concrete_fields if field.attname in held]
    return model.from_db(None, columns, [held[column] for column in columns])
