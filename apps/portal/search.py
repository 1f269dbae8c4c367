"""Finding what one may see by name, identifier or number: one query for each kind of record."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When, Window
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.accounts.models import User
from apps.agreements.models import Agreement, Transfer
from apps.consents.models import Cohort, ConsentImport, Screening
from apps.core.badges import tone_of
from apps.core.search import holding, holding_phrase
from apps.core.text import folded, words_of
from apps.datasets.models import Dataset
from apps.disclosures.models import NoticeVersion, PublicStatement
from apps.findings.models import Finding, Requirement
from apps.portal.visibility import visible
from apps.vendors.models import Organisation, Person

MOST_OF_EACH, MOST_OF_ONE = 10, 100
LONGEST_SEARCH = 200
AROUND = 60  # letters shown on either side of a match in a long text
NUMBER = re.compile(r"(?:(?P<kind>[a-z ]+) )?(?:no\. ?|#)?(?P<number>[0-9]{1,18})")
# How a record is found, the best first.
EXACT, STARTS, HOLDS = range(3)


@dataclass(frozen=True)
class Kind:
    """A kind of record: its fields, the name first, and the line that is shown under the name."""

    key: str
    label: str
    model: Any
    fields: tuple[str, ...]
    line: Callable[[Any], str]
    keys: tuple[str, ...] = ()

    def rows(self, user: User) -> QuerySet[Any]:
        rows: QuerySet[Any] = visible(User, user) if self.model is User else self.model.objects.visible_to(user)
        # Of what is on record twice, the record that stays.
        return rows.that_stay() if hasattr(rows, "that_stay") else rows

    def is_called(self, word: str | None) -> bool:
        """Whether "agreement" of "agreement 12" is this kind; a number alone may be of any."""
        return not word or word in (self.key, self.key.removesuffix("s"), str(self.model._meta.verbose_name).lower())


SEARCHED = [
    Kind(
        "agreements",
        "Agreements",
        Agreement,
        ("title", "purpose"),
        lambda a: f"With {a.counterparty}",
        ("counterparty",),
    ),
    Kind(
        "transfers",
        "Transfers",
        Transfer,
        ("dataset__name", "recipient__name", "dataset_words", "recipient_words"),
        lambda t: t.title,
        ("dataset", "recipient"),
    ),
    Kind(
        "vendors",
        "Vendors and organisations",
        Organisation,
        ("name", "lei", "identifiers__value", "purpose", "other_names", "twins__name"),
        lambda o: o.purpose or o.get_kind_display(),
    ),
    Kind("people", "People", Person, ("name",), lambda p: "Has an account here" if p.user_id else ""),
    Kind("datasets", "Datasets", Dataset, ("name", "description"), lambda d: f"Kept by {d.owner}", ("owner",)),
    Kind("cohorts", "Cohorts", Cohort, ("name",), lambda c: f"{c.size:,} people"),
    Kind(
        "screenings",
        "Screenings",
        Screening,
        ("cohort__name",),
        lambda s: f"{s.permitted:,} of {s.members:,} permitted",
        ("cohort",),
    ),
    Kind("imports", "Imports of answers", ConsentImport, ("file_name",), lambda i: f"{i.rows:,} answers"),
    Kind(
        "disclosures",
        "Versions of notices",
        NoticeVersion,
        ("notice__product", "label", "text"),
        lambda v: f"In force from {v.effective_from:%-d %b %Y}",
        ("notice",),
    ),
    Kind(
        "statements",
        "Public statements",
        PublicStatement,
        ("title", "text", "organisation__name"),
        lambda s: f"About {s.organisation}, {s.said_on:%-d %b %Y}",
        ("organisation",),
    ),
    Kind(
        "findings",
        "Findings",
        Finding,
        ("fact", "requirement__code", "requirement__title"),
        lambda f: f"Rule: {f.requirement}",
        ("requirement",),
    ),
    Kind("rules", "Rules", Requirement, ("title", "code", "sentence"), lambda r: r.sentence),
    Kind("users", "Users", User, ("full_name", "email"), lambda u: u.email),
]


@dataclass(frozen=True)
class Found:
    title: str
    line: str
    url: str
    state: str
    tone: str


@dataclass(frozen=True)
class Group:
    kind: Kind
    total: int
    found: list[Found]


def search_all(user: User, words: str, only: str = "") -> list[Group]:
    """What holds the words, by kind; of the kind `only` there are more."""
    return [_group(kind, user, words, MOST_OF_ONE if kind.key == only else MOST_OF_EACH) for kind in SEARCHED]


def _group(kind: Kind, user: User, words: str, most: int) -> Group:
    number = NUMBER.fullmatch(words.lower())
    # "agreement 12" is no search for whatever speaks of an agreement and of 2012.
    matches = (holding_phrase if number else holding)(words, *kind.fields)
    by_number = Q(pk=int(number["number"])) if number and kind.is_called(number["kind"]) else Q(pk__in=[])
    pks = kind.rows(user).filter(matches | by_number).order_by().values("pk")
    rank = Case(
        When(by_number | _first_field(kind, folded(words), "exact"), then=Value(EXACT)),
        When(_first_field(kind, folded(words), "startswith"), then=Value(STARTS)),
        default=Value(HOLDS),
        output_field=IntegerField(),
    )
    # A join to several identifiers would give a record twice, hence the keys first.
    rows = (
        kind.model.objects.filter(pk__in=pks).select_related(*kind.keys).annotate(rank=rank, total=Window(Count("pk")))
    )
    records = list(rows.order_by("rank", *kind.model._meta.ordering)[:most])
    return Group(kind, records[0].total if records else 0, [_found(kind, record, words) for record in records])


def _first_field(kind: Kind, words: str, how: str) -> Q:
    """Names and identifiers count more than long texts."""
    wanted = Q(**{f"{kind.fields[0]}__folded__{how}": words})
    for field in kind.fields[1:]:
        if "__" not in field and field in ("lei", "code", "email"):
            wanted |= Q(**{f"{field}__folded__{how}": words})
    return wanted


def _found(kind: Kind, record: Any, words: str) -> Found:
    title = str(record)
    state = record.get_status_display() if hasattr(record, "get_status_display") else ""
    by_title = _first_place(title, words) is not None
    line = kind.line(record) if by_title else _passage(kind, record, words) or kind.line(record)
    return Found(title, line, record.get_absolute_url(), state, tone_of(getattr(record, "status", "")))


def _passage(kind: Kind, record: Any, words: str) -> str:
    """The part of a long text around the match."""
    for field in kind.fields:
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
