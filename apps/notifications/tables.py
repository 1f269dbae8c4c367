from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django.http import HttpRequest

from apps.core.search import SearchFilter
from apps.notifications.models import Message, MessageQuerySet

SENT = [("yes", "Sent"), ("no", "Not sent")]


class MessageTable(tables.Table):
    created_at = tables.DateTimeColumn(verbose_name="Written")
    recipient = tables.Column(verbose_name="To")
    sent_at = tables.DateTimeColumn(verbose_name="Sent")
    state_words = tables.Column(verbose_name="State", orderable=False)
    # The subject counts what waits for somebody, which only they read.
    kind = tables.Column(verbose_name="What", linkify=lambda record, table: table.address_of(record))

    class Meta:
        model = Message
        fields = ("created_at", "recipient", "kind", "state_words", "sent_at", "attempts")

    request: HttpRequest

    def address_of(self, message: Message) -> str | None:
        return message.get_absolute_url() if message.recipient_id == self.request.user.pk else None


class MessageFilter(django_filters.FilterSet):
    q = SearchFilter("recipient__full_name", label="Name of the recipient")
    sent = django_filters.ChoiceFilter(label="State", choices=SENT, method="filter_sent")

    class Meta:
        model = Message
        fields: tuple[Any, ...] = ("q", "sent")

    def filter_sent(self, messages: MessageQuerySet, name: str, value: str) -> MessageQuerySet:
        return messages.filter(sent_at__isnull=value == "no")
