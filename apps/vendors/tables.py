from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet

from apps.core.badges import DayColumn, SeverityColumn, StatusColumn
from apps.core.exports import NamesColumn
from apps.core.search import SearchFilter
from apps.vendors.models import DueDiligence, Organisation, Person, Questionnaire, Sameness


class VendorTable(tables.Table):
    name = tables.Column(linkify=True)
    status = StatusColumn()
    number = tables.Column(verbose_name="LEI or register number", orderable=False, empty_values=("",))
    owner = tables.Column(verbose_name="Owner in our house")
    approved_until = DayColumn()
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)
    # For exports.
    purpose = tables.Column(verbose_name="What they do for us", visible=False)
    jurisdiction = tables.Column(visible=False)
    lei = tables.Column(verbose_name="LEI", visible=False)
    identifiers = NamesColumn()
    risk_tier = tables.Column(visible=False)

    export_related = ("identifiers",)

    class Meta:
        model = Organisation
        fields = ("name", "jurisdiction", "number", "kind", "status", "owner", "approved_until", "worst")


class VendorFilter(django_filters.FilterSet):
    q = SearchFilter("name", label="Search")
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
    q = SearchFilter("name", label="Search")
    kind = django_filters.ChoiceFilter(choices=Person.Kind)

    class Meta:
        model = Person
        fields = ("q", "kind")


class DueDiligenceTable(tables.Table):
    vendor = tables.Column(linkify=lambda record: record.get_absolute_url(), order_by="vendor__name")
    tier = tables.Column(
        accessor="questionnaire__get_tier_display", order_by="questionnaire__tier", verbose_name="Tier"
    )
    status = StatusColumn()
    conclusion = tables.Column(empty_values=("",))
    concluded_on = DayColumn()
    expires_on = DayColumn()
    concluded_by = tables.Column(order_by="concluded_by__full_name")

    class Meta:
        model = DueDiligence
        fields = ("vendor", "tier", "status", "conclusion", "concluded_on", "expires_on", "concluded_by")


class DueDiligenceFilter(django_filters.FilterSet):
    q = SearchFilter("vendor__name", label="Search")
    status = django_filters.ChoiceFilter(choices=DueDiligence.Status)
    tier = django_filters.ChoiceFilter(
        label="Risk tier", field_name="questionnaire__tier", choices=Organisation.RiskTier
    )
    conclusion = django_filters.ChoiceFilter(choices=DueDiligence.Conclusion)

    class Meta:
        model = DueDiligence
        fields = ("q", "status", "tier", "conclusion")


class QuestionnaireTable(tables.Table):
    title = tables.Column(linkify=True)
    status = StatusColumn()
    question_count = tables.Column(verbose_name="Questions")
    valid_months = tables.Column(verbose_name="Conclusion holds")
    times_used = tables.Column(verbose_name="Times used")

    class Meta:
        model = Questionnaire
        fields = ("title", "version", "tier", "status", "question_count", "valid_months", "times_used")

    def render_valid_months(self, value: int) -> str:
        return f"{value} months"


class QuestionnaireFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Questionnaire.Status)
    tier = django_filters.ChoiceFilter(label="Risk tier", choices=Organisation.RiskTier)

    class Meta:
        model = Questionnaire
        fields = ("status", "tier")


class SamenessTable(tables.Table):
    question = tables.Column(accessor="pk", linkify=lambda record: record.get_absolute_url(), orderable=False)
    grounds = tables.Column(verbose_name="What they share")
    status = StatusColumn()
    created_at = DayColumn(verbose_name="Asked")

    class Meta:
        model = Sameness
        fields = ("question", "grounds", "status", "created_at")

    def render_question(self, record: Sameness) -> str:
        return str(record)

    def value_question(self, record: Sameness) -> str:
        return str(record)


class SamenessFilter(django_filters.FilterSet):
    q = SearchFilter(
        "organisation__name", "other_organisation__name", "person__name", "other_person__name", label="Search"
    )
    status = django_filters.ChoiceFilter(choices=Sameness.Status)

    class Meta:
        model = Sameness
        fields = ("q", "status")
