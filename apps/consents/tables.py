from __future__ import annotations

from functools import cached_property

import django_filters
import django_tables2 as tables

from apps.consents.models import Cohort, ConsentImport, Screening, SubjectLookup
from apps.consents.sets.outcomes import in_percent
from apps.core.search import SearchFilter
from apps.taxonomy.models import DataUse


class ImportTable(tables.Table):
    name = tables.Column(verbose_name="Import", accessor="pk", linkify=True, orderable=False)
    kind = tables.Column(verbose_name="By")
    recorded_at = tables.DateTimeColumn(verbose_name="When")
    by = tables.Column(verbose_name="Who")
    rows = tables.Column(verbose_name="Answers", localize=True)
    rejected = tables.Column(verbose_name="Left out", localize=True)
    new_subjects = tables.Column(verbose_name="New people", localize=True)

    class Meta:
        model = ConsentImport
        fields = ("name", "kind", "recorded_at", "by", "rows", "rejected", "new_subjects")

    def render_name(self, record: ConsentImport) -> str:
        return str(record)

    value_name = render_name


class ImportFilter(django_filters.FilterSet):
    q = SearchFilter("file_name", label="File")
    kind = django_filters.ChoiceFilter(label="By", choices=ConsentImport.Kind)

    class Meta:
        model = ConsentImport
        fields = ("q", "kind")


class CohortTable(tables.Table):
    name = tables.Column(linkify=True)
    size = tables.Column(verbose_name="People", localize=True)
    created_at = tables.DateTimeColumn(verbose_name="Entered")
    by = tables.Column(verbose_name="By")

    class Meta:
        model = Cohort
        fields = ("name", "size", "created_at", "by")


class CohortFilter(django_filters.FilterSet):
    q = SearchFilter("name", label="Search")

    class Meta:
        model = Cohort
        fields = ("q",)


class ScreeningTable(tables.Table):
    id = tables.Column(verbose_name="Screening", linkify=True)
    cohort = tables.Column()
    needs = tables.Column(verbose_name="For", orderable=False)
    coverage = tables.Column(verbose_name="Permitted", orderable=False)
    basis = tables.Column(verbose_name="Basis assumed")
    occurred_by = tables.DateTimeColumn(verbose_name="As of")
    by = tables.Column(verbose_name="By")

    class Meta:
        model = Screening
        fields = ("id", "cohort", "needs", "coverage", "basis", "occurred_by", "by")

    @cached_property
    def names(self) -> dict[str, str]:
        return names_of_uses()

    def render_id(self, value: int) -> str:
        return f"Screening {value}"

    def render_needs(self, value: list[str]) -> str:
        return ", ".join(self.names.get(key, key) for key in value)

    def render_coverage(self, record: Screening) -> str:
        return in_percent(record.permitted, record.members)

    value_coverage = render_coverage


class ScreeningFilter(django_filters.FilterSet):
    cohort = django_filters.ModelChoiceFilter(queryset=Cohort.objects.all())
    basis = django_filters.ChoiceFilter(label="Basis assumed", choices=Screening.Basis)

    class Meta:
        model = Screening
        fields = ("cohort", "basis")


class LookupTable(tables.Table):
    at = tables.DateTimeColumn(verbose_name="When", linkify=True)
    by = tables.Column(verbose_name="Who")
    reason = tables.Column(orderable=False)
    subject = tables.Column(verbose_name="Person", empty_values=(), orderable=False)

    class Meta:
        model = SubjectLookup
        fields = ("at", "by", "reason", "subject")

    def render_subject(self, record: SubjectLookup) -> str:
        return f"Number {record.subject_id}" if record.subject_id else "Nobody known by that key"


class LookupFilter(django_filters.FilterSet):
    reason = SearchFilter("reason")

    class Meta:
        model = SubjectLookup
        fields = ("reason",)


def names_of_uses() -> dict[str, str]:
    return dict(DataUse.objects.values_list("key", "name"))
