"""The list of a kind of record: its table, its filters, its page."""

from __future__ import annotations

from functools import cache
from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib.auth.decorators import login_required
from django.db import models
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.core.badges import DayColumn, SeverityColumn, StatusColumn
from apps.core.exports import NamesColumn
from apps.core.lists import render_list
from apps.core.search import SearchFilter
from apps.findings.models import CheckedModel, Finding
from apps.records.kind import WORST, Column, Kind


def columns_of(kind: Kind[Any]) -> list[Column]:
    return [Column(column) if isinstance(column, str) else column for column in kind.columns]


@cache
def table_of(kind: Kind[Any]) -> type[tables.Table]:
    if kind.table:
        return kind.table
    columns = columns_of(kind)
    made = {column.name: _column(kind, column, is_first=column == columns[0]) for column in columns}
    shown = [column.name for column in columns if not column.exported]
    many = [name for name, column in made.items() if isinstance(column, NamesColumn)]
    options = {"model": kind.model, "fields": shown}
    return type(
        f"{kind.model.__name__}Table",
        (tables.Table,),
        {**made, "export_related": [*many, *_others(kind, columns)], "Meta": type("Meta", (), options)},
    )


def _column(kind: Kind[Any], column: Column, *, is_first: bool) -> tables.Column:
    if column == WORST:
        return SeverityColumn(verbose_name=WORST.label, orderable=False)
    told = kind.model._meta.get_field(column.name)
    options: dict[str, Any] = {"verbose_name": column.label or capfirst(str(told.verbose_name))}
    if isinstance(told, models.ManyToManyField):
        return NamesColumn(**options)
    if column.name == "status":
        return StatusColumn(**options)
    options |= {"visible": not column.exported}
    if isinstance(told, models.DateField):
        return DayColumn(**options)
    return tables.Column(linkify=is_first, localize=isinstance(told, models.IntegerField), **options)


def _others(kind: Kind[Any], columns: list[Column]) -> list[str]:
    """Records that only the files name."""
    fields = {found.name: found for found in kind.model._meta.concrete_fields}
    keys = [column.name for column in columns if column.name in fields and fields[column.name].is_relation]
    return [name for name in keys if name not in kind.related]


@cache
def filterset_of(kind: Kind[Any]) -> type[django_filters.FilterSet]:
    """Words and choices. Of people and other records there are too many for a choice on a page."""
    if kind.filterset:
        return kind.filterset
    made: dict[str, Any] = {"q": SearchFilter(*kind.searched, label="Search")}
    for name in kind.filters:
        told: Any = kind.model._meta.get_field(name)
        label = capfirst(str(told.verbose_name))
        if told.choices:
            made[name] = django_filters.ChoiceFilter(label=label, choices=told.choices)
        elif told.many_to_many:
            terms = told.related_model._default_manager.all()
            made[name] = django_filters.ModelChoiceFilter(label=capfirst(name), field_name=name, queryset=terms)
    options = {"model": kind.model, "fields": list(made)}
    return type(
        f"{kind.model.__name__}Filter",
        (django_filters.FilterSet,),
        {**made, "Meta": type("Meta", (), options)},
    )


@require_safe
@login_required
def record_list(request: AuthedRequest, kind: Kind[Any]) -> HttpResponseBase:
    manager: Any = kind.model._default_manager
    rows = manager.visible_to(request.user).select_related(*kind.related)
    if issubclass(kind.model, CheckedModel):
        rows = rows.annotate(worst=Finding.objects.worst_of(kind.model, request.user))
    create = (reverse(kind.page("create")), kind.create.label) if kind.create else None
    return render_list(
        request,
        rows,
        table=table_of(kind),
        filterset=filterset_of(kind),
        heading=kind.label,
        purpose=kind.purpose,
        create=create if request.user.has_perm(kind.permission("add")) else None,
        empty=kind.empty,
    )
