"""Findings and rules through the API. Findings are made by checks only, rules come from the catalogue."""

from typing import Any

from rest_framework import serializers

from apps.findings.forms import RequirementForm
from apps.findings.models import Finding, Requirement
from apps.ledger.api import (
    ChangeableViewSet,
    FormSerializer,
    OrderingFilter,
    SearchFilterSet,
    choice_of,
    name_of,
    search_filter,
)
from apps.workflow.api import GovernedSerializer, GovernedViewSet, SubjectFilterSet, SubjectSerializer, WaitingField


class FindingRowSerializer(serializers.ModelSerializer[Finding]):
    rule = serializers.CharField(source="requirement.code", read_only=True)
    rule_title = serializers.CharField(source="requirement.title", read_only=True)
    subject = SubjectSerializer(source="*", read_only=True)
    confidential = serializers.SerializerMethodField(
        help_text="Amounts and relatives; null for those who may not know."
    )
    proposal = choice_of(Finding, "proposal")
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
        return finding.confidential if finding.tells_amounts_to(self.context["request"].user) else None


class FindingSerializer(GovernedSerializer, FindingRowSerializer):
    class Meta(FindingRowSerializer.Meta):
        fields = [*FindingRowSerializer.Meta.fields, "transitions"]


class FindingFilterSet(SubjectFilterSet):
    search = search_filter("Text in the fact.")
    search_fields = ("fact",)
    ordering = OrderingFilter("due_on", "created_at", "severity", "status", "id")

    class Meta:
        model = Finding
        fields = {"status": ["exact"], "severity": ["exact"], "owner_role": ["exact"], "requirement__code": ["exact"]}


class FindingViewSet(GovernedViewSet):
    """Facts that checks found, with their sources. Nobody reads findings about a path of interests of their own."""

    queryset = Finding.objects.select_related("requirement", "proposed_by", "content_type").prefetch_related("subject")
    serializer_class = FindingSerializer
    row_serializer_class = FindingRowSerializer
    filterset_class = FindingFilterSet


class RequirementRowSerializer(GovernedSerializer, FormSerializer[Requirement]):
    form_class = RequirementForm
    why = serializers.CharField(
        write_only=True,
        required=False,
        max_length=10_000,
        help_text="For whoever confirms the change; not needed where it only makes the rule stricter.",
    )

    class Meta:
        model = Requirement
        fields = [
            "id",
            "code",
            "title",
            "sentence",
            "source",
            "applies_when",
            "in_force_from",
            "in_force_until",
            "severity",
            "stops",
            "status",
            "house",
            "acceptable",
            "owner_role",
            "threshold",
            "threshold_meaning",
            "adopted_by_name",
            "adopted_on",
            "suspended_until",
            "why",
            "created_at",
            "revision",
            "transitions",
        ]
        read_only_fields = ["acceptable", "owner_role"]


class RequirementSerializer(RequirementRowSerializer):
    waiting = WaitingField()

    class Meta(RequirementRowSerializer.Meta):
        fields = [*RequirementRowSerializer.Meta.fields, "waiting"]


class RequirementFilterSet(SearchFilterSet):
    search = search_filter("Text in the title or the sentence.")
    search_fields = ("title", "sentence")
    ordering = OrderingFilter("code", "title", "severity", "status", "id")

    class Meta:
        model = Requirement
        fields = ["code", "status", "severity", "house", "owner_role"]


class RequirementViewSet(GovernedViewSet, ChangeableViewSet):
    """What the checks ask. A proposed rule only asks; a rule that legal adopted stops the steps it names."""

    queryset = Requirement.objects.all()
    serializer_class = RequirementSerializer
    row_serializer_class = RequirementRowSerializer
    filterset_class = RequirementFilterSet

    def require_editable(self, record: Any) -> None:
        """A rule may be edited in every status."""
