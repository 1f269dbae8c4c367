from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet

from apps.core.badges import DayColumn, SeverityColumn, StatusColumn
from apps.vendors.models import Organisation, Person


class VendorTable(tables.Table):
    name = tables.Column(linkify=True)
    status = StatusColumn()
    owner = tables.Column(verbose_name="Owner in our house")
    approved_until = DayColumn()
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)

    class Meta:
        model = Organisation
        fields = ("name", "kind", "status", "owner", "approved_until", "worst")


class VendorFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Search", field_name="name", lookup_expr="icontains")
    status = django_filters.ChoiceFilter(choices=Organisation.Status)
    kind = django_filters.ChoiceFilter(choices=Organisation.Kind)
    show = django_filters.ChoiceFilter(
        label="Show", choices=[("all", "All organisations")], method="show_all", empty_label="Vendors"
    )

    class Meta:
        model = Organisation
        fields = ("q", "status", "kind", "show")

    def show_all(self, queryset: QuerySet[Organisation], name: str, value: str) -> QuerySet[Organisation]:
        return queryset

    @property
    def qs(self) -> QuerySet[Organisation]:
        """Vendors, unless all organisations or the plain ones are asked for."""
        found: QuerySet[Organisation] = super().qs
        asked = self.form.cleaned_data if self.form.is_valid() else {}
        if asked.get("show") or asked.get("status"):
            return found
        return found.exclude(status=Organisation.Status.RECORDED)


class PersonTable(tables.Table):
    name = tables.Column(linkify=True, empty_values=())
    kind = tables.Column()
    user = tables.Column(verbose_name="Account")

    class Meta:
        model = Person
        fields = ("name", "kind", "user")

    def render_name(self, record: Person) -> str:
        return str(record)


class PersonFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Search", field_name="name", lookup_expr="icontains")
    kind = django_filters.ChoiceFilter(choices=Person.Kind)

    class Meta:
        model = Person
        fields = ("q", "kind")
