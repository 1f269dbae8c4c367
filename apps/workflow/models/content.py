"""The material facts of a record as people vote on them, from its fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.utils.text import capfirst

NOT_RECORDED = "Not recorded."


def content_of(record: Any, material: Iterable[str]) -> Iterator[list[str]]:
    """Each as [label, value in words, identity]; the identity of another record is its key, of a term its name in the
    taxonomy, since what they are called may be spelled anew.
    """
    for name in material:
        field = record._meta.get_field(name)
        if field.many_to_many:
            others = list(getattr(record, name).all())
            yield [
                capfirst(field.verbose_name),
                ", ".join(map(str, others)),
                ", ".join(str(getattr(one, "key", one.pk)) for one in others),
            ]
        else:
            yield [capfirst(field.verbose_name), _words(record, field), str(_identity(record, field))]


def _identity(record: Any, field: Any) -> Any:
    value = getattr(record, field.attname)
    return "" if value is None else value


def _words(record: Any, field: Any) -> str:
    value = getattr(record, field.name)
    if value is None or value == "":
        return NOT_RECORDED
    if field.choices:
        return str(getattr(record, f"get_{field.name}_display")())
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(field, models.IntegerField):
        return f"{value:,}"
    return str(value)
