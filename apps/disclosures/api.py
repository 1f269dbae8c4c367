"""Notices, their versions and claims, offers to opt out, and public statements through the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import ErrorSerializer
from apps.core.scopes import Scope
from apps.disclosures.forms import (
    ClaimForm,
    NoticeForm,
    NoticeVersionForm,
    OptOutOfferForm,
    PublicStatementForm,
    StatementClaimForm,
)
from apps.disclosures.models import Claim, Notice, NoticeVersion, OptOutOffer, PublicStatement, StatementClaim
from apps.findings.api import CheckedViewSet
from apps.ledger.api import (
    EditableViewSet,
    FormSerializer,
    IdField,
    KeyField,
    OrderingFilter,
    PartSerializer,
    RecordViewSet,
    SearchFilterSet,
    ShownSerializer,
    name_of,
    search_filter,
)
from apps.taxonomy.models import DataCategory, DataUse
from apps.workflow.api import GovernedSerializer


class NoticeSerializer(FormSerializer[Notice]):
    form_class = NoticeForm
    owner_name = name_of("owner")

    class Meta:
        model = Notice
        fields = ["id", "product", "language", "owner", "owner_name", "created_at", "revision"]
        # The form asks whether the pair is taken.
        validators: ClassVar[list[Any]] = []


class NoticeFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the product.")
    search_fields = ("product",)
    ordering = OrderingFilter("product", "language", "created_at", "id")

    class Meta:
        model = Notice
        fields = ["language", "owner"]


class NoticeViewSet(EditableViewSet):
    """What people are told about a product, one notice for each language."""

    queryset = Notice.objects.select_related("owner")
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilterSet


class NoticeVersionRowSerializer(PartSerializer[NoticeVersion]):
    form_class = NoticeVersionForm
    whole = "notice"
    notice_name = name_of("notice")
    effective_until = serializers.DateField(
        read_only=True, allow_null=True, help_text="The day before the next version took effect."
    )

    class Meta:
        model = NoticeVersion
        fields = [
            "id",
            "notice",
            "notice_name",
            "label",
            "status",
            "author",
            "effective_from",
            "effective_until",
            "sha256",
            "published_at",
            "created_at",
            "revision",
        ]
        read_only_fields = ["author"]
        validators: ClassVar[list[Any]] = []


class NoticeVersionSerializer(GovernedSerializer, NoticeVersionRowSerializer):
    class Meta(NoticeVersionRowSerializer.Meta):
        fields = [*NoticeVersionRowSerializer.Meta.fields, "text", "transitions"]


class NoticeVersionFilterSet(SearchFilterSet):
    search = search_filter("Text in the text, the label or the name of the product.")
    search_fields = ("text", "label", "notice__product")
    ordering = OrderingFilter("effective_from", "status", "created_at", "id")

    class Meta:
        model = NoticeVersion
        fields = ["status", "notice"]


class NoticeVersionViewSet(CheckedViewSet, EditableViewSet):
    """The texts of notices. Once published, a text and its day never change."""

    queryset = NoticeVersion.objects.with_periods().select_related("notice")
    serializer_class = NoticeVersionSerializer
    row_serializer_class = NoticeVersionRowSerializer
    filterset_class = NoticeVersionFilterSet


class ClaimSerializer(PartSerializer[Claim]):
    form_class = ClaimForm
    whole = "version"
    version = IdField(queryset=NoticeVersion.objects.all())
    use = KeyField(queryset=DataUse.objects.all(), required=False, allow_null=True, help_text="A key.")
    category = KeyField(queryset=DataCategory.objects.all(), required=False, allow_null=True, help_text="A key.")
    entered_by_name = name_of("entered_by")
    checked_by_name = name_of("checked_by", null=True)

    class Meta:
        model = Claim
        fields = [
            "id",
            "version",
            "kind",
            "says",
            "recipient_class",
            "use",
            "category",
            "months",
            "sentence",
            "start",
            "end",
            "entered_by",
            "entered_by_name",
            "checked_by",
            "checked_by_name",
            "checked_at",
            "created_at",
            "revision",
        ]
        read_only_fields = ["start", "end", "entered_by", "checked_by", "checked_at"]
        validators: ClassVar[list[Any]] = []

    def make_form(self, record: Claim, values: dict[str, Any]) -> Any:
        form = super().make_form(record, values)
        for name in ("use", "category"):
            value = values.get(name)
            if value is not None and not isinstance(value, int):
                form.fields[name].to_field_name = "key"
        return form


class ClaimFilterSet(SearchFilterSet):
    search = search_filter("Text in the sentence.")
    search_fields = ("sentence",)
    ordering = OrderingFilter("created_at", "id")

    class Meta:
        model = Claim
        fields = ["version", "kind", "says", "recipient_class"]


class ReasonSerializer(ShownSerializer):
    reason = serializers.CharField(max_length=500)


# Nothing, or how it was refused.
REMOVED: Any = {202: None, 204: None, **dict.fromkeys((400, 401, 403, 404, 406, 409, 413, 415, 422), ErrorSerializer)}


class ClaimViewSet(EditableViewSet):
    """What single sentences of notice versions say. Whoever changes a claim has it checked anew."""

    queryset = Claim.objects.select_related("version__notice", "use", "category", "entered_by", "checked_by")
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilterSet
    scopes = {**EditableViewSet.scopes, "remove": Scope.WRITE}

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the fields that are sent. With `revision`, a stale edit is refused and shows the present record."""
        with transaction.atomic():
            # Before the claim, as an edit of the text locks them.
            NoticeVersion.objects.locked(self.get_object().version_id)
            return super().partial_update(request, *args, **kwargs)

    @extend_schema(request=ShownSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, **kwargs: str) -> Response:
        """Confirm, as somebody else than who entered it, that the sentence says this."""
        claim: Claim = self.get_shown(ShownSerializer(data=request.data))
        claim.confirm(by=self.user)
        return Response(self.represent(claim.pk))

    @extend_schema(request=ReasonSerializer, responses=REMOVED)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, **kwargs: str) -> Response:
        """Take a wrong claim back. The history keeps it. 202 when a second person has to confirm it first."""
        given = ReasonSerializer(data=request.data)
        proposal = self.get_shown(given).remove(by=self.user, reason=given.validated_data["reason"])
        return Response(status=status.HTTP_202_ACCEPTED if proposal else status.HTTP_204_NO_CONTENT)


