from __future__ import annotations

import django_filters
import django_tables2 as tables

from apps.core.badges import DayColumn, SeverityColumn, StatusColumn
from apps.core.search import SearchFilter
from apps.disclosures.models import Notice, NoticeVersion, OptOutOffer, PublicStatement


class VersionTable(tables.Table):
    label = tables.Column(verbose_name="Version", linkify=True)
    notice = tables.Column(linkify=True, order_by=("notice__product", "notice__language"))
    status = StatusColumn()
    effective_from = DayColumn(verbose_name="In force from")
    claim_count = tables.Column(verbose_name="Claims")
    checked_count = tables.Column(verbose_name="Checked")
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)
    # For exports.
    published_at = tables.DateTimeColumn(verbose_name="Recorded as published", visible=False)
    sha256 = tables.Column(verbose_name="SHA-256 of the text", visible=False)

    class Meta:
        model = NoticeVersion
        fields = ("label", "notice", "status", "effective_from", "claim_count", "checked_count", "worst")


class VersionFilter(django_filters.FilterSet):
    q = SearchFilter("text", label="Search in the text")
    status = django_filters.ChoiceFilter(choices=NoticeVersion.Status)
    notice = django_filters.ModelChoiceFilter(queryset=Notice.objects.all())

    class Meta:
        model = NoticeVersion
        fields = ("q", "status", "notice")


class NoticeTable(tables.Table):
    product = tables.Column(linkify=True)
    language_name = tables.Column(verbose_name="Language", order_by="language")
    owner = tables.Column()
    version_count = tables.Column(verbose_name="Versions")

    class Meta:
        model = Notice
        fields = ("product", "language_name", "owner", "version_count")


class NoticeFilter(django_filters.FilterSet):
    q = SearchFilter("product", label="Search")

    class Meta:
        model = Notice
        fields = ("q",)


class OfferTable(tables.Table):
    recipient_class = tables.Column(verbose_name="Before sharing with", linkify=True)
    version = tables.Column(verbose_name="Promised by", linkify=True)
    offered_from = DayColumn(verbose_name="From")
    offered_until = DayColumn(verbose_name="Until")
    channel = tables.Column()
    state = tables.Column()

    class Meta:
        model = OptOutOffer
        fields = ("recipient_class", "version", "offered_from", "offered_until", "channel", "state")


class OfferFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=OptOutOffer.State)

    class Meta:
        model = OptOutOffer
        fields = ("state", "recipient_class")


class StatementTable(tables.Table):
    title = tables.Column(linkify=True)
    status = StatusColumn()
    said_on = DayColumn(verbose_name="Day")
    audience = tables.Column(verbose_name="Told to")
    organisation = tables.Column(verbose_name="About")
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)
    # For exports.
    author = tables.Column(visible=False)
    text = tables.Column(visible=False)

    export_related = ("author",)

    class Meta:
        model = PublicStatement
        fields = ("title", "status", "said_on", "audience", "organisation", "worst")


class StatementFilter(django_filters.FilterSet):
    q = SearchFilter("title", label="Search")
    status = django_filters.ChoiceFilter(choices=PublicStatement.Status)

    class Meta:
        model = PublicStatement
        fields = ("q", "status", "audience")
