from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from apps.accounts.models import ApiToken, RoleGrant, User
from apps.core import clock
from apps.core.compiled import CompiledQuery, given


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token KEY`. Unknown, expired and revoked keys are told apart to nobody."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, key = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"token":
            return None
        token = usable_token(key.strip().decode("latin-1"))
        if token is None:
            raise exceptions.AuthenticationFailed("This token is unknown, expired or revoked.")
        token.note_use()
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


def usable_token(key: str) -> ApiToken | None:
    """With whose it is and the roles that they hold, in one query: every call of the API begins with it."""
    found = USABLE.rows(digest=ApiToken.digest_of(key), now=clock.now())
    if not found:
        return None
    row = found[0]
    token: ApiToken = ApiToken.from_db("default", TOKEN_COLUMNS, row[: len(TOKEN_COLUMNS)])
    token.user = User.from_db("default", USER_COLUMNS, row[len(TOKEN_COLUMNS) : -1])
    token.user.roles = frozenset(row[-1])
    return token


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _usable_with_digest() -> Any:
    roles = RoleGrant.objects.in_effect(given("now")).filter(user=models.OuterRef("user")).order_by()
    tokens = ApiToken.objects.usable(given("now")).filter(digest=given("digest")).order_by()
    of_user = [f"user__{name}" for name in USER_COLUMNS]
    return tokens.values_list(*TOKEN_COLUMNS, *of_user, ArraySubquery(roles.values("role__name")))


TOKEN_COLUMNS, USER_COLUMNS = _columns(ApiToken), _columns(User)
USABLE = CompiledQuery(_usable_with_digest)
