"""Filters of lists: what one does not understand is said, and the list is never shown as if it had been filtered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django_filters.fields import BaseCSVField
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions
from rest_framework.request import Request

from apps.core.names import hint, shown

TRUTHS = {"true": True, "1": True, "false": False, "0": False}


class TrueOrFalseField(forms.Field):
    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        if str(value).lower() not in TRUTHS:
            raise ValidationError(f"“{shown(value)}” is neither true nor false.")
        return TRUTHS[str(value).lower()]


class BooleanFilter(django_filters.BooleanFilter):
    """`true` or `false`, and nothing else; the library's own takes every other word for no filter."""

    field_class = TrueOrFalseField


class WholeNumberFilter(django_filters.NumberFilter):
    """A number that is never rounded to one that was not asked for."""

    field_class = forms.IntegerField


class OrderField(BaseCSVField):
    """Names with commas between them, none empty and none twice."""

    def clean(self, value: Any) -> Any:
        names: list[str] = super().clean(value) or []
        fields = [name.removeprefix("-") for name in names]
        if "" in fields:
            raise ValidationError("There is a name missing beside a comma or a minus sign.")
        if len(set(fields)) < len(fields):
            raise ValidationError("The same name is there twice, so it is unclear which one counts.")
        return names


class FilterSet(django_filters.FilterSet):
    FILTER_DEFAULTS = {
        **django_filters.FilterSet.FILTER_DEFAULTS,
        models.BooleanField: {"filter_class": BooleanFilter},
        models.IntegerField: {"filter_class": WholeNumberFilter},
        models.BigIntegerField: {"filter_class": WholeNumberFilter},
        models.PositiveIntegerField: {"filter_class": WholeNumberFilter},
        models.PositiveBigIntegerField: {"filter_class": WholeNumberFilter},
    }

    @classmethod
    def says_anything(cls, query: Mapping[str, Any]) -> bool:
        """Whether a query with these names is filtered by any of them, or refused for want of one."""
        return any(name in query or each.extra.get("required") for name, each in cls.base_filters.items())


class FilterBackend(DjangoFilterBackend):
    """Lists of the API: values that mean nothing are refused, an empty one among them."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        asked: Any = getattr(view, "filterset_class", None)
        if asked and not asked.says_anything(request.query_params):
            return queryset  # without the form, which takes longer to build than the list to ask
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        refused = dict(misread(filterset))
        for name, value in request.query_params.items():
            if value == "" and name in filterset.form.fields and name != "search":
                refused[name] = ["This is empty. Give a value, or leave the name out."]
        if refused:
            raise exceptions.ValidationError(refused)
        return filterset.qs


def misread(filterset: django_filters.FilterSet) -> Iterator[tuple[str, list[str]]]:
    """(name, sentences) of each filter whose value means nothing."""
    for name, sentences in filterset.form.errors.items():
        field, value = filterset.form.fields.get(name), str(filterset.data.get(name, ""))
        sentence = _order_words(field, value) if isinstance(field, BaseCSVField) else _value_words(field, value)
        yield name, [sentence] if sentence else [str(each) for each in sentences]


def _order_words(field: Any, value: str) -> str:
    choices = [choice for choice in _choices(field) if not choice.startswith("-")]
    wrong = next((name for name in value.split(",") if name.removeprefix("-") not in ("", *choices)), "")
    return f"This list cannot be ordered by “{shown(wrong)}”. {hint(wrong, choices)}" if wrong else ""


def _value_words(field: Any, value: str) -> str:
    choices = _choices(field)
    return f"“{shown(value)}” is no value of this filter. {hint(value, choices)}" if value and choices else ""


def _choices(field: Any) -> list[str]:
    """The values of a choice that is short enough to name; of records one asks for their own list."""
    if isinstance(field, forms.ModelChoiceField) or not hasattr(field, "choices"):
        return []
    return [str(value) for value, _ in field.choices if value not in ("", None)]


def in_full_order(found: Any) -> Any:
    """Rows that are equal in what a list is sorted by keep the order of their keys: each is on one page, and on none
    twice. A query that counts per row has lost the order of its model."""
    if not isinstance(found, models.QuerySet) or found.query.combinator or found.query.is_sliced:
        return found
    order = found.query.order_by or found.model._meta.ordering
    is_full = bool({"pk", "-pk", "id", "-id"} & {name for name in order if isinstance(name, str)})
    return found.order_by(*order) if is_full else found.order_by(*order, "pk")
