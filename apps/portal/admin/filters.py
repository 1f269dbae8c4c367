from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from apps.ledger.models import chained_models
from apps.workflow.models import GovernedModel


class SubjectFilter(admin.SimpleListFilter):
    """Rows about one kind of record."""

    title = "kind of record"
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        models = [model for model in apps.get_models() if issubclass(model, GovernedModel)]
        return [(model._meta.label_lower, str(capfirst(model._meta.verbose_name))) for model in models]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(content_type=ContentType.objects.get_for_model(apps.get_model(str(self.value()))))


class TableFilter(admin.SimpleListFilter):
    """Entries of one kind of record. The kinds are known, so that no long list is searched for them."""

    title = "kind of record"
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        named = {model._meta.db_table: str(model._meta.verbose_name) for model, _ in chained_models()}
        return sorted(((table, capfirst(name)) for table, name in named.items()), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(table_name=self.value()) if self.value() else queryset
