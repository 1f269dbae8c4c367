"""Agreements and their justifications through the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import django_filters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.agreements.forms import AgreementForm, JustificationForm, LinkForm, TransferForm
from apps.agreements.models import Agreement, Cover, Justification, Transfer, covers_for
from apps.agreements.models.reported_in_words import MAY_LINK
from apps.core.compiled import record_of
from apps.core.queries import BooleanFilter
from apps.core.requests import Body
from apps.datasets.models import Dataset
from apps.findings.api import CheckedViewSet
from apps.ledger.api import (
    EditableViewSet,
    FormSerializer,
    IdField,
    IdsField,
    KeysField,
    OrderingFilter,
    SearchFilterSet,
    ShownSerializer,
    choice_of,
    form_errors,
    name_of,
    search_filter,
)
from apps.vendors.models import Person
from apps.workflow.api import GovernedSerializer


class AgreementRowSerializer(FormSerializer[Agreement]):
    form_class = AgreementForm
    our_entity_name = name_of("our_entity")
    counterparty_name = name_of("counterparty")
    requester_name = name_of("requester")
    sponsor_name = name_of("sponsor", null=True)
    business_owner_name = name_of("business_owner", null=True)
    datasets = IdsField(required=False)
    categories = KeysField(required=False)
    uses = KeysField(required=False)

    class Meta:
        model = Agreement
        fields = [
            "id",
            "title",
            "status",
            "type",
            "our_entity",
            "our_entity_name",
            "counterparty",
            "counterparty_name",
            "requester",
            "requester_name",
            "sponsor",
            "sponsor_name",
            "business_owner",
            "business_owner_name",
            "purpose",
            "datasets",
            "categories",
            "uses",
            "consideration",
            "may_train",
            "may_derive",
            "onward_transfer",
            "delete_within_days",
            "starts_on",
            "ends_on",
            "signed_on",
            "signatories",
            "document_sha256",
            "created_at",
            "revision",
        ]
        read_only_fields = ["requester"]

    def new_record(self) -> Agreement:
        return Agreement(requester=self.user)


class JustificationSerializer(Body, serializers.ModelSerializer[Justification]):
    signed_by_name = name_of("signed_by")

    class Meta:
        model = Justification
        fields = ["id", "text", "signed_by", "signed_by_name", "signed_at"]
        read_only_fields = ["signed_by", "signed_at"]


class SignJustificationSerializer(ShownSerializer):
    text = serializers.CharField(max_length=20_000)


class AgreementSerializer(GovernedSerializer, AgreementRowSerializer):
    justification = serializers.SerializerMethodField(
        help_text="The independent justification of what the request says now; null without one, "
        "and for those whose own interests it is about."
    )

    class Meta(AgreementRowSerializer.Meta):
        fields = [*AgreementRowSerializer.Meta.fields, "justification", "transitions"]

    @extend_schema_field(JustificationSerializer(allow_null=True))
    def get_justification(self, agreement: Agreement) -> dict[str, Any] | None:
        justification = None if agreement.hides_remarks_from(self.user) else agreement.justification
        return dict(JustificationSerializer(justification).data) if justification else None


class AgreementFilterSet(SearchFilterSet):
    search = search_filter("Text in the title or purpose.")
    search_fields = ("title", "purpose")
    ordering = OrderingFilter("title", "status", "starts_on", "ends_on", "created_at", "id")
    dataset = django_filters.ModelChoiceFilter(
        field_name="datasets", queryset=Dataset.objects.all(), label="Agreements that cover this dataset."
    )

    class Meta:
        model = Agreement
        fields = ["status", "type", "counterparty", "our_entity", "requester", "sponsor", "business_owner"]


class AgreementViewSet(CheckedViewSet, EditableViewSet):
    """Who gets which data from us, for what, on what terms. First a request, then a contract."""

    queryset = Agreement.objects.select_related(
        "our_entity", "counterparty", "requester", "sponsor", "business_owner"
    ).prefetch_related("datasets", "categories", "uses")
    serializer_class = AgreementSerializer
    row_serializer_class = AgreementRowSerializer
    rows_are_columns = True
    filterset_class = AgreementFilterSet

    @extend_schema(request=SignJustificationSerializer)
    @action(detail=True, methods=["post"], url_path="justification")
    def justify(self, request: Request, **kwargs: str) -> Response:
        """Sign the independent justification of exactly what the request says now."""
        given = SignJustificationSerializer(data=request.data)
        agreement: Agreement = self.get_shown(given)
        form = JustificationForm(given.validated_data, record=agreement)
        if not form.is_valid():
            raise serializers.ValidationError(form_errors(form))
        Justification.sign(agreement, by=self.user, text=form.decided["text"])
        return Response(self.represent(agreement.pk))


@dataclass(frozen=True)
class VisibleFacts:
    """What a user is told of other records on transfers: what covers them, and which numbers they may read."""

    covers: dict[int, Cover]
    numbers: dict[str, set[int]]

    @classmethod
    def of(cls, transfers: Sequence[Transfer], user: Any) -> VisibleFacts:
        numbers = {}
        for name, model in (("agreement", Agreement), ("duplicate_of", Transfer)):
            named = {getattr(transfer, f"{name}_id") for transfer in transfers} - {None}
            seen = model.objects.visible_to(user)
            sees_all = not named or not seen.query.where
            numbers[name] = named if sees_all else set(seen.filter(pk__in=named).values_list("pk", flat=True))
        return cls(covers_for(user, transfers), numbers)


class TransferRowSerializer(FormSerializer[Transfer]):
    form_class = TransferForm
    dataset_name = name_of("dataset", null=True)
    recipient_name = name_of("recipient", null=True)
    executor_name = name_of("executor", null=True)
    reporter = serializers.SerializerMethodField(help_text="Null where the reporter stays confidential.")
    reporter_name = serializers.SerializerMethodField(help_text="Null where the reporter stays confidential.")
    covered = serializers.SerializerMethodField(
        help_text="Whether an agreement was in force on that day, or another ground is confirmed. Asked anew each "
        "time. Null where none does that you see, and you do not see every agreement."
    )

    class Meta:
        model = Transfer
        fields = [
            "id",
            "status",
            "dataset",
            "dataset_name",
            "dataset_words",
            "recipient",
            "recipient_name",
            "recipient_words",
            "transferred_on",
            "channel",
            "records",
            "quantity",
            "consideration",
            "agreement",
            "ground",
            "ground_reference",
            "executor",
            "executor_name",
            "evidence",
            "digest",
            "confidential",
            "reporter",
            "reporter_name",
            "reported_at",
            "released_at",
            "covered",
            "duplicate_of",
            "revision",
        ]

    completed_fields = ("executor_name", "reporter", "reporter_name", "covered")
    other_columns: ClassVar[dict[str, str]] = {
        "_withheld_from": "withheld_from",
        "_dataset_owner": "dataset__owner_id",
        "_executor_name": "executor__name",
        "_executor_kind": "executor__kind",
        "_executor_same_as": "executor__same_as_id",
        "_reporter": "reporter_id",
        "_reporter_name": "reporter__full_name",
    }

    def complete(self, rows: list[dict[str, Any]]) -> None:
        transfers = [self._record_of(row) for row in rows]
        self._visible_facts = VisibleFacts.of(transfers, self.user)
        for row, transfer in zip(rows, transfers, strict=True):
            shows_reporter = transfer.shows_reporter_to(self.user)
            reporter, name = row.pop("_reporter"), row.pop("_reporter_name")
            row.update(
                executor_name=str(transfer.executor) if transfer.executor_id else None,
                reporter=reporter if shows_reporter else None,
                reporter_name=name if shows_reporter else None,
                covered=self.get_covered(transfer),
                **self._unseen(row, transfer),
            )

    def get_reporter(self, transfer: Transfer) -> int | None:
        return transfer.reporter_id if transfer.shows_reporter_to(self.user) else None

    def get_reporter_name(self, transfer: Transfer) -> str | None:
        return str(transfer.reporter) if transfer.shows_reporter_to(self.user) else None

    def get_covered(self, transfer: Transfer) -> bool | None:
        cover = self.visible_facts(transfer).covers[transfer.pk]
        return True if cover.is_covered else (False if cover.is_whole else None)

    def visible_facts(self, transfer: Transfer) -> VisibleFacts:
        """What this user is told; known for a whole page at once, see `complete`."""
        if self._visible_facts is None or transfer.pk not in self._visible_facts.covers:
            self._visible_facts = VisibleFacts.of([transfer], self.user)
        return self._visible_facts

    _visible_facts: VisibleFacts | None = None

    def to_representation(self, instance: Transfer) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return shown | self._unseen(shown, instance)

    def _record_of(self, row: dict[str, Any]) -> Transfer:
        """As much of the transfer, and of what it names, as is asked about it in a list."""
        held = {column: row[column] for column in ("id", "status", "ground", "confidential")}
        held |= {f"{name}_id": row[name] for name in ("dataset", "recipient", "executor", "agreement", "duplicate_of")}
        held |= {"withheld_from": row.pop("_withheld_from"), "reporter_id": row["_reporter"]}
        transferred_on = date.fromisoformat(row["transferred_on"])
        transfer: Transfer = record_of(Transfer, transferred_on=transferred_on, **held)
        owner = row.pop("_dataset_owner")
        if transfer.dataset_id:
            transfer.dataset = record_of(Dataset, id=transfer.dataset_id, owner_id=owner)
        person = {column: row.pop(f"_executor_{column}") for column in ("name", "kind", "same_as")}
        if transfer.executor_id:
            person["same_as_id"] = person.pop("same_as")
            transfer.executor = record_of(Person, id=transfer.executor_id, **person)
        return transfer

    def _unseen(self, shown: dict[str, Any], transfer: Transfer) -> dict[str, None]:
        numbers = self.visible_facts(transfer).numbers
        return {name: None for name, seen in numbers.items() if shown[name] not in seen}


class LinkSerializer(Body, serializers.ModelSerializer[Transfer]):
    """Which records a report in words means; what was chosen from the list stays."""

    serializer_related_field = IdField
    note = serializers.CharField(max_length=1000, help_text="How you know. It stays on record.")
    revision = serializers.IntegerField(help_text="The version that you have read.")

    class Meta:
        model = Transfer
        fields = ["dataset", "recipient", "note", "revision"]


class OtherCoverSerializer(serializers.Serializer[Any]):
    agreement = serializers.IntegerField()
    why_not = serializers.CharField(help_text="Why it does not cover the day, as the end of a sentence.")


class TransferSerializer(GovernedSerializer, TransferRowSerializer):
    covered_by = serializers.SerializerMethodField(
        help_text="The id of an agreement in force on that day, among those that you see."
    )
    proposal = choice_of(Transfer, "proposal")
    not_covered_by = serializers.SerializerMethodField(
        help_text="Agreements in force at some other time, among those that you see."
    )

    class Meta(TransferRowSerializer.Meta):
        fields = [
            *TransferRowSerializer.Meta.fields,
            "covered_by",
            "not_covered_by",
            "proposal",
            "proposed_by",
            "proposed_for",
            "decided_by",
            "decided_at",
            "transitions",
        ]

    def get_covered_by(self, transfer: Transfer) -> int | None:
        agreement = self.visible_facts(transfer).covers[transfer.pk].agreement
        return agreement.pk if agreement else None

    @extend_schema_field(OtherCoverSerializer(many=True))
    def get_not_covered_by(self, transfer: Transfer) -> list[dict[str, Any]]:
        return [
            {"agreement": agreement.pk, "why_not": why_not}
            for agreement, why_not in self.visible_facts(transfer).covers[transfer.pk].others
        ]


class TransferFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the dataset or the recipient, or in the words of a report.")
    search_fields = ("dataset__name", "recipient__name", "dataset_words", "recipient_words")
    ordering = OrderingFilter("transferred_on", "status", "created_at", "id")
    covered = BooleanFilter(method="filter_covered", label="Whether something covers it.")
    since = django_filters.DateFilter(field_name="transferred_on", lookup_expr="gte", label="From this day on.")
    until = django_filters.DateFilter(field_name="transferred_on", lookup_expr="lte", label="Until this day.")

    class Meta:
        model = Transfer
        fields = ["status", "dataset", "recipient", "channel"]

    def filter_covered(self, queryset: Any, name: str, value: bool) -> Any:
        return queryset.covered(value, self.request.user)


class TransferViewSet(CheckedViewSet, EditableViewSet):
    """Data that moved to somebody. Anybody reports it; what was reported is never edited and never deleted."""

    http_method_names = ["get", "post", "head", "options"]
    queryset = Transfer.objects.select_related("dataset", "recipient", "executor", "reporter")
    serializer_class = TransferSerializer
    row_serializer_class = TransferRowSerializer
    rows_are_columns = True
    filterset_class = TransferFilterSet

    @extend_schema(request=LinkSerializer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, **kwargs: str) -> Response:
        """Say, as legal, which records a report in words means."""
        seen: Transfer = self.get_object()
        given = LinkSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values = {name: getattr(value, "pk", value) for name, value in given.validated_data.items()}
        with transaction.atomic():
            transfer = Transfer.objects.locked(seen.pk, revision=values.pop("revision"))
            if not self.user.has_perm("agreements.link_transfer", transfer):
                raise PermissionDenied(MAY_LINK)
            form = LinkForm(values, instance=transfer, user=self.user)
            if not form.is_valid():
                raise serializers.ValidationError(form_errors(form))
            form.save_by(self.user)
        return Response(self.represent(seen.pk))
