"""Findings and rules through the API. Findings are made by checks only, rules come from the catalogue."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import ErrorSerializer
from apps.core.compiled import record_of
from apps.findings.forms import RequirementForm
from apps.findings.models import CheckedModel, Evaluation, Finding, Requirement
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
from apps.workflow.api.subjects import SubjectUrls
from apps.workflow.models.about import names_of


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

    completed_fields = ("subject", "confidential")
    other_columns: ClassVar[dict[str, str]] = {
        "_kind": "content_type__model",
        "_type": "content_type_id",
        "_about": "object_id",
        "_confidential": "confidential",
        "_hidden_from": "hidden_from",
    }

    def complete(self, rows: list[dict[str, Any]]) -> None:
        about = [(row.pop("_type"), row.pop("_about")) for row in rows]
        names, tell = names_of(about), SubjectUrls(self.context["request"])
        for row, (content_type, pk) in zip(rows, about, strict=True):
            kind = row.pop("_kind")
            subject = {"kind": kind, "id": pk, "name": names.get((content_type, pk)), "url": tell.url(kind, pk)}
            finding = record_of(Finding, confidential=row.pop("_confidential"), hidden_from=row.pop("_hidden_from"))
            row.update(subject=subject, confidential=self.get_confidential(finding))

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
    rows_are_columns = True
    filterset_class = FindingFilterSet


class OutcomeSerializer(serializers.Serializer[Any]):
    """A fact as the decision sheet shows it."""

    rule = serializers.CharField(source="requirement.code")
    severity = serializers.CharField(source="requirement.severity")
    fact = serializers.CharField(source="result.fact")
    detail = serializers.CharField(source="result.detail")
    unknown = serializers.BooleanField(source="result.unknown", help_text="The fact is that something is not known.")


class UnaskedSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField(source="requirement.code")
    reasons = serializers.ListField(child=serializers.CharField())


class EvaluationSerializer(serializers.Serializer[Any]):
    """What the checks find now, and what they could not ask."""

    asked = serializers.SerializerMethodField(help_text="How many rules there are for such a record.")
    clear = serializers.IntegerField(help_text="How many of them found no objection.")
    found = OutcomeSerializer(many=True, source="outcomes")
    not_asked = UnaskedSerializer(many=True, source="unasked", help_text="Where there was nothing to look at.")

    def get_asked(self, evaluation: Evaluation) -> int:
        return len(evaluation.asked)


class CheckedViewSet(GovernedViewSet):
    """Adds GET <record>/checks/."""

    @extend_schema(responses={200: EvaluationSerializer, **dict.fromkeys((400, 401, 403, 404, 406), ErrorSerializer)})
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def checks(self, request: Request, **kwargs: str) -> Response:
        """What the checks find about the record now, as far as you may know it. What is not known is no clear word."""
        record: CheckedModel = self.get_object()
        return Response(EvaluationSerializer(record.evaluation_for(self.user)).data)


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
            "above_tier",
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
