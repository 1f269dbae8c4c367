"""Links with which people choose a password. They work once, for some days, and are mailed to the person alone."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse

from apps.accounts.models import User


class LinkTokens(PasswordResetTokenGenerator):
    """What signs the links. One ends with a new password, a newer invitation, and the closing of the account."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)} {user.sessions_ended_at} {user.invited_at}"


def link_to_password(user: User) -> str:
    return address_of(user_pk_to_url_str(user), LinkTokens().make_token(user))


def address_of(uid: str, key: str) -> str:
    """Begins with the portal's own address, whatever host and port the request names."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    return f"{settings.PORTAL_URL}{path}"


def send_invitation(user: User) -> None:
    context = {"user": user, "link": link_to_password(user), "portal": settings.PORTAL_URL}
    get_adapter().send_mail("accounts/email/invitation", user.email, context)
