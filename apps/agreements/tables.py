from __future__ import annotations

import django_filters
import django_tables2 as tables

from apps.agreements.models import Agreement
from apps.core.badges import DayColumn, SeverityColumn, StatusColumn


class AgreementTable(tables.Table):
    title = tables.Column(linkify=True)
    counterparty = tables.Column(verbose_name="Recipient")
    status = StatusColumn()
    requester = tables.Column()
    ends_on = DayColumn(verbose_name="Ends")
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)

    class Meta:
        model = Agreement
        fields = ("title", "counterparty", "status", "requester", "ends_on", "worst")


class AgreementFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Search", field_name="title", lookup_expr="icontains")
    status = django_filters.ChoiceFilter(choices=Agreement.Status)
    type = django_filters.ChoiceFilter(choices=Agreement.Type)
    recipient = django_filters.CharFilter(label="Recipient", field_name="counterparty__name", lookup_expr="icontains")

    class Meta:
        model = Agreement
        fields = ("q", "status", "type", "recipient")
