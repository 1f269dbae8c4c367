"""The ledger through the API, to read."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from rest_framework import serializers

from apps.ledger.api import OrderingFilter, ReadViewSet, SearchFilterSet, search_filter
from apps.ledger.models import Entry


class EntryRowSerializer(serializers.ModelSerializer[Entry]):
    hash = serializers.SerializerMethodField(help_text="SHA-256, hex.")
    previous_hash = serializers.SerializerMethodField(help_text="SHA-256 of the entry before it, hex.")

    class Meta:
        model = Entry
        fields = ["sequence", "kind", "table_name", "row_id", "actor", "at", "hash", "previous_hash"]

    def get_hash(self, entry: Entry) -> str:
        return bytes(entry.hash).hex()

    def get_previous_hash(self, entry: Entry) -> str:
        return bytes(entry.previous_hash).hex()


class EntrySerializer(EntryRowSerializer):
    fields_committed = serializers.DictField(
        source="fields", child=serializers.CharField(), help_text="The commitment to each field of the row."
    )

    class Meta(EntryRowSerializer.Meta):
        fields = [*EntryRowSerializer.Meta.fields, "fields_committed"]


class EntryFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the table or of the actor.")
    search_fields = ("table_name", "actor")
    ordering = OrderingFilter("sequence", "at", "table_name")
    row_id = django_filters.NumberFilter(min_value=0, max_value=2**63 - 1, label="The id of the row.")

    class Meta:
        model = Entry
        fields = ["table_name", "row_id", "actor", "kind"]


class EntryViewSet(ReadViewSet):
    """The links of the chain: one for each change of any record."""

    queryset: Any = Entry.objects.all()
    serializer_class = EntrySerializer
    row_serializer_class = EntryRowSerializer
    filterset_class = EntryFilterSet

    def get_queryset(self) -> QuerySet[Any]:
        if not self.user.has_perm("portal.view_ledger"):
            raise PermissionDenied("Auditors, legal, privacy, the DPO and administrators read the ledger.")
        entries: QuerySet[Any] = self.queryset
        return entries.defer("fields") if self.action == "list" else entries
