from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables

from apps.core.badges import StatusColumn
from apps.ledger.models import Entry
from apps.workflow.models import Proposal, Redaction


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


class ProposalTable(tables.Table):
    words = tables.Column(verbose_name="Change", linkify=True, orderable=False)
    subject = tables.Column(verbose_name="Record", orderable=False)
    status = StatusColumn()
    requested_by = tables.Column(verbose_name="Asked for by")
    created_at = tables.DateTimeColumn(verbose_name="Since")

    class Meta:
        model = Proposal
        fields = ("words", "subject", "status", "requested_by", "created_at")


class ProposalFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Proposal.Status)

    class Meta:
        model = Proposal
        fields = ("status",)


class RedactionTable(tables.Table):
    id = tables.Column(verbose_name="Number", linkify=True)
    subject = tables.Column(verbose_name="Record", orderable=False)
    status = StatusColumn()
    requested_by = tables.Column()

    class Meta:
        model = Redaction
        fields = ("id", "subject", "field", "status", "requested_by")


class RedactionFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Redaction.Status)

    class Meta:
        model = Redaction
        fields = ("status",)
