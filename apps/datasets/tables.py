from __future__ import annotations

import django_filters
import django_tables2 as tables

from apps.core.badges import DayColumn, SeverityColumn, StatusColumn
from apps.core.exports import NamesColumn
from apps.core.search import SearchFilter
from apps.datasets.models import Dataset
from apps.taxonomy.models import DataCategory


class DatasetTable(tables.Table):
    name = tables.Column(linkify=True)
    status = StatusColumn()
    owner = tables.Column()
    subject_count = tables.Column(verbose_name="People", localize=True)
    retention_months = tables.Column(verbose_name="Kept (months)")
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)
    # For exports.
    description = tables.Column(visible=False)
    steward = tables.Column(visible=False)
    obtained = tables.Column(verbose_name="How obtained", visible=False)
    collected_from = DayColumn(visible=False)
    collected_until = DayColumn(visible=False)
    record_count = tables.Column(verbose_name="Records", visible=False)
    categories = NamesColumn(verbose_name="Contains")
    uses = NamesColumn(verbose_name="Collected for")
    subject_types = NamesColumn(verbose_name="About whom")
    notices = NamesColumn()

    export_related = ("steward", "categories", "uses", "subject_types", "notices")

    class Meta:
        model = Dataset
        fields = ("name", "status", "owner", "subject_count", "retention_months", "worst")


class DatasetFilter(django_filters.FilterSet):
    q = SearchFilter("name", label="Search")
    status = django_filters.ChoiceFilter(choices=Dataset.Status)
    category = django_filters.ModelChoiceFilter(
        label="Contains", field_name="categories", queryset=DataCategory.objects.all()
    )

    class Meta:
        model = Dataset
        fields = ("q", "status", "category")
