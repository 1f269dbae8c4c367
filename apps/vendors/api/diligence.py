"""Due diligence through the API: questionnaires, answers, evidence and conclusions."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import ErrorSerializer
from apps.core.permissions import require
from apps.core.requests import Body
from apps.core.scopes import Scope
from apps.ledger.api import LARGEST_ID, OrderingFilter, SearchFilterSet, choice_of, form_errors, name_of, search_filter
from apps.vendors.forms import AnswersForm
from apps.vendors.models import DueDiligence, Evidence, Organisation, Question, Questionnaire, QuestionnaireAnswer
from apps.workflow.api import GovernedSerializer, GovernedViewSet

MOST_ANSWERS = 500


class QuestionSerializer(serializers.ModelSerializer[Question]):
    class Meta:
        model = Question
        fields = [
            "id",
            "position",
            "topic",
            "text",
            "help",
            "kind",
            "choices",
            "required",
            "wants_evidence",
            "attention",
        ]


class QuestionnaireRowSerializer(serializers.ModelSerializer[Questionnaire]):
    class Meta:
        model = Questionnaire
        fields = ["id", "title", "tier", "version", "status", "valid_months", "created_at", "revision"]


class QuestionnaireSerializer(GovernedSerializer, QuestionnaireRowSerializer):
    questions = QuestionSerializer(many=True, read_only=True)

    class Meta(QuestionnaireRowSerializer.Meta):
        fields = [*QuestionnaireRowSerializer.Meta.fields, "questions", "transitions"]


class QuestionnaireFilterSet(SearchFilterSet):
    search = search_filter("Text in the title.")
    search_fields = ("title",)
    ordering = OrderingFilter("title", "tier", "version", "created_at", "id")

    class Meta:
        model = Questionnaire
        fields = ["status", "tier"]


class QuestionnaireViewSet(GovernedViewSet):
    """What vendors are asked, by risk tier and in versions. Legal and privacy write them on the pages."""

    queryset = Questionnaire.objects.all()
    serializer_class = QuestionnaireSerializer
    row_serializer_class = QuestionnaireRowSerializer
    filterset_class = QuestionnaireFilterSet


class QuestionAnswerSerializer(serializers.ModelSerializer[QuestionnaireAnswer]):
    asks_for_attention = serializers.BooleanField(read_only=True)

    class Meta:
        model = QuestionnaireAnswer
        fields = ["question", "value", "remark", "asks_for_attention"]


class EvidenceSerializer(serializers.ModelSerializer[Evidence]):
    class Meta:
        model = Evidence
        fields = ["id", "question", "name", "media_type", "size", "sha256", "contents", "created_at"]


class DueDiligenceRowSerializer(serializers.ModelSerializer[DueDiligence]):
    vendor_name = name_of("vendor")
    tier = serializers.ChoiceField(source="questionnaire.tier", choices=Organisation.RiskTier.choices, read_only=True)
    conclusion = choice_of(DueDiligence, "conclusion")
    concluded_by_name = name_of("concluded_by", null=True)

    class Meta:
        model = DueDiligence
        fields = [
            "id",
            "vendor",
            "vendor_name",
            "questionnaire",
            "tier",
            "status",
            "conclusion",
            "concluded_by",
            "concluded_by_name",
            "concluded_on",
            "expires_on",
            "created_at",
            "revision",
        ]


class DueDiligenceSerializer(GovernedSerializer, DueDiligenceRowSerializer):
    answers = serializers.SerializerMethodField(help_text="Null for whoever has a path of interests to the vendor.")
    evidence = serializers.SerializerMethodField(help_text="Null for whoever has a path of interests to the vendor.")
    missing = serializers.SerializerMethodField(help_text="The required questions without an answer, by id.")

    class Meta(DueDiligenceRowSerializer.Meta):
        fields = [*DueDiligenceRowSerializer.Meta.fields, "answers", "evidence", "missing", "transitions"]

    def _hides(self, asked: DueDiligence) -> bool:
        return asked.hides_remarks_from(self.context["request"].user)

    @extend_schema_field(QuestionAnswerSerializer(many=True, allow_null=True))
    def get_answers(self, asked: DueDiligence) -> Any:
        return None if self._hides(asked) else QuestionAnswerSerializer(asked.answers.all(), many=True).data

    @extend_schema_field(EvidenceSerializer(many=True, allow_null=True))
    def get_evidence(self, asked: DueDiligence) -> Any:
        return None if self._hides(asked) else EvidenceSerializer(asked.evidence.all(), many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_missing(self, asked: DueDiligence) -> list[int]:
        return [question.pk for question in asked.missing()]


class StartSerializer(Body):
    vendor = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class GivenAnswerSerializer(Body):
    question = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    value = serializers.CharField(
        allow_blank=True, max_length=5000, help_text="yes, no, one of the choices, a date as 2026-03-30, or text."
    )
    remark = serializers.CharField(allow_blank=True, max_length=5000, required=False)


class GivenAnswersSerializer(Body):
    answers = serializers.ListField(child=GivenAnswerSerializer(), max_length=MOST_ANSWERS)
    revision = serializers.IntegerField(
        required=False, help_text="Of the due diligence as you read it, to be told when others were faster."
    )


class GivenEvidenceSerializer(Body):
    question = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    file = serializers.FileField()


class DueDiligenceFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the vendor.")
    search_fields = ("vendor__name",)
    ordering = OrderingFilter("status", "concluded_on", "expires_on", "created_at", "id")

    class Meta:
        model = DueDiligence
        fields = ["status", "vendor", "conclusion"]


class DueDiligenceViewSet(GovernedViewSet):
    """What vendors were asked and answered, and what legal or privacy concluded."""

    queryset = DueDiligence.objects.select_related("vendor", "questionnaire", "concluded_by")
    serializer_class = DueDiligenceSerializer
    row_serializer_class = DueDiligenceRowSerializer
    filterset_class = DueDiligenceFilterSet
    scopes = dict.fromkeys(("create", "answers", "evidence"), Scope.WRITE)

    @extend_schema(request=StartSerializer)
    def create(self, request: Request, **kwargs: str) -> Response:
        """Open due diligence of a vendor with the questions of its risk tier."""
        given = StartSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        vendor = Organisation.objects.visible_to(self.user).filter(pk=given.validated_data["vendor"]).first()
        if vendor is None:
            raise serializers.ValidationError({"vendor": "There is no such organisation."})
        made = DueDiligence.start(vendor, by=self.user)
        return Response(self.represent(made.pk), status=status.HTTP_201_CREATED)

    @extend_schema(request=GivenAnswersSerializer)
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, **kwargs: str) -> Response:
        """Keep a draft of answers. What is not sent stays. Hand in with the step of that name."""
        with transaction.atomic():
            asked = self._open_to_answers()
            given = GivenAnswersSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            if "revision" in given.validated_data:
                asked.as_shown(revision=given.validated_data["revision"]).require_shown()
            form = self._filled(asked, given.validated_data["answers"])
            if not form.is_valid():
                raise serializers.ValidationError(form_errors(form))
            form.save_by(self.user)
        return Response(self.represent(asked.pk))

    @extend_schema(request={"multipart/form-data": GivenEvidenceSerializer})
    @action(detail=True, methods=["post"], parser_classes=[parsers.MultiPartParser])
    def evidence(self, request: Request, **kwargs: str) -> Response:
        """Add a file that supports an answer."""
        with transaction.atomic():
            asked = self._open_to_answers()
            given = GivenEvidenceSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            question = asked.questionnaire.questions.filter(pk=given.validated_data["question"]).first()
            if question is None:
                raise serializers.ValidationError({"question": "This is no question of the questionnaire."})
            Evidence.store(given.validated_data["file"], by=self.user, due_diligence=asked, question=question)
        return Response(self.represent(asked.pk))

    @extend_schema(
        parameters=[OpenApiParameter("file", OpenApiTypes.INT, OpenApiParameter.PATH)],
        responses={
            (200, "*/*"): OpenApiResponse(OpenApiTypes.BINARY, "The file, as a download."),
            **dict.fromkeys((400, 401, 404, 409), ErrorSerializer),
        },
    )
    @action(detail=True, methods=["get"], url_path=r"evidence/(?P<file>[0-9]{1,15})", filter_backends=[])
    def evidence_file(self, request: Request, file: str, **kwargs: str) -> FileResponse:
        """The file itself."""
        asked: DueDiligence = self.get_object()
        found = asked.evidence.filter(pk=int(file)).first()
        if found is None or asked.hides_remarks_from(self.user):
            raise NotFound
        return found.as_download()

    def _open_to_answers(self) -> DueDiligence:
        asked: DueDiligence = DueDiligence.objects.locked(self.get_object().pk)
        require(self.user, "vendors.answer_duediligence", asked)
        asked.require_editable()
        return asked

    def _filled(self, asked: DueDiligence, answers: list[dict[str, Any]]) -> AnswersForm:
        """The form of the page with the answers that are kept, and those that are given instead."""
        values = {name: field.initial for name, field in AnswersForm(instance=asked).fields.items()}
        for answer in answers:
            name = f"answer_{answer['question']}"
            if name not in values:
                raise serializers.ValidationError({"answers": "One of them is to no question of the questionnaire."})
            values[name] = answer["value"]
            if "remark" in answer:
                values[f"remark_{answer['question']}"] = answer["remark"]
        return AnswersForm(values, instance=asked)
