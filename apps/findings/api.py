"""Findings through the API: read them and take their steps. They are made by checks only."""

from typing import Any

from rest_framework import serializers

from apps.findings.models import Finding
from apps.ledger.api import name_of, search_filter
from apps.workflow.api import GovernedSerializer, GovernedViewSet, SubjectFilterSet, SubjectSerializer


class FindingRowSerializer(serializers.ModelSerializer[Finding]):
    rule = serializers.CharField(source="requirement.code", read_only=True)
    rule_title = serializers.CharField(source="requirement.title", read_only=True)
    subject = SubjectSerializer(source="*", read_only=True)
    confidential = serializers.SerializerMethodField(
        help_text="Amounts and relatives; null for those who may not know."
    )
    proposed_by_name = name_of("proposed_by", null=True)

    class Meta:
        model = Finding
        fields = [
            "id",
            "rule",
            "rule_title",
            "severity",
            "status",
            "subject",
            "fact",
            "detail",
            "confidential",
            "owner_role",
            "due_on",
            "proposal",
            "proposed_by",
            "proposed_by_name",
            "accepted_until",
            "created_at",
            "revision",
        ]

    def get_confidential(self, finding: Finding) -> str | None:
        user: Any = self.context["request"].user
        may_know = user.has_perm("findings.view_confidential") and not finding.hides_remarks_from(user)
        return finding.confidential if may_know else None


class FindingSerializer(GovernedSerializer, FindingRowSerializer):
    class Meta(FindingRowSerializer.Meta):
        fields = [*FindingRowSerializer.Meta.fields, "transitions"]


class FindingFilterSet(SubjectFilterSet):
    search = search_filter("Text in the fact.")
    search_fields = ("fact",)

    class Meta:
        model = Finding
        fields = {"status": ["exact"], "severity": ["exact"], "owner_role": ["exact"], "requirement__code": ["exact"]}


class FindingViewSet(GovernedViewSet):
    """Facts that checks found, with their sources. Nobody reads findings about a path of interests of their own."""

    queryset = Finding.objects.select_related("requirement", "proposed_by", "content_type").prefetch_related("subject")
    serializer_class = FindingSerializer
    row_serializer_class = FindingRowSerializer
    filterset_class = FindingFilterSet
