"""Texts that people read, and the places of their sentences."""

from __future__ import annotations

import re
import unicodedata


def tidy(text: str) -> str:
    """The text in one form, so that its digest does not depend on who typed it where."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def find_sentence(text: str, sentence: str, *, near: int = 0) -> tuple[int, int] | None:
    """Where a sentence stands in a text, wherever its lines break; the place closest to `near` if in several."""
    words = sentence.split()
    if not words:
        return None
    places = [match.span() for match in re.finditer(r"\s+".join(map(re.escape, words)), text)]
    return min(places, key=lambda place: abs(place[0] - near), default=None)
