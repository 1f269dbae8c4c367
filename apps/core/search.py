"""Looking for words as people type them: without case, accents, width or order.

The database folds what it holds by the same rule as `folded`, with functions that every server has
(docs/decisions/0038-searching-needs-no-extension.md).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import CharField, Q, TextField, Transform

from apps.core.text import MARKS, folded, words_of

# What the `lower` of a server may leave as it is: its locale decides. Letters of Latin, Greek, Cyrillic and Armenian
# script that no normal form takes apart, and signs that are written in several ways.
_SIGNS = [chr(number) for number in (*range(0x80, 0x590), *range(0x2010, 0x2040), 0x1E9E, 0x2212)]
_ALIKE = {sign: folded(sign) for sign in _SIGNS if unicodedata.normalize("NFKD", sign) == sign and folded(sign) != sign}
_FROM = "".join(sign for sign, other in _ALIKE.items() if len(other) == 1)
_TO = "".join(other for other in _ALIKE.values() if len(other) == 1)
_LONGER = {sign: other for sign, other in _ALIKE.items() if len(other) > 1}
_SPACES = "[\t-\r\x1c-\x20\x85\u1680\u2028\u2029]+"


@CharField.register_lookup
@TextField.register_lookup
class Folded(Transform):
    """`name__folded__contains=…` compares what `folded` makes of both."""

    lookup_name = "folded"
    output_field = TextField()

    def as_sql(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        held, params = compiler.compile(self.lhs)
        sql = f"translate(lower(regexp_replace(normalize({held}::text, NFKD), %s::text, '', 'g')), %s::text, %s::text)"
        params = [*params, MARKS, _FROM, _TO]
        for sign, other in _LONGER.items():
            sql, params = f"replace({sql}, %s::text, %s::text)", [*params, sign, other]
        return f"normalize(btrim(regexp_replace({sql}, %s::text, ' ', 'g')), NFC)", [*params, _SPACES]


def holding(words: str, *fields: str) -> Q:
    """Rows in which each of the words stands, in whichever of the fields and in whatever order."""
    found = Q()
    for word in words_of(words):
        found &= holding_phrase(word, *fields)
    return found


def holding_phrase(words: str, *fields: str) -> Q:
    """Rows in which the words stand as they were given, in one of the fields."""
    found = Q(pk__in=[])
    for field in fields:
        found |= Q(**{f"{field}__folded__contains": folded(words)})
    return found


class SearchFilter(django_filters.CharFilter):
    """The field of a list that looks for words in these columns."""

    def __init__(self, *fields: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields: Sequence[str] = fields

    def filter(self, qs: Any, value: str) -> Any:
        return qs.filter(holding(value, *self.fields)) if value else qs
