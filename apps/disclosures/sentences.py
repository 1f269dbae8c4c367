"""Texts that people read, and the places of their sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, Protocol, TypeVar


def tidy(text: str) -> str:
    """The text in one form, so that its digest does not depend on who typed it where."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def find_sentence(text: str, sentence: str, *, near: int = 0) -> tuple[int, int] | None:
    """Where a sentence stands in a text, wherever its lines break; the place closest to `near` if in several."""
    words = unicodedata.normalize("NFC", sentence).split()
    if not words:
        return None
    places = [match.span() for match in re.finditer(r"\s+".join(map(re.escape, words)), text)]
    return min(places, key=lambda place: abs(place[0] - near), default=None)


@dataclass(frozen=True)
class Passage:
    """A stretch of a text, with the numbers of those quotes that cover it."""

    text: str
    numbers: tuple[int, ...] = ()
    # The numbers of quotes that begin here.
    begins: tuple[int, ...] = ()


class Quote(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


QuoteT = TypeVar("QuoteT", bound=Quote)


@dataclass(frozen=True)
class Quoted(Generic[QuoteT]):
    """One stretch of a text, with everything that rests on it."""

    start: int
    end: int
    claims: list[QuoteT]


def by_sentence(claims: Iterable[QuoteT]) -> list[Quoted[QuoteT]]:
    """The claims under their sentences, in the order of the text."""
    found: dict[tuple[int, int], list[QuoteT]] = {}
    for claim in claims:
        found.setdefault((claim.start, claim.end), []).append(claim)
    return [Quoted(start, end, those) for (start, end), those in sorted(found.items())]


def passages(text: str, quotes: Sequence[Quote]) -> list[Passage]:
    """The text in stretches, at whose borders quotes begin or end. Quotes are numbered from 1, and may overlap."""
    borders = sorted({0, len(text), *(quote.start for quote in quotes), *(quote.end for quote in quotes)})
    numbered = list(enumerate(quotes, start=1))
    return [
        Passage(
            text[start:end],
            tuple(number for number, quote in numbered if quote.start <= start and quote.end >= end),
            tuple(number for number, quote in numbered if quote.start == start),
        )
        for start, end in pairwise(borders)
    ]
