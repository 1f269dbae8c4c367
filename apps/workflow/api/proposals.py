"""Changes that wait for a second person, through the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.ledger.api import OrderingFilter, SearchFilterSet, name_of, search_filter
from apps.workflow.api.steps import GovernedSerializer, GovernedViewSet
from apps.workflow.models import ConfirmedModel, Proposal


class ChangedSerializer(serializers.Serializer[Any]):
    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class ProposalRowSerializer(serializers.ModelSerializer[Proposal]):
    kind = serializers.CharField(source="content_type.model", read_only=True)
    record = serializers.IntegerField(source="object_id", read_only=True)
    requested_by_name = name_of("requested_by")

    class Meta:
        model = Proposal
        fields = [
            "id",
            "status",
            "kind",
            "record",
            "change",
            "reason",
            "requested_by",
            "requested_by_name",
            "requested_for",
            "created_at",
            "revision",
        ]


class ProposalSerializer(GovernedSerializer, ProposalRowSerializer):
    content = serializers.SerializerMethodField(help_text="What changes, in words.")

    class Meta(ProposalRowSerializer.Meta):
        fields = [*ProposalRowSerializer.Meta.fields, "content", "transitions"]

    @extend_schema_field(ChangedSerializer(many=True))
    def get_content(self, proposal: Proposal) -> list[dict[str, str]]:
        return [dict(zip(("what", "before", "after"), row, strict=True)) for row in proposal.content]


class ProposalFilterSet(SearchFilterSet):
    search = search_filter("Text in the reason.")
    search_fields = ("reason",)
    ordering = OrderingFilter("created_at", "status", "id")

    class Meta:
        model = Proposal
        fields = ["status", "change", "requested_by"]


class ProposalViewSet(GovernedViewSet):
    """What one person asked for and a second person has to confirm before it happens."""

    queryset = Proposal.objects.select_related("requested_by", "content_type").prefetch_related("subject")
    serializer_class = ProposalSerializer
    row_serializer_class = ProposalRowSerializer
    filterset_class = ProposalFilterSet


@extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
class WaitingField(serializers.Field[Any, Any, Any, Any]):
    """The ids of the changes of this record that wait for a second person."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, source="*", help_text="Changes of it that wait for a second person.")

    def to_representation(self, value: ConfirmedModel) -> list[int]:
        return [proposal.pk for proposal in value.proposals()]
