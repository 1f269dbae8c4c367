"""The lists of findings, rules, redactions and changes to confirm."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet

from apps.core.badges import DayColumn, SeverityColumn, StatusColumn
from apps.core.search import SearchFilter
from apps.findings.models import Finding, Requirement, Severity
from apps.workflow.models import Proposal, Redaction


class FindingTable(tables.Table):
    severity = SeverityColumn(order_by="rank")
    fact = tables.Column(linkify=True)
    subject = tables.Column(verbose_name="About", orderable=False, linkify=lambda value: value.get_absolute_url())
    status = StatusColumn()
    owner_role = tables.Column("Owner")
    due_on = DayColumn(verbose_name="Due")
    # For exports. Amounts and relatives are on no list.
    requirement = tables.Column(verbose_name="Rule", visible=False)
    detail = tables.Column(visible=False)
    accepted_until = DayColumn(visible=False)

    export_related = ("requirement",)

    class Meta:
        model = Finding
        fields = ("severity", "fact", "subject", "status", "owner_role", "due_on")


class FindingFilter(django_filters.FilterSet):
    q = SearchFilter("fact", label="Search")
    severity = django_filters.ChoiceFilter(choices=Severity)
    status = django_filters.ChoiceFilter(
        choices=[("not_closed", "Standing"), *Finding.Status.choices], method="by_status"
    )
    rule = SearchFilter("requirement__title", label="Rule")

    class Meta:
        model = Finding
        fields = ("q", "severity", "status", "rule")

    def by_status(self, queryset: Any, name: str, value: str) -> QuerySet[Finding]:
        found: QuerySet[Finding] = queryset.open() if value == "not_closed" else queryset.filter(status=value)
        return found


class RuleTable(tables.Table):
    title = tables.Column(linkify=True)
    severity = SeverityColumn()
    stops_words = tables.Column("Stops", orderable=False, empty_values=(None,))
    status = StatusColumn()
    open_findings = tables.Column("Findings that stand")
    # For exports.
    sentence = tables.Column("What it asks", visible=False)
    applies_when = tables.Column(visible=False)
    source = tables.Column(visible=False)
    owner_role = tables.Column("Owner", visible=False)
    adopted_by_name = tables.Column("Adopted by", visible=False)
    adopted_on = DayColumn(visible=False)

    class Meta:
        model = Requirement
        fields = ("title", "severity", "stops_words", "status", "open_findings")

    def render_stops_words(self, value: str) -> str:
        return value.capitalize() if value else "Nothing"


class RuleFilter(django_filters.FilterSet):
    q = SearchFilter("title", "sentence", label="Search")
    status = django_filters.ChoiceFilter(choices=Requirement.Status)
    severity = django_filters.ChoiceFilter(choices=Severity)

    class Meta:
        model = Requirement
        fields = ("q", "status", "severity")


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
