from __future__ import annotations

import django_filters
import django_tables2 as tables

from apps.core.badges import SeverityColumn, StatusColumn
from apps.datasets.models import Dataset
from apps.taxonomy.models import DataCategory


class DatasetTable(tables.Table):
    name = tables.Column(linkify=True)
    status = StatusColumn()
    owner = tables.Column()
    subject_count = tables.Column(verbose_name="People", localize=True)
    retention_months = tables.Column(verbose_name="Kept (months)")
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)

    class Meta:
        model = Dataset
        fields = ("name", "status", "owner", "subject_count", "retention_months", "worst")


class DatasetFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Search", field_name="name", lookup_expr="icontains")
    status = django_filters.ChoiceFilter(choices=Dataset.Status)
    category = django_filters.ModelChoiceFilter(
        label="Contains", field_name="categories", queryset=DataCategory.objects.all()
    )

    class Meta:
        model = Dataset
        fields = ("q", "status", "category")