class OptOutOfferSerializer(FormSerializer[OptOutOffer]):
    form_class = OptOutOfferForm
    version_name = name_of("version")

    class Meta:
        model = OptOutOffer
        fields = [
            "id",
            "version",
            "version_name",
            "recipient_class",
            "offered_from",
            "offered_until",
            "channel",
            "text_sha256",
            "exclusions_sha256",
            "excluded",
            "state",
            "recorded_by",
            "created_at",
            "revision",
        ]
        read_only_fields = ["recorded_by"]


class OptOutOfferFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the product.")
    search_fields = ("version__notice__product",)
    ordering = OrderingFilter("offered_from", "offered_until", "created_at", "id")

    class Meta:
        model = OptOutOffer
        fields = ["version", "recipient_class", "state"]


class OptOutOfferViewSet(EditableViewSet):
    """That people were offered to opt out before their data is shared. A finished offer stays as it is."""

    queryset = OptOutOffer.objects.select_related("version__notice")
    serializer_class = OptOutOfferSerializer
    filterset_class = OptOutOfferFilterSet


class PublicStatementRowSerializer(FormSerializer[PublicStatement]):
    form_class = PublicStatementForm
    organisation_name = name_of("organisation")
    author_name = name_of("author")

    class Meta:
        model = PublicStatement
        fields = [
            "id",
            "title",
            "status",
            "author",
            "author_name",
            "organisation",
            "organisation_name",
            "audience",
            "said_on",
            "text",
            "created_at",
            "revision",
        ]
        read_only_fields = ["author"]


class PublicStatementSerializer(GovernedSerializer, PublicStatementRowSerializer):
    class Meta(PublicStatementRowSerializer.Meta):
        fields = [*PublicStatementRowSerializer.Meta.fields, "transitions"]


class PublicStatementFilterSet(SearchFilterSet):
    search = search_filter("Text in the title or the text.")
    search_fields = ("title", "text")
    ordering = OrderingFilter("said_on", "status", "created_at", "id")

    class Meta:
        model = PublicStatement
        fields = ["status", "organisation", "audience"]


class PublicStatementViewSet(CheckedViewSet, EditableViewSet):
    """What we tell or told somebody outside. Its checks compare it with what is on record."""

    queryset = PublicStatement.objects.select_related("organisation", "author")
    serializer_class = PublicStatementSerializer
    row_serializer_class = PublicStatementRowSerializer
    filterset_class = PublicStatementFilterSet


class StatementClaimSerializer(PartSerializer[StatementClaim]):
    form_class = StatementClaimForm
    whole = "statement"
    statement = IdField(queryset=PublicStatement.objects.all())
    entered_by_name = name_of("entered_by")

    class Meta:
        model = StatementClaim
        fields = [
            "id",
            "statement",
            "kind",
            "period_from",
            "period_until",
            "sentence",
            "start",
            "end",
            "entered_by",
            "entered_by_name",
            "created_at",
            "revision",
        ]
        read_only_fields = ["start", "end", "entered_by"]
        validators: ClassVar[list[Any]] = []


class StatementClaimFilterSet(SearchFilterSet):
    search = search_filter("Text in the sentence.")
    search_fields = ("sentence",)
    ordering = OrderingFilter("created_at", "id")

    class Meta:
        model = StatementClaim
        fields = ["statement", "kind"]


class StatementClaimViewSet(RecordViewSet):
    """What single sentences of public statements say, and of which time they speak."""

    queryset = StatementClaim.objects.select_related("statement__organisation", "entered_by")
    serializer_class = StatementClaimSerializer
    filterset_class = StatementClaimFilterSet
    scopes = dict.fromkeys(("create", "remove"), Scope.WRITE)

    def create(self, request: Request, **kwargs: str) -> Response:
        with transaction.atomic():
            serializer = self.get_serializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            claim = serializer.save()
        return Response(self.represent(claim.pk), status=status.HTTP_201_CREATED)

    @extend_schema(request=ReasonSerializer, responses=REMOVED)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, **kwargs: str) -> Response:
        """Take a claim of a draft back. The history keeps it."""
        given = ReasonSerializer(data=request.data)
        self.get_shown(given).remove(by=self.user, reason=given.validated_data["reason"])
        return Response(status=status.HTTP_204_NO_CONTENT)
