from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from apps.accounts.invitations import address_of


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by administrators or by single sign-on, never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: Any, password: str) -> None:
        """The password and what ends with it, both or neither."""
        with transaction.atomic():
            super().set_password(user, password)

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, signed = key.partition("-")
        return address_of(uid, signed)
