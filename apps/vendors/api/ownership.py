"""Ownership statements (BODS 0.4) through the API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict
from drf_spectacular.utils import extend_schema
from rest_framework import parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import BodyTooLarge, ErrorSerializer
from apps.core.permissions import require
from apps.core.requests import Body
from apps.core.scopes import Scope
from apps.ledger.api import ChangeSerializer, OrderingFilter, ReadViewSet, SearchFilterSet, search_filter
from apps.vendors.models import Statement
from apps.vendors.ownership.bods import MOST_STATEMENTS, import_bods

REFUSED = dict.fromkeys((400, 401, 403, 406, 409, 413, 415, 422), ErrorSerializer)


class StatementSerializer(serializers.ModelSerializer[Statement]):
    class Meta:
        model = Statement
        fields = [
            "id",
            "statement_id",
            "record_id",
            "record_type",
            "record_status",
            "stated_at",
            "publisher",
            "digest",
            "created_at",
        ]


class EffectSerializer(serializers.Serializer[Any]):
    what = serializers.CharField(help_text="added, changed or closed")
    kind = serializers.CharField()
    name = serializers.CharField()
    changes = ChangeSerializer(many=True)


class ImportSerializer(serializers.Serializer[Any]):
    """What a file did, or would do."""

    created = serializers.IntegerField(help_text="Statements that created a record.")
    updated = serializers.IntegerField()
    closed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    records = serializers.IntegerField(help_text="Records added, changed or closed.")
    effects = EffectSerializer(many=True, help_text="The first 200 of them.")


class FileSerializer(Body):
    file = serializers.FileField()


class PreviewSerializer(Body):
    preview = serializers.BooleanField(default=False, help_text="Try it and write nothing.")


class StatementsParser(parsers.BaseParser):
    """Statements in the body itself: taken byte for byte, since the import judges what is JSON."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        return MultiValueDict({"file": [SimpleUploadedFile("statements.json", body, "application/json")]})


class StatementFilterSet(SearchFilterSet):
    search = search_filter("Text in the ids or the publisher.")
    search_fields = ("statement_id", "record_id", "publisher")
    ordering = OrderingFilter("stated_at", "created_at", "id")

    class Meta:
        model = Statement
        fields = ["record_id", "record_type"]


class StatementViewSet(ReadViewSet):
    """The statements of registers that were imported. Legal imports; legal and auditors see who owns what."""

    queryset = Statement.objects.all()
    serializer_class = StatementSerializer
    filterset_class = StatementFilterSet
    parser_classes = [StatementsParser, parsers.MultiPartParser]
    scopes = {"create": Scope.WRITE}
    queries = {"create": ("preview",)}

    @extend_schema(
        request={
            "multipart/form-data": FileSerializer,
            "application/json": {"type": "array", "items": {"type": "object"}},
        },
        parameters=[PreviewSerializer],
        responses={200: ImportSerializer, 201: ImportSerializer, **REFUSED},
    )
    def create(self, request: Request, **kwargs: str) -> Response:
        """Import every statement of the file, or none. Statements that are known already change nothing."""
        require(self.user, "vendors.import_ownership")
        asked = PreviewSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        preview = asked.validated_data["preview"]
        given = FileSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        content = given.validated_data["file"].read(settings.UPLOAD_MAX_BYTES + 1)
        result = import_bods(content, by=self.user, dry_run=preview, most=MOST_STATEMENTS)
        if not result.ok:
            problems: dict[str, list[str]] = {}
            for problem in result.errors:
                problems.setdefault(problem.pointer or problem.place, []).append(f"{problem.place}: {problem.reason}")
            raise serializers.ValidationError(problems)
        return Response(
            ImportSerializer(result).data, status=status.HTTP_200_OK if preview else status.HTTP_201_CREATED
        )
