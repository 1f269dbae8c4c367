from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from apps.accounts.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token KEY`. Unknown, expired and revoked keys are told apart to nobody."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, key = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"token":
            return None
        digest = ApiToken.digest_of(key.strip().decode("latin-1"))
        token = ApiToken.objects.usable().select_related("user").filter(digest=digest).first()
        if token is None:
            raise exceptions.AuthenticationFailed("This token is unknown, expired or revoked.")
        token.note_use()
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"
