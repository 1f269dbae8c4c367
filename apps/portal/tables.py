from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables

from apps.ledger.models import Entry


class EntryTable(tables.Table):
    sequence = tables.Column(linkify=("portal:entry", {"pk": tables.A("sequence")}))
    at = tables.DateTimeColumn(verbose_name="When")
    hash = tables.Column(orderable=False)

    class Meta:
        model = Entry
        fields = ("sequence", "kind", "table_name", "row_id", "actor", "at", "hash")

    def render_hash(self, value: Any) -> str:
        return f"{bytes(value).hex()[:16]}…"

    def value_hash(self, value: Any) -> str:
        return bytes(value).hex()


class EntryFilter(django_filters.FilterSet):
    table_name = django_filters.CharFilter(label="Table", lookup_expr="icontains")
    kind = django_filters.ChoiceFilter(choices=Entry.Kind)
    actor = django_filters.CharFilter(label="Actor")

    class Meta:
        model = Entry
        fields = ("table_name", "kind", "actor")
