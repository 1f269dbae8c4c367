"""Which passwords are refused, and what ends when one is changed."""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError

from apps.accounts.models import User

# What fingers and heads go along: each is read in both directions, and digits go round.
ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
RUNS = tuple(chain(ROWS, (row[::-1] for row in ROWS)))
REPEATED = re.compile(r"(.+?)\1+")
# Shorter ones stand in ordinary words.
SHORTEST_PART = 3


class NotGuessable:
    """Refuses what is a name of the person, a row of keys, or one thing over and over, with little else.

    Each of these counts as one character; then enough has to be left.
    """

    def __init__(self, left: int = 8) -> None:
        self.left = left

    def validate(self, password: str, user: User | None = None) -> None:
        rest = password.lower()
        for part in _parts_of(user):
            rest = rest.replace(part, "*")
        rest = _without_runs(REPEATED.sub(r"\1", rest))
        if len(rest) < self.left:
            raise ValidationError(f"This password is easy to guess. {self.get_help_text()}", code="password_guessable")

    def get_help_text(self) -> str:
        return "Your name, your address, rows such as 123456 or qwerty, and repetitions hardly count: use other words."


class EndsTokens:
    """Refuses nothing. Django tells validators of every new password, wherever it was chosen."""

    def validate(self, password: str, user: User | None = None) -> None: ...

    def get_help_text(self) -> str:
        return "Your tokens for the API end when you change your password."

    def password_changed(self, password: str, user: User | None = None) -> None:
        if user and user.pk:
            user.end_tokens(by=user, reason="change password")


def _parts_of(user: Any) -> list[str]:
    """The words of the person's name and address, longest first."""
    text = f"{getattr(user, 'full_name', '')} {getattr(user, 'email', '')}".lower()
    return sorted({part for part in re.split(r"[\W_]+", text) if len(part) >= SHORTEST_PART}, key=len, reverse=True)


def _without_runs(text: str) -> str:
    """With each run of three or more neighbours as one character."""
    kept, at = "", 0
    while at < len(text):
        end = at + 1
        while end < len(text) and any(text[at : end + 1] in row for row in RUNS):
            end += 1
        kept += text[at] if end - at >= SHORTEST_PART else text[at:end]
        at = end
    return kept
