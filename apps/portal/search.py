"""Finding what one may see by name, identifier or number: one query for each kind of record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When, Window
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.accounts.models import User
from apps.core.badges import tone_of
from apps.core.search import holding, holding_phrase
from apps.core.text import folded, words_of
from apps.portal.visibility import visible
from apps.records.kind import Kind
from apps.records.registry import kinds

MOST_OF_EACH, MOST_OF_ONE = 10, 100
LONGEST_SEARCH = 200
AROUND = 60  # letters shown on either side of a match in a long text
NUMBER = re.compile(r"(?:(?P<kind>[a-z ]+) )?(?:no\. ?|#)?(?P<number>[0-9]{1,18})")
# How a record is found, the best first.
EXACT, STARTS, HOLDS = range(3)


def searched() -> list[Kind[Any]]:
    """The kinds that are looked through, in the order of their addresses."""
    return [kind for kind in kinds() if kind.searched]


def rows_of(kind: Kind[Any], user: User) -> QuerySet[Any]:
    rows: QuerySet[Any] = visible(User, user) if kind.model is User else kind.model._default_manager.visible_to(user)
    # Of what is on record twice, the record that stays.
    return rows.that_stay() if hasattr(rows, "that_stay") else rows


def is_called(kind: Kind[Any], word: str | None) -> bool:
    """Whether "agreement" of "agreement 12" is this kind; a number alone may be of any."""
    return not word or word in (kind.key, kind.key.removesuffix("s"), str(kind.model._meta.verbose_name).lower())


@dataclass(frozen=True)
class Found:
    title: str
    line: str
    url: str
    state: str
    tone: str


@dataclass(frozen=True)
class Group:
    kind: Kind[Any]
    total: int
    found: list[Found]

    @property
    def label(self) -> str:
        """Of all its records: a search finds more organisations than those on the list of vendors."""
        return capfirst(str(self.kind.model._meta.verbose_name_plural))


def search_all(user: User, words: str, only: str = "") -> list[Group]:
    """What holds the words, by kind; of the kind `only` there are more."""
    return [_group(kind, user, words, MOST_OF_ONE if kind.key == only else MOST_OF_EACH) for kind in searched()]


def _group(kind: Kind[Any], user: User, words: str, most: int) -> Group:
    number = NUMBER.fullmatch(words.lower())
    # "agreement 12" is no search for whatever speaks of an agreement and of 2012.
    matches = (holding_phrase if number else holding)(words, *kind.searched)
    by_number = Q(pk=int(number["number"])) if number and is_called(kind, number["kind"]) else Q(pk__in=[])
    pks = rows_of(kind, user).filter(matches | by_number).order_by().values("pk")
    rank = Case(
        When(by_number | _first_field(kind, folded(words), "exact"), then=Value(EXACT)),
        When(_first_field(kind, folded(words), "startswith"), then=Value(STARTS)),
        default=Value(HOLDS),
        output_field=IntegerField(),
    )
    # A join to several identifiers would give a record twice, hence the keys first.
    rows = (
        kind.model._default_manager.filter(pk__in=pks)
        .select_related(*kind.related)
        .annotate(rank=rank, total=Window(Count("pk")))
    )
    records = list(rows.order_by("rank", *kind.model._meta.ordering)[:most])
    return Group(kind, records[0].total if records else 0, [_found(kind, record, words) for record in records])


def _first_field(kind: Kind[Any], words: str, how: str) -> Q:
    """Names and identifiers count more than long texts."""
    wanted = Q(**{f"{kind.searched[0]}__folded__{how}": words})
    for field in kind.searched[1:]:
        if "__" not in field and field in ("lei", "code", "email"):
            wanted |= Q(**{f"{field}__folded__{how}": words})
    return wanted


def _found(kind: Kind[Any], record: Any, words: str) -> Found:
    title = str(record)
    state = record.get_status_display() if hasattr(record, "get_status_display") else ""
    by_title = _first_place(title, words) is not None
    said = kind.line(record) if kind.line else ""
    line = said if by_title else _passage(kind, record, words) or said
    return Found(title, line, record.get_absolute_url(), state, tone_of(record))


def _passage(kind: Kind[Any], record: Any, words: str) -> str:
    """The part of a long text around the match."""
    for field in kind.searched:
        text = "" if "__" in field else str(getattr(record, field) or "")
        at = _first_place(text, words)
        if at is not None:
            start, end = max(at - AROUND, 0), at + len(words) + AROUND
            return f"{'…' if start else ''}{text[start:end].strip()}{'…' if end < len(text) else ''}"
    return ""


def _first_place(text: str, words: str) -> int | None:
    """Where the words stand in a text, or the first of them; None where not all do."""
    held, wanted, phrase = folded(text), words_of(words), folded(words)
    if not wanted or not all(word in held for word in wanted):
        return None
    first = wanted[0] if phrase not in held else phrase.split()[0]
    places = [part.start() for part in re.finditer(r"\S+", text) if first in folded(part[0])]
    whole = (at for at in places if phrase in folded(text[at : at + len(words) + AROUND]))
    return next(whole, places[0] if places else 0)


@require_safe
@login_required
def search(request: AuthedRequest) -> HttpResponse:
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH]
    only = request.GET.get("kind", "")
    groups = [group for group in search_all(request.user, words, only) if group.total] if words else []
    context = {
        "heading": "Search",
        "search_words": words,
        "facets": groups,
        "total": sum(group.total for group in groups),
        "only": only if any(group.kind.key == only for group in groups) else "",
        "groups": [group for group in groups if group.kind.key == only] or groups,
    }
    return render(request, "portal/search.html", context)
