from __future__ import annotations

from functools import cached_property
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet

from apps.accounts.http import AuthedRequest
from apps.agreements.models import Agreement, Cover, Transfer, covers_for
from apps.core.badges import DayColumn, SeverityColumn, StatusColumn
from apps.core.exports import NamesColumn
from apps.core.forms import DayInput
from apps.core.search import SearchFilter


class AgreementTable(tables.Table):
    title = tables.Column(linkify=True)
    counterparty = tables.Column(verbose_name="Recipient")
    status = StatusColumn()
    requester = tables.Column()
    ends_on = DayColumn(verbose_name="Ends")
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)
    # For exports.
    type = tables.Column(visible=False)
    our_entity = tables.Column(verbose_name="Our company", visible=False)
    purpose = tables.Column(visible=False)
    datasets = NamesColumn()
    categories = NamesColumn(verbose_name="Data")
    uses = NamesColumn()
    sponsor = tables.Column(visible=False)
    business_owner = tables.Column(visible=False)
    consideration = tables.Column(verbose_name="What we receive", visible=False)
    may_train = tables.Column(verbose_name="May train models", visible=False)
    may_derive = tables.Column(verbose_name="May derive other data", visible=False)
    onward_transfer = tables.Column(verbose_name="May pass it on", visible=False)
    delete_within_days = tables.Column(verbose_name="Delete within days of the end", visible=False)
    starts_on = DayColumn(verbose_name="Begins", visible=False)
    signed_on = DayColumn(visible=False)
    signatories = tables.Column(visible=False)

    export_related = ("our_entity", "sponsor", "business_owner", "datasets", "categories", "uses")

    class Meta:
        model = Agreement
        fields = ("title", "counterparty", "status", "requester", "ends_on", "worst")


class AgreementFilter(django_filters.FilterSet):
    q = SearchFilter("title", label="Search")
    status = django_filters.ChoiceFilter(choices=Agreement.Status)
    type = django_filters.ChoiceFilter(choices=Agreement.Type)
    recipient = SearchFilter("counterparty__name", label="Recipient")

    class Meta:
        model = Agreement
        fields = ("q", "status", "type", "recipient")


class TransferTable(tables.Table):
    transferred_on = DayColumn(verbose_name="Day")
    dataset = tables.Column(
        verbose_name="What moved", empty_values=(), linkify=lambda record: record.get_absolute_url()
    )
    recipient = tables.Column(empty_values=())
    channel = tables.Column(verbose_name="Way")
    status = StatusColumn()
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)
    # For exports. Who reported is in none: some stay confidential.
    records = tables.Column(visible=False)
    quantity = tables.Column(visible=False)
    consideration = tables.Column(verbose_name="What we received", visible=False)
    ground = tables.Column(verbose_name="Another ground", visible=False)
    ground_reference = tables.Column(verbose_name="Reference of the ground", visible=False)
    executor = tables.Column(verbose_name="Carried out by", visible=False)
    evidence = tables.Column(verbose_name="How this is known", visible=False)
    cover = tables.Column(accessor="pk", visible=False, orderable=False)
    reported_at = tables.DateTimeColumn(verbose_name="Reported", visible=False)

    export_related = ("executor",)
    request: AuthedRequest

    @cached_property
    def covers(self) -> dict[int, Cover]:
        return covers_for(self.request.user, list(self.data.data))

    def render_dataset(self, record: Transfer) -> str:
        return str(record.dataset or record.what)

    def render_recipient(self, record: Transfer) -> str:
        return record.to_whom

    def render_cover(self, record: Transfer) -> str:
        """As its page says it: what covers it, as far as this user may know."""
        cover = self.covers[record.pk]
        if cover.is_covered:
            return str(cover.agreement or record.get_ground_display())
        return "Nothing" if cover.is_whole else "Nothing that you see"

    class Meta:
        model = Transfer
        fields = ("transferred_on", "dataset", "recipient", "channel", "status", "worst")


class TransferFilter(django_filters.FilterSet):
    q = SearchFilter("dataset__name", "recipient__name", "dataset_words", "recipient_words", label="Search")
    status = django_filters.ChoiceFilter(choices=Transfer.Status)
    channel = django_filters.ChoiceFilter(label="Way", choices=Transfer.Channel)
    cover = django_filters.ChoiceFilter(
        label="Cover", choices=[("no", "Nothing covers it"), ("yes", "Covered")], method="by_cover"
    )
    reported = django_filters.ChoiceFilter(
        label="Told", choices=[("words", "In words, not linked yet")], method="by_words"
    )
    since = django_filters.DateFilter(label="From", field_name="transferred_on", lookup_expr="gte", widget=DayInput())
    until = django_filters.DateFilter(label="Until", field_name="transferred_on", lookup_expr="lte", widget=DayInput())

    class Meta:
        model = Transfer
        fields = ("q", "status", "channel", "cover", "reported", "since", "until")

    def by_cover(self, queryset: Any, name: str, value: str) -> QuerySet[Transfer]:
        found: QuerySet[Transfer] = queryset.covered(value == "yes", self.request.user)
        return found

    def by_words(self, queryset: Any, name: str, value: str) -> QuerySet[Transfer]:
        found: QuerySet[Transfer] = queryset.filter(Q(dataset=None) | Q(recipient=None))
        return found
