"""Bringing in answers through the API: files, and single ones."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.consents.forms import ImportForm
from apps.consents.intake.rows import LONGEST_KEY, TEXTS
from apps.consents.intake.uploads import RefusedFile
from apps.consents.ledger.recording import record_event
from apps.consents.models import STATES, ConsentImport, ImportRun
from apps.consents.rules import MAY_IMPORT
from apps.consents.tasks import take_in
from apps.core.api import BoundedJSONParser, ErrorSerializer
from apps.core.permissions import require
from apps.core.requests import Body, MomentField
from apps.core.scopes import Scope
from apps.disclosures.models import NoticeVersion
from apps.ledger.api import (
    IdField,
    KeyField,
    OrderingFilter,
    ReadViewSet,
    RecordViewSet,
    SearchFilterSet,
    form_errors,
    name_of,
    search_filter,
)
from apps.taxonomy.models import DataUse

REFUSED = dict.fromkeys((400, 401, 403, 406, 409, 413, 415, 422), ErrorSerializer)


def _text(name: str, help_text: str) -> serializers.CharField:
    """A text that an answer may carry."""
    return serializers.CharField(required=False, max_length=TEXTS[name], help_text=help_text)


class ConsentImportRowSerializer(serializers.ModelSerializer[ConsentImport]):
    by_name = name_of("by", null=True)

    class Meta:
        model = ConsentImport
        fields = [
            "id",
            "kind",
            "file_name",
            "file_sha256",
            "rows",
            "rejected",
            "new_subjects",
            "by",
            "by_name",
            "recorded_at",
        ]


class ConsentImportSerializer(ConsentImportRowSerializer):
    counts = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()), help_text="{use: {state: answers}}"
    )
    blocks = serializers.ListField(child=serializers.CharField(), help_text="SHA-256 of each block of rows, in order.")

    class Meta(ConsentImportRowSerializer.Meta):
        fields = [*ConsentImportRowSerializer.Meta.fields, "counts", "block_rows", "blocks"]


class ImportProblemSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="In the file; 0 when it concerns the file.")
    reason = serializers.CharField()


class ImportRunSerializer(serializers.ModelSerializer[ImportRun]):
    """How far the work on a file is."""

    problems = ImportProblemSerializer(many=True, help_text="The first of them; problem_count says how many there are.")

    class Meta:
        model = ImportRun
        fields = [
            "id",
            "file_name",
            "phase",
            "rows",
            "started_at",
            "finished_at",
            "problem_count",
            "problems",
            "read_as",
            "made",
        ]


class UploadSerializer(Body):
    file = serializers.FileField(help_text="CSV, CSV packed with gzip, or JSON Lines; sent as multipart/form-data.")
    notice_version = IdField(
        queryset=NoticeVersion.objects.spoken(), required=False, help_text="Where a line names none."
    )
    mechanism = _text("mechanism", "How people answered, such as web form; where a line does not say it.")
    language = _text("language", "In which language they did, where a line does not say it.")
    source = _text("source", "The system that recorded it, where a line does not say it.")  # type: ignore[assignment]
    skip_invalid = serializers.BooleanField(default=False, help_text="Leave out wrong lines instead of refusing all.")


class ImportFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the file.")
    search_fields = ("file_name",)
    ordering = OrderingFilter("recorded_at", "rows", "id")

    class Meta:
        model = ConsentImport
        fields = ["kind", "by"]


class ImportViewSet(RecordViewSet):
    """Deliveries of answers: files, and single ones by the API or a link."""

    queryset = ConsentImport.objects.select_related("by")
    serializer_class = ConsentImportSerializer
    row_serializer_class = ConsentImportRowSerializer
    filterset_class = ImportFilterSet
    parser_classes = [parsers.MultiPartParser, BoundedJSONParser]
    scopes = {"create": Scope.WRITE}

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={201: ImportRunSerializer, 202: ImportRunSerializer, **REFUSED},
    )
    def create(self, request: Request, **kwargs: str) -> Response:
        """Import a file of answers. A long one is left to a worker (202); read its run again until it has ended."""
        if not self.user.has_perm("consents.import_events"):
            raise PermissionDenied(MAY_IMPORT)
        given = UploadSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        form = ImportForm(wanted, wanted)
        if not form.is_valid():
            raise serializers.ValidationError(form_errors(form))
        try:
            run = take_in(form.cleaned_data["file"], form.options, by=self.user)
        except RefusedFile as refused:
            raise serializers.ValidationError(refused.by_line()) from refused
        done = status.HTTP_201_CREATED if run.finished_at else status.HTTP_202_ACCEPTED
        return Response(ImportRunSerializer(run).data, status=done)


class ImportRunFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the file.")
    search_fields = ("file_name",)
    ordering = OrderingFilter("started_at", "id")

    class Meta:
        model = ImportRun
        fields = ["made"]


class ImportRunViewSet(ReadViewSet):
    """The work on files: how far it is, what is wrong with the file, and which import it made."""

    queryset = ImportRun.objects.all()
    serializer_class = ImportRunSerializer
    filterset_class = ImportRunFilterSet


class PersonKeyField(serializers.CharField):
    """What somebody goes by in a file, taken as it was written; see apps.consents.keys."""


class EventSerializer(Body):
    """One answer of one person about one use."""

    subject = PersonKeyField(max_length=LONGEST_KEY, help_text="The person's key. Kept nowhere.")
    use = KeyField(queryset=DataUse.objects.all(), help_text="Its key in the taxonomy.")
    state = serializers.ChoiceField(choices=sorted(STATES))
    occurred_at = MomentField(help_text="When the person answered.")
    expires_at = MomentField(required=False, allow_null=True)
    notice_version = IdField(
        queryset=NoticeVersion.objects.spoken(),
        required=False,
        allow_null=True,
        help_text="What the person was shown.",
    )
    mechanism = _text("mechanism", "Such as web form.")
    language = _text("language", "Such as en or de-AT.")
    source = _text("source", "The system that recorded it.")  # type: ignore[assignment]


class EventViewSet(ReadViewSet):
    """Single answers, as they are given. They are read by looking up the person, with a reason."""

    queryset = ConsentImport.objects.select_related("by")
    serializer_class = ConsentImportRowSerializer
    http_method_names = ["post", "options"]
    scopes = {"create": Scope.WRITE}

    @extend_schema(request=EventSerializer, responses={201: ConsentImportRowSerializer, **REFUSED})
    def create(self, request: Request, **kwargs: str) -> Response:
        """Record one answer. It counts at once, or on its day. Send an Idempotency-Key, so that it counts once."""
        require(self.user, "consents.import_events")
        given = EventSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        event = record_event(
            wanted.pop("subject"), wanted.pop("use"), STATES[wanted.pop("state")], by=self.user, **wanted
        )
        return Response(ConsentImportRowSerializer(event.consent_import).data, status=status.HTTP_201_CREATED)
