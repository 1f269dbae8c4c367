"""Who asks: found in one query with the roles that they hold, since every request begins with it."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from apps.accounts.models import ApiToken, RoleGrant, User
from apps.core import clock
from apps.core.compiled import CompiledQuery, given


class SessionBackend(AuthenticationBackend):
    """Signs people in as allauth does."""

    def get_user(self, user_id: int) -> User | None:
        found = USER_OF_SESSION.rows(key=user_id, now=clock.now())
        user = _user_of(found[0]) if found else None
        return user if user and self.user_can_authenticate(user) else None


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
    """With whose it is."""
    found = USABLE_TOKEN.rows(digest=ApiToken.digest_of(key), now=clock.now())
    if not found:
        return None
    row = found[0]
    token: ApiToken = ApiToken.from_db("default", TOKEN_COLUMNS, row[: len(TOKEN_COLUMNS)])
    token.user = _user_of(row[len(TOKEN_COLUMNS) :])
    return token


def _user_of(row: tuple[Any, ...]) -> User:
    *columns, roles = row
    user: User = User.from_db("default", USER_COLUMNS, columns)
    user.roles = frozenset(roles)
    return user


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _roles_of(user: str) -> ArraySubquery:
    held = RoleGrant.objects.in_effect(given("now")).filter(user=models.OuterRef(user)).order_by()
    return ArraySubquery(held.values("role__name"))


def _token_with_digest() -> Any:
    tokens = ApiToken.objects.usable(given("now")).filter(digest=given("digest")).order_by()
    return tokens.values_list(*TOKEN_COLUMNS, *(f"user__{name}" for name in USER_COLUMNS), _roles_of("user"))


def _user_with_key() -> Any:
    return User.objects.filter(pk=given("key")).order_by().values_list(*USER_COLUMNS, _roles_of("pk"))


TOKEN_COLUMNS, USER_COLUMNS = _columns(ApiToken), _columns(User)
USABLE_TOKEN = CompiledQuery(_token_with_digest)
USER_OF_SESSION = CompiledQuery(_user_with_key)
