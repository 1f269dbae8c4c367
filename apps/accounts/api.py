"""Accounts, roles and one's own tokens through the API."""

from __future__ import annotations

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.forms import TokenForm
from apps.accounts.models import ApiToken, Role, RoleGrant, User
from apps.core import clock
from apps.core.api import ErrorSerializer
from apps.core.permissions import require
from apps.core.queries import BooleanFilter
from apps.core.requests import Body, takes_nothing
from apps.core.scopes import Scope
from apps.ledger.api import (
    IdField,
    OrderingFilter,
    ReadViewSet,
    RecordViewSet,
    SearchFilterSet,
    ShownSerializer,
    form_errors,
    name_of,
    search_filter,
)

SCOPES = serializers.ListField(child=serializers.ChoiceField(choices=[scope.value for scope in Scope]))
ROLES = [(role.value, role.value) for role in Role]


class UserSerializer(serializers.ModelSerializer[User]):
    roles = serializers.SerializerMethodField(help_text="The roles in effect.")

    class Meta:
        model = User
        fields = ["id", "full_name", "email", "is_active", "is_service", "roles", "created_at", "revision"]

    def get_roles(self, user: User) -> list[str]:
        if not user.is_active:
            return []
        now = clock.now()
        grants = [g for g in user.grants.all() if g.ended_at is None and g.effective_at and g.effective_at <= now]
        return sorted(grant.role.name for grant in grants)


class UserFilterSet(SearchFilterSet):
    search = search_filter("Text in the name or the address.")
    search_fields = ("full_name", "email")
    ordering = OrderingFilter("full_name", "email", "created_at", "id")

    class Meta:
        model = User
        fields = ["is_active", "is_service"]


class UserViewSet(RecordViewSet):
    """Accounts. Administrators and auditors see all of them, everybody else their own."""

    queryset = User.objects.prefetch_related("grants__role")
    serializer_class = UserSerializer
    filterset_class = UserFilterSet


class RoleGrantSerializer(Body, serializers.ModelSerializer[RoleGrant]):
    serializer_related_field = IdField
    role = serializers.ChoiceField(choices=ROLES, source="role.name")
    user_name = name_of("user")
    granted_by_name = name_of("granted_by", null=True)
    confirmed_by_name = name_of("confirmed_by", null=True)

    class Meta:
        model = RoleGrant
        fields = [
            "id",
            "user",
            "user_name",
            "role",
            "granted_by",
            "granted_by_name",
            "confirmed_by",
            "confirmed_by_name",
            "effective_at",
            "ended_at",
            "created_at",
            "revision",
        ]
        read_only_fields = ["granted_by", "confirmed_by", "effective_at", "ended_at", "revision"]


class RoleGrantFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the person or the role.")
    search_fields = ("user__full_name", "role__name")
    ordering = OrderingFilter("effective_at", "ended_at", "created_at", "id")
    role = django_filters.ChoiceFilter(field_name="role__name", choices=ROLES, label="The role.")
    current = BooleanFilter(field_name="ended_at", lookup_expr="isnull", label="Not ended.")

    class Meta:
        model = RoleGrant
        fields = ["user"]


class RoleGrantViewSet(RecordViewSet):
    """Who holds which role, and since when. Administrators grant; a deciding role needs a second one of them."""

    queryset = RoleGrant.objects.select_related("user", "role", "granted_by", "confirmed_by")
    serializer_class = RoleGrantSerializer
    filterset_class = RoleGrantFilterSet

    def _require_administrator(self) -> None:
        require(self.user, "accounts.grant_role")

    def create(self, request: Request, **kwargs: str) -> Response:
        """Grant a role."""
        self._require_administrator()
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        made = RoleGrant.grant(wanted["user"], Role(wanted["role"]["name"]), by=self.user)
        return Response(self.represent(made.pk), status=status.HTTP_201_CREATED)

    @extend_schema(request=ShownSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, **kwargs: str) -> Response:
        """Let a deciding role take effect, as the second administrator."""
        grant: RoleGrant = self.get_shown(ShownSerializer(data=request.data))
        self._require_administrator()
        grant.confirm(by=self.user)
        return Response(self.represent(grant.pk))

    @extend_schema(request=ShownSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, **kwargs: str) -> Response:
        """Take the role back."""
        grant: RoleGrant = self.get_shown(ShownSerializer(data=request.data))
        self._require_administrator()
        grant.end(by=self.user)
        return Response(self.represent(grant.pk))


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    scopes = serializers.SerializerMethodField()
    made_with = serializers.IntegerField(
        source="parent_id", allow_null=True, help_text="The token with which it was made."
    )
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To within five minutes.")

    class Meta:
        model = ApiToken
        fields = ["id", "name", "scopes", "made_with", "expires_at", "revoked_at", "last_used_at", "created_at"]
        read_only_fields = fields

    @extend_schema_field(SCOPES)
    def get_scopes(self, token: ApiToken) -> list[str]:
        return [scope for scope in Scope if scope in token.held]


class IssueSerializer(Body):
    name = serializers.CharField(max_length=100, help_text="What the token is for.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=[scope.value for scope in Scope]),
        allow_empty=False,
        max_length=len(Scope),
        default=[Scope.READ.value],
        help_text="What it may be used for. Write and decide include reading.",
    )
    days = serializers.IntegerField(min_value=1, max_value=365, default=ApiToken.LASTS.days)


class IssuedSerializer(TokenSerializer):
    key = serializers.CharField(help_text="Shown this once.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "key"]


class TokenFilterSet(SearchFilterSet):
    search = search_filter("Text in the name.")
    search_fields = ("name",)
    ordering = OrderingFilter("name", "expires_at", "created_at", "id")
    revoked = BooleanFilter(
        field_name="revoked_at", lookup_expr="isnull", exclude=True, label="Whether it was revoked."
    )

    class Meta:
        model = ApiToken
        fields: list[str] = []


class TokenViewSet(ReadViewSet):
    """Your own tokens."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer
    filterset_class = TokenFilterSet
    shown_once = ("create",)
    scopes = dict.fromkeys(("create", "revoke"), Scope.WRITE)

    @extend_schema(
        request=IssueSerializer,
        responses={201: IssuedSerializer, **dict.fromkeys((400, 401, 403, 406, 413, 415), ErrorSerializer)},
    )
    def create(self, request: Request, **kwargs: str) -> Response:
        """Make a token. One that is made with a token has no other scopes, does not outlast it and ends with it."""
        given = IssueSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        form = TokenForm(given.validated_data)
        if not form.is_valid():
            raise serializers.ValidationError(form_errors(form))
        parent = request.auth if isinstance(request.auth, ApiToken) else None
        token, key = form.issue_for(self.user, parent=parent)
        shown = {**TokenSerializer(token).data, "key": key}
        return Response(shown, status=status.HTTP_201_CREATED)

    @takes_nothing
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **kwargs: str) -> Response:
        """Let the token, and those that were made with it, no longer be used."""
        token: ApiToken = self.get_object()
        token.revoke(by=self.user)
        return Response(self.represent(token.pk))
