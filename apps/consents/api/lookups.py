"""Looking up one person through the API."""

from __future__ import annotations

from allauth.core import ratelimit
from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.consents.api.answers import PersonKeyField
from apps.consents.forms import LookupForm
from apps.consents.intake.rows import LONGEST_KEY
from apps.consents.models import SubjectLookup
from apps.consents.people.record import consent_record
from apps.consents.people.services import look_up
from apps.consents.rules import MAY_LOOK_UP
from apps.consents.views.subjects import TOO_MANY
from apps.core.api import ErrorSerializer
from apps.core.requests import Body
from apps.core.scopes import Scope
from apps.ledger.api import OrderingFilter, RecordViewSet, SearchFilterSet, form_errors, name_of, search_filter


class LookupSerializer(serializers.ModelSerializer[SubjectLookup]):
    by_name = name_of("by")

    class Meta:
        model = SubjectLookup
        fields = ["id", "by", "by_name", "at", "reason", "subject", "forgotten_at", "forgotten_because"]


class AskedSerializer(Body):
    key = PersonKeyField(
        max_length=LONGEST_KEY, write_only=True, help_text="What the person goes by in your files. Kept nowhere."
    )
    reason = serializers.CharField(max_length=500, help_text="Stays on record with your name.")


class FoundSerializer(LookupSerializer):
    record = serializers.DictField(
        allow_null=True,
        help_text="The consent record by ISO/IEC TS 27560; null when nobody is known by this key.",
    )

    class Meta(LookupSerializer.Meta):
        fields = [*LookupSerializer.Meta.fields, "record"]


class LookupFilterSet(SearchFilterSet):
    search = search_filter("Text in the reason.")
    search_fields = ("reason",)
    ordering = OrderingFilter("at", "id")

    class Meta:
        model = SubjectLookup
        fields = ["by"]


class LookupViewSet(RecordViewSet):
    """Who looked up a person, when and why. Privacy looks up; what is answered is shown once."""

    queryset = SubjectLookup.objects.select_related("by")
    serializer_class = LookupSerializer
    filterset_class = LookupFilterSet
    # Neither the answer nor a digest of the key may be kept for whoever sends it again.
    shown_once = ("create",)
    scopes = {"create": Scope.WRITE}

    @extend_schema(
        request=AskedSerializer,
        responses={
            201: FoundSerializer,
            **dict.fromkeys((400, 401, 403, 406, 413, 415, 429), ErrorSerializer),
        },
    )
    def create(self, request: Request, **kwargs: str) -> Response:
        """Look up a person, with a reason. That you did, and why, stays on record."""
        if not self.user.has_perm("consents.look_up_subject"):
            raise PermissionDenied(MAY_LOOK_UP)
        if not ratelimit.consume(request, action="subject_lookup", user=self.user):
            raise exceptions.Throttled(detail=TOO_MANY)
        given = AskedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        form = LookupForm(given.validated_data)
        if not form.is_valid():
            raise serializers.ValidationError(form_errors(form))
        found = look_up(form.cleaned_data["key"], reason=form.cleaned_data["reason"], by=self.user)
        record = consent_record(found.subject).as_json() if found.subject else None
        return Response({**LookupSerializer(found).data, "record": record}, status=status.HTTP_201_CREATED)
