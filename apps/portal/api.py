"""The ledger through the API, to read and to verify."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import ErrorSerializer
from apps.core.scopes import Scope
from apps.ledger.api import OrderingFilter, ReadViewSet, SearchFilterSet, search_filter
from apps.ledger.models import Entry, Verification
from apps.portal.ledger import begin, require_reader


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
        require_reader(self.user)
        entries: QuerySet[Any] = self.queryset.all()
        return entries.defer("fields") if self.action == "list" else entries


class ProblemSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField(allow_null=True, help_text="Number of the ledger entry, where there is one.")
    table = serializers.CharField()
    row = serializers.IntegerField()
    what = serializers.CharField()
    words = serializers.CharField()


class VerificationSerializer(serializers.ModelSerializer[Verification]):
    ok = serializers.BooleanField(read_only=True, help_text="Whether it has ended and everything fits.")
    problems = ProblemSerializer(many=True, read_only=True)

    class Meta:
        model = Verification
        fields = [
            "id",
            "ok",
            "by_name",
            "started_at",
            "finished_at",
            "progress",
            "entries",
            "redactions",
            "head",
            "problems",
            "checkpoint",
            "checkpoint_problem",
        ]
        read_only_fields = fields


class VerificationView(APIView):
    """Whether the ledger fits the history."""

    scopes = {"post": Scope.WRITE}

    @extend_schema(
        operation_id="ledger_verification_retrieve",
        responses={200: VerificationSerializer, 401: ErrorSerializer, 403: ErrorSerializer, 404: ErrorSerializer},
    )
    def get(self, request: Request) -> Response:
        """The newest verification."""
        require_reader(request.user)  # type: ignore[arg-type]
        newest = Verification.objects.first()
        if newest is None:
            raise NotFound("The ledger was not verified yet.")
        return Response(VerificationSerializer(newest).data)

    @extend_schema(
        operation_id="ledger_verification_create",
        request=None,
        responses={
            201: VerificationSerializer,
            202: VerificationSerializer,
            401: ErrorSerializer,
            403: ErrorSerializer,
            409: ErrorSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Verify the ledger now. 202 says that a worker does it; ask again for the result."""
        made = begin(request.user)  # type: ignore[arg-type]
        code = status.HTTP_201_CREATED if made.finished_at else status.HTTP_202_ACCEPTED
        return Response(VerificationSerializer(made).data, status=code)
