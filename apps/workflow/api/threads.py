"""Comments and files through the API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import BoundedJSONParser, ErrorSerializer
from apps.core.permissions import require
from apps.core.requests import Body
from apps.core.scopes import Scope
from apps.ledger.api import LARGEST_ID, OrderingFilter, ReadViewSet, form_errors, search_filter
from apps.workflow.api.subjects import OneSubjectFilterSet, SubjectSerializer, models_with_thread, visible_subject
from apps.workflow.forms import CommentForm
from apps.workflow.models import Attachment, Comment, GovernedModel


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    class Meta:
        model = Attachment
        fields = ["id", "comment", "name", "media_type", "size", "sha256", "contents", "created_at"]


class CommentSerializer(serializers.ModelSerializer[Comment]):
    subject = SubjectSerializer(source="*", read_only=True)
    author_name = serializers.CharField(read_only=True)
    attachments = AttachmentSerializer(many=True, read_only=True)

    class Meta:
        model = Comment
        fields = ["id", "subject", "kind", "author", "author_name", "body", "attachments", "created_at", "revision"]


class WriteCommentSerializer(Body):
    subject_kind = serializers.ChoiceField(choices=[])
    subject_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    body = serializers.CharField(max_length=10_000)
    file = serializers.FileField(required=False, help_text="Sent as multipart/form-data.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["subject_kind"]
        kinds.choices = [(model._meta.model_name, model._meta.verbose_name) for model in models_with_thread()]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["subject"] = visible_subject(attrs["subject_kind"], attrs["subject_id"], self.context["request"].user)
        if attrs["subject"] is None:
            raise serializers.ValidationError({"subject_id": "There is no such record."})
        return attrs


class CommentFilterSet(OneSubjectFilterSet):
    search = search_filter("Text in the comment.")
    search_fields = ("body",)
    ordering = OrderingFilter("created_at", "id")

    class Meta:
        model = Comment
        fields = ["kind", "author"]

    def of(self, subject: GovernedModel, queryset: Any) -> QuerySet[Any]:
        thread: QuerySet[Any] = queryset.thread(subject, self.request.user)
        return thread


class CommentViewSet(ReadViewSet):
    """The thread of a record. Whoever has a path of interests reads only what they wrote themselves."""

    queryset = Comment.objects.select_related("author", "content_type").prefetch_related("attachments", "subject")
    serializer_class = CommentSerializer
    filterset_class = CommentFilterSet
    parser_classes = [BoundedJSONParser, parsers.MultiPartParser]
    scopes = {"create": Scope.WRITE}

    def get_object(self) -> Comment:
        comment: Comment = super().get_object()
        if not comment.is_readable_by(self.user):
            raise NotFound
        return comment

    @extend_schema(request=WriteCommentSerializer)
    def create(self, request: Request, **kwargs: str) -> Response:
        """Write a comment, with a file if you like. "@legal" mentions the person whose address begins so."""
        require(self.user, "workflow.add_comment")
        given = WriteCommentSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        form = CommentForm(wanted, wanted)
        if not form.is_valid():
            raise serializers.ValidationError(form_errors(form))
        comment = Comment.write(wanted["subject"], by=self.user, **form.cleaned_data)
        return Response(self.represent(comment.pk), status=status.HTTP_201_CREATED)


class AttachmentFilterSet(OneSubjectFilterSet):
    search = search_filter("Text in the name of the file.")
    search_fields = ("name",)
    ordering = OrderingFilter("name", "size", "created_at", "id")

    class Meta:
        model = Attachment
        fields = ["media_type"]

    def of(self, subject: GovernedModel, queryset: QuerySet[Any]) -> QuerySet[Any]:
        thread = Comment.objects.all().thread(subject, self.request.user)
        return queryset.filter(comment__in=thread.values("pk"))


class AttachmentViewSet(ReadViewSet):
    """The files beside the comments of one record."""

    queryset = Attachment.objects.select_related("comment")
    serializer_class = AttachmentSerializer
    filterset_class = AttachmentFilterSet

    def get_object(self) -> Attachment:
        attachment: Attachment = super().get_object()
        if not attachment.comment.is_readable_by(self.user):
            raise NotFound
        return attachment

    @extend_schema(
        responses={
            (200, "*/*"): OpenApiResponse(OpenApiTypes.BINARY, "The file, as a download."),
            **dict.fromkeys((400, 401, 404, 409), ErrorSerializer),
        }
    )
    @action(detail=True, methods=["get"], filter_backends=[])
    def download(self, request: Request, **kwargs: str) -> FileResponse:
        """The file itself."""
        return self.get_object().as_download()
