"""Organisations, people and interests through the API."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import ErrorSerializer
from apps.core.permissions import require
from apps.core.requests import takes_nothing
from apps.findings.api import CheckedViewSet
from apps.ledger.api import (
    EditableViewSet,
    FormSerializer,
    OrderingFilter,
    ReadViewSet,
    SearchFilterSet,
    name_of,
    search_filter,
)
from apps.ledger.timeline import Event
from apps.vendors.forms import InterestForm, OrganisationForm, OwnInterestForm, PersonForm
from apps.vendors.models import Interest, InterestDeclaration, Organisation, Person, Sameness
from apps.vendors.ownership.bods import export_bods
from apps.workflow.api import GovernedSerializer, GovernedViewSet

OWNERSHIP_REFUSED = dict.fromkeys((400, 401, 403, 404, 406), ErrorSerializer)


class OrganisationRowSerializer(FormSerializer[Organisation]):
    form_class = OrganisationForm
    why = serializers.CharField(
        write_only=True, required=False, max_length=10_000, help_text="For the person who confirms a change."
    )
    owner_name = name_of("owner", null=True)
    same_as: Any = serializers.PrimaryKeyRelatedField(
        read_only=True,
        allow_null=True,
        help_text="The record of the same organisation that stays; null where it is this one.",
    )

    class Meta:
        model = Organisation
        fields = [
            "id",
            "name",
            "kind",
            "status",
            "purpose",
            "jurisdiction",
            "lei",
            "domain",
            "other_names",
            "same_as",
            "listed",
            "diversified",
            "risk_tier",
            "owner",
            "owner_name",
            "approved_until",
            "closed_on",
            "why",
            "created_at",
            "revision",
        ]
        # The form names the other record.
        extra_kwargs: ClassVar[dict[str, Any]] = {"lei": {"validators": []}}

    def make_form(self, record: Organisation, values: dict[str, Any]) -> Any:
        """Here nobody looks before saving: what looks alike is asked about afterwards, and told by the answer."""
        form = super().make_form(record, values)
        form.shows_twins = False
        return form


class ConflictSerializer(serializers.Serializer[Any]):
    person = serializers.CharField()
    sentence = serializers.CharField()
    recuses = serializers.BooleanField()


class OrganisationSerializer(GovernedSerializer, OrganisationRowSerializer):
    may_not_take_part = serializers.SerializerMethodField(
        help_text="Who of our house does not decide about it; empty for those who are among them."
    )
    conflicts = serializers.SerializerMethodField(
        help_text="The paths of interests, with amounts; null for those who may not know."
    )

    class Meta(OrganisationRowSerializer.Meta):
        fields = [*OrganisationRowSerializer.Meta.fields, "may_not_take_part", "conflicts", "transitions"]

    def get_may_not_take_part(self, organisation: Organisation) -> list[str]:
        return [conflict.name for conflict in organisation.conflicts_shown_to(self.user) or () if conflict.recuses]

    @extend_schema_field(ConflictSerializer(many=True, allow_null=True))
    def get_conflicts(self, organisation: Organisation) -> list[dict[str, Any]] | None:
        conflicts = organisation.conflicts_shown_to(self.user)
        if conflicts is None or not self.user.has_perm("vendors.view_interests"):
            return None
        return [
            {"person": str(conflict.insider), "sentence": conflict.sentence(), "recuses": conflict.recuses}
            for conflict in conflicts
        ]


class OrganisationFilterSet(SearchFilterSet):
    search = search_filter("Text in the name, the purpose, the jurisdiction or the LEI.")
    search_fields = ("name", "purpose", "jurisdiction", "lei")
    ordering = OrderingFilter("name", "status", "risk_tier", "approved_until", "created_at", "id")

    class Meta:
        model = Organisation
        fields = ["status", "kind", "risk_tier", "owner", "lei"]


class OrganisationViewSet(CheckedViewSet, EditableViewSet):
    """Organisations: ourselves, affiliates, vendors, and those that own them. A vendor is one that was proposed."""

    queryset = Organisation.objects.select_related("owner")
    serializer_class = OrganisationSerializer
    row_serializer_class = OrganisationRowSerializer
    rows_are_columns = True
    filterset_class = OrganisationFilterSet

    def get_queryset(self) -> Any:
        """Of an organisation that is on record twice, the list gives the record that stays."""
        found = super().get_queryset()
        return found.that_stay() if self.action == "list" else found  # type: ignore[attr-defined]

    @extend_schema(responses={200: {"type": "array", "items": {"type": "object"}}, **OWNERSHIP_REFUSED})
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def ownership(self, request: Request, **kwargs: str) -> Response:
        """The organisation and everybody who owns it, as statements by BODS 0.4."""
        organisation: Organisation = self.get_object()
        require(self.user, "vendors.view_ownership", organisation)
        return Response(export_bods(organisation))


class PersonSerializer(FormSerializer[Person]):
    form_class = PersonForm
    why = serializers.CharField(
        write_only=True, required=False, max_length=10_000, help_text="For the person who confirms a change."
    )
    user_name = name_of("user", null=True)
    same_as: Any = serializers.PrimaryKeyRelatedField(
        read_only=True,
        allow_null=True,
        help_text="The record of the same person that stays; null where it is this one.",
    )

    class Meta:
        model = Person
        fields = [
            "id",
            "name",
            "kind",
            "born",
            "nationality",
            "why_unnamed",
            "user",
            "user_name",
            "same_as",
            "closed_on",
            "why",
            "created_at",
            "revision",
        ]


class PersonFilterSet(SearchFilterSet):
    search = search_filter("Text in the name.")
    search_fields = ("name",)
    ordering = OrderingFilter("name", "kind", "created_at", "id")

    class Meta:
        model = Person
        fields = ["kind", "user"]


class PersonViewSet(EditableViewSet):
    """People of our house and those who own, run or profit from organisations."""

    queryset = Person.objects.select_related("user")
    serializer_class = PersonSerializer
    row_serializer_class = PersonSerializer
    filterset_class = PersonFilterSet

    def get_queryset(self) -> Any:
        """Of a person who is on record twice, the list gives the record that stays."""
        found = super().get_queryset()
        return found.that_stay() if self.action == "list" else found  # type: ignore[attr-defined]

    def events(self, record: Person) -> list[Event]:
        """The past of a person tells of relatives and departures, and so is for those who see interests."""
        sees = self.user.has_perm("vendors.view_interests") or record.user_id == self.user.pk
        return super().events(record) if sees else []


class InterestSerializer(FormSerializer[Interest]):
    """Legal records any interest; others declare their own, of which the portal fills in holder and source."""

    form_class = InterestForm
    read_here = ("holder_person",)
    why = serializers.CharField(
        write_only=True, required=False, max_length=10_000, help_text="For the person of legal who confirms a change."
    )
    holder_name = name_of("holder", null=True)
    organisation_name = name_of("organisation")

    class Meta:
        model = Interest
        fields = [
            "id",
            "organisation",
            "organisation_name",
            "holder_person",
            "holder_organisation",
            "holder_name",
            "holder_unspecified",
            "type",
            "directness",
            "beneficial",
            "share_exact",
            "share_min",
            "share_max",
            "share_min_exclusive",
            "share_max_exclusive",
            "starts_on",
            "ends_on",
            "source",
            "details",
            "why",
            "created_at",
            "revision",
        ]
        read_only_fields = ["holder_unspecified", "beneficial"]
        extra_kwargs = {"source": {"required": False}}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        self.declared = self.instance is None and self._is_own(attrs)
        if not self.declared and not self._may_record(attrs):
            raise PermissionDenied("Only legal records the interests of others. You can declare your own.")
        return attrs

    def make_form(self, record: Interest, values: dict[str, Any]) -> Any:
        if self.declared:
            return OwnInterestForm(values, instance=record, person=Person.of_user(self.user))
        return InterestForm(values, instance=record)

    def _is_own(self, attrs: dict[str, Any]) -> bool:
        """Whether the holder is the user, who need not be named unless legal could mean somebody else."""
        person: Person | None = attrs.get("holder_person")
        if attrs.get("holder_organisation"):
            return False
        return bool(person.user_id == self.user.pk) if person else not self._may_record(attrs)

    def _may_record(self, attrs: dict[str, Any]) -> bool:
        holder = {name: attrs.get(name) for name in ("holder_person", "holder_organisation")}
        return bool(self.user.has_perm("vendors.change_interest", Interest(**holder)))


class InterestFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the organisation or the holder.")
    search_fields = ("organisation__name", "holder_person__name", "holder_organisation__name")
    ordering = OrderingFilter("type", "starts_on", "ends_on", "created_at", "id")
    holder_person = django_filters.ModelChoiceFilter(
        queryset=lambda request: Person.objects.visible_to(request.user), label="The person who holds it."
    )

    class Meta:
        model = Interest
        fields = ["organisation", "holder_organisation", "type"]


class InterestViewSet(EditableViewSet):
    """Who holds or controls what, in the terms of BODS 0.4. Legal and auditors see all, others their own."""

    queryset = Interest.objects.select_related("organisation", "holder_person", "holder_organisation")
    serializer_class = InterestSerializer
    row_serializer_class = InterestSerializer
    filterset_class = InterestFilterSet


class DeclarationSerializer(serializers.ModelSerializer[InterestDeclaration]):
    person_name = name_of("person")
    lapses_on = serializers.DateField(read_only=True)

    class Meta:
        model = InterestDeclaration
        fields = ["id", "person", "person_name", "made_on", "lapses_on", "nothing", "created_at"]


class DeclarationFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the person.")
    search_fields = ("person__name",)
    ordering = OrderingFilter("made_on", "id")
    person = django_filters.ModelChoiceFilter(
        queryset=lambda request: Person.objects.visible_to(request.user), label="Who declared."
    )

    class Meta:
        model = InterestDeclaration
        fields = ["nothing"]


class DeclarationViewSet(ReadViewSet):
    """What our people declare each year: nothing, or the interests on record. Others see only their own."""

    queryset = InterestDeclaration.objects.select_related("person")
    serializer_class = DeclarationSerializer
    filterset_class = DeclarationFilterSet

    @takes_nothing
    def create(self, request: Request, **kwargs: str) -> Response:
        """Declare for a year that your interests on record are all you have, or that you have none."""
        made = InterestDeclaration.declare(by=self.user)
        return Response(self.represent(made.pk), status=status.HTTP_201_CREATED)


class SamenessRowSerializer(serializers.ModelSerializer[Sameness]):
    question = serializers.CharField(source="__str__", read_only=True)

    class Meta:
        model = Sameness
        fields = [
            "id",
            "question",
            "organisation",
            "other_organisation",
            "person",
            "other_person",
            "grounds",
            "status",
            "created_at",
            "revision",
        ]
        read_only_fields = fields


class SamenessSerializer(GovernedSerializer, SamenessRowSerializer):
    class Meta(SamenessRowSerializer.Meta):
        fields = [*SamenessRowSerializer.Meta.fields, "transitions"]


class SamenessFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of one of the two organisations.")
    search_fields = ("organisation__name", "other_organisation__name")
    ordering = OrderingFilter("status", "created_at", "id")

    class Meta:
        model = Sameness
        fields = ["status"]


class SamenessViewSet(GovernedViewSet):
    """Questions whether two records are of one organisation or one person, which legal and privacy answer together."""

    queryset = Sameness.objects.all().with_records()
    serializer_class = SamenessSerializer
    row_serializer_class = SamenessRowSerializer
    filterset_class = SamenessFilterSet
