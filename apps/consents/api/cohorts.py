"""Cohorts and their screenings through the API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.consents.forms import CohortForm, ScreeningForm
from apps.consents.intake.uploads import RefusedFile
from apps.consents.models import Cohort, CoveragePoint, Screening
from apps.consents.rules import MAY_ADD, MAY_EXPORT, MAY_SCREEN
from apps.consents.screening.services import add_cohort, exclusion_list
from apps.consents.tasks import screen_and_trace
from apps.core.api import BoundedJSONParser, ErrorSerializer
from apps.core.requests import Body
from apps.core.scopes import Scope
from apps.disclosures.recipients import RecipientClass
from apps.ledger.api import (
    IdField,
    KeysField,
    OrderingFilter,
    RecordViewSet,
    SearchFilterSet,
    form_errors,
    name_of,
    search_filter,
)

REFUSED = dict.fromkeys((400, 401, 403, 406, 409, 413, 415, 422), ErrorSerializer)


class CohortSerializer(serializers.ModelSerializer[Cohort]):
    by_name = name_of("by", null=True)

    class Meta:
        model = Cohort
        fields = ["id", "name", "size", "digest", "file_sha256", "new_subjects", "by", "by_name", "created_at"]


class MadeCohortSerializer(CohortSerializer):
    read_as = serializers.CharField(help_text="How the file was read, such as semicolon-separated, UTF-16.")

    class Meta(CohortSerializer.Meta):
        fields = [*CohortSerializer.Meta.fields, "read_as"]


class MembersSerializer(Body):
    name = serializers.CharField(max_length=200)
    file = serializers.FileField(help_text="One person in each line, in the column subject.")


class CohortFilterSet(SearchFilterSet):
    search = search_filter("Text in the name.")
    search_fields = ("name",)
    ordering = OrderingFilter("name", "size", "created_at", "id")

    class Meta:
        model = Cohort
        fields = ["digest"]


class CohortViewSet(RecordViewSet):
    """Fixed sets of people. How many there are is shown, who they are is not."""

    queryset = Cohort.objects.select_related("by")
    serializer_class = CohortSerializer
    filterset_class = CohortFilterSet
    parser_classes = [parsers.MultiPartParser, BoundedJSONParser]
    scopes = {"create": Scope.WRITE}

    @extend_schema(request={"multipart/form-data": MembersSerializer}, responses={201: MadeCohortSerializer, **REFUSED})
    def create(self, request: Request, **kwargs: str) -> Response:
        """Record a cohort from a file of its members: all of them, or nothing."""
        if not self.user.has_perm("consents.add_cohort"):
            raise PermissionDenied(MAY_ADD)
        given = MembersSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        form = CohortForm(given.validated_data, given.validated_data)
        if not form.is_valid():
            raise serializers.ValidationError(form_errors(form))
        try:
            made, read_as = add_cohort(form.cleaned_data["name"], form.cleaned_data["file"], by=self.user)
        except RefusedFile as refused:
            raise serializers.ValidationError(refused.by_line()) from refused
        return Response({**self.represent(made.pk), "read_as": read_as}, status=status.HTTP_201_CREATED)


class PointSerializer(serializers.ModelSerializer[CoveragePoint]):
    class Meta:
        model = CoveragePoint
        fields = ["at", "permitted"]


class ScreeningRowSerializer(serializers.ModelSerializer[Screening]):
    by_name = name_of("by", null=True)
    cohort_name = name_of("cohort")
    needs = serializers.ListField(child=serializers.CharField(), help_text="The keys of all uses that are needed.")
    coverage = serializers.FloatField(help_text="permitted / members")

    class Meta:
        model = Screening
        fields = [
            "id",
            "cohort",
            "cohort_name",
            "basis",
            "needs",
            "occurred_by",
            "known_by",
            "from_ledger",
            "members",
            "permitted",
            "coverage",
            "cohort_digest",
            "exclusions_digest",
            "by",
            "by_name",
            "created_at",
        ]


class ScreeningSerializer(ScreeningRowSerializer):
    counts = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()),
        help_text="{use: {where members stand: members}}, never_asked among them.",
    )
    points = PointSerializer(many=True, help_text="Coverage over time; empty until a worker has counted it.")

    class Meta(ScreeningRowSerializer.Meta):
        fields = [*ScreeningRowSerializer.Meta.fields, "counts", "points"]


class AskScreeningSerializer(Body):
    cohort = IdField(queryset=Cohort.objects.all())
    uses = KeysField(help_text="What the data will be used for, by keys of the taxonomy.")
    recipient = serializers.ChoiceField(
        choices=RecipientClass.choices,
        required=False,
        allow_blank=True,
        help_text="Left out: we use it ourselves. One that decides its own purposes needs the use of sharing, too.",
    )
    basis = serializers.ChoiceField(choices=Screening.Basis.choices, default=Screening.Basis.OPT_IN)
    occurred_by = serializers.DateField(required=False, allow_null=True, help_text="Left out: now.")
    known_by = serializers.DateField(required=False, allow_null=True, help_text="Left out: now.")


class ScreeningFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the cohort.")
    search_fields = ("cohort__name",)
    ordering = OrderingFilter("created_at", "permitted", "id")

    class Meta:
        model = Screening
        fields = ["cohort", "basis"]


class ScreeningViewSet(RecordViewSet):
    """Who of a cohort permitted a sharing, counted on a day. Kept as evidence and never changed."""

    queryset = Screening.objects.select_related("cohort", "by").prefetch_related("points")
    serializer_class = ScreeningSerializer
    row_serializer_class = ScreeningRowSerializer
    filterset_class = ScreeningFilterSet
    scopes = {"create": Scope.WRITE}

    @extend_schema(request=AskScreeningSerializer)
    def create(self, request: Request, **kwargs: str) -> Response:
        """Screen a cohort for a sharing. You assume the basis, and the result names you for it."""
        if not self.user.has_perm("consents.screen_cohort"):
            raise PermissionDenied(MAY_SCREEN)
        given = AskScreeningSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        form = ScreeningForm(given.validated_data)
        uses: Any = form.fields["uses"]
        uses.to_field_name = "key"
        if not form.is_valid():
            raise serializers.ValidationError(form_errors(form))
        made = screen_and_trace(given.validated_data["cohort"], form.cleaned_data, by=self.user)
        return Response(self.represent(made.pk), status=status.HTTP_201_CREATED)

    @extend_schema(
        responses={
            (200, "text/csv"): OpenApiResponse(
                OpenApiTypes.BINARY, description="One person in each line: digest,key_version."
            ),
            **dict.fromkeys((400, 401, 403, 404, 406, 409), ErrorSerializer),
        }
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def exclusions(self, request: Request, **kwargs: str) -> StreamingHttpResponse:
        """Who is to be left out, as a file of digests."""
        found = self.get_object()
        if not self.user.has_perm("consents.export_exclusions"):
            raise PermissionDenied(MAY_EXPORT)
        return exclusion_list(found)
