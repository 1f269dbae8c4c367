from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet

from apps.agreements.models import Agreement, Transfer
from apps.core.badges import DayColumn, SeverityColumn, StatusColumn
from apps.core.forms import DayInput


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


class TransferTable(tables.Table):
    transferred_on = DayColumn(verbose_name="Day")
    dataset = tables.Column(verbose_name="What moved", linkify=lambda record: record.get_absolute_url())
    recipient = tables.Column()
    channel = tables.Column(verbose_name="Way")
    status = StatusColumn()
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)

    class Meta:
        model = Transfer
        fields = ("transferred_on", "dataset", "recipient", "channel", "status", "worst")


class TransferFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Search", method="search")
    status = django_filters.ChoiceFilter(choices=Transfer.Status)
    channel = django_filters.ChoiceFilter(label="Way", choices=Transfer.Channel)
    cover = django_filters.ChoiceFilter(
        label="Cover", choices=[("no", "Nothing covers it"), ("yes", "Covered")], method="by_cover"
    )
    since = django_filters.DateFilter(label="From", field_name="transferred_on", lookup_expr="gte", widget=DayInput())
    until = django_filters.DateFilter(label="Until", field_name="transferred_on", lookup_expr="lte", widget=DayInput())

    class Meta:
        model = Transfer
        fields = ("q", "status", "channel", "cover", "since", "until")

    def search(self, queryset: QuerySet[Transfer], name: str, value: str) -> QuerySet[Transfer]:
        return queryset.filter(Q(dataset__name__icontains=value) | Q(recipient__name__icontains=value))

    def by_cover(self, queryset: Any, name: str, value: str) -> QuerySet[Transfer]:
        found: QuerySet[Transfer] = queryset.covered(value == "yes", self.request.user)
        return found
