"""Redactions through the API."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.permissions import require
from apps.core.requests import Body
from apps.ledger.api import LARGEST_ID, OrderingFilter, SearchFilterSet, name_of, search_filter
from apps.workflow.api.steps import GovernedSerializer, GovernedViewSet
from apps.workflow.models import Redaction
from apps.workflow.models.redaction import Replaced, redactable_record


class RedactionRowSerializer(serializers.ModelSerializer[Redaction]):
    kind = serializers.CharField(source="content_type.model", read_only=True)
    record = serializers.IntegerField(source="object_id", read_only=True)
    requested_by_name = name_of("requested_by")

    class Meta:
        model = Redaction
        fields = [
            "id",
            "status",
            "kind",
            "record",
            "field",
            "reason",
            "requested_by",
            "requested_by_name",
            "requested_for",
            "rows",
            "created_at",
            "revision",
        ]


class ReplacedSerializer(serializers.Serializer[Replaced]):
    kind = serializers.CharField(help_text="In words, such as History of person.")
    field = serializers.CharField(help_text="In words.")
    rows = serializers.ListField(child=serializers.IntegerField(), help_text="The numbers of the rows.")


class RedactionSerializer(GovernedSerializer, RedactionRowSerializer):
    replaced = ReplacedSerializer(many=True, read_only=True, help_text="What carries the tombstone.")

    class Meta(RedactionRowSerializer.Meta):
        fields = [*RedactionRowSerializer.Meta.fields, "replaced", "transitions"]


class RequestRedactionSerializer(Body):
    kind = serializers.CharField(max_length=100, help_text="The room and kind of the record, such as workflow.comment.")
    record = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="The id of the record.")
    field = serializers.CharField(max_length=63)
    reason = serializers.CharField(max_length=10_000)


class RedactionFilterSet(SearchFilterSet):
    search = search_filter("Text in the reason.")
    search_fields = ("reason",)
    ordering = OrderingFilter("created_at", "status", "id")

    class Meta:
        model = Redaction
        fields = ["status", "requested_by", "requested_for"]


class RedactionViewSet(GovernedViewSet):
    """Personal texts taken out of records and their history. Legal or privacy asks, the other side carries it out."""

    queryset = Redaction.objects.select_related("requested_by", "content_type").prefetch_related("subject")
    serializer_class = RedactionSerializer
    row_serializer_class = RedactionRowSerializer
    filterset_class = RedactionFilterSet

    @extend_schema(request=RequestRedactionSerializer)
    def create(self, request: Request, **kwargs: str) -> Response:
        """Ask the other side to take a personal text out of a record and its whole history."""
        require(self.user, "workflow.request_redaction")
        given = RequestRedactionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        record = redactable_record(wanted["kind"], wanted["record"], self.user)
        if record is None:
            raise serializers.ValidationError({"record": "There is no such record with personal text."})
        made = Redaction.request(record, wanted["field"], by=self.user, reason=wanted["reason"])
        return Response(self.represent(made.pk), status=status.HTTP_201_CREATED)
