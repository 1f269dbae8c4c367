"""A list page: filters that live in the URL, sortable columns, page size, and an export of what is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_filters import FilterSet
from django_tables2 import RequestConfig, Table

from apps.core.exports import MAKERS, exported
from apps.core.names import no_such, repeated, shown
from apps.core.queries import in_full_order, misread
from apps.core.withheld import withheld_line

# What an address may carry beside the filters of its list.
OF_LISTS = ("sort", "page", "per_page", "export")
# What mails and other pages add to links that lead here.
OF_OTHERS = re.compile("utm_.*|fbclid|gclid|mc_cid|mc_eid")
PAGE_SIZE, MOST_ROWS = 25, 100
EXPORTS = {"xlsx": "Export to Excel", "csv": "Export as CSV"}


@dataclass(frozen=True)
class FilterInUse:
    label: str
    value: str
    remove_url: str


def render_list(
    request: HttpRequest,
    queryset: QuerySet[Any],
    *,
    table: type[Table],
    filterset: type[FilterSet],
    heading: str,
    purpose: str,
    create: tuple[str, str] | None = None,
    links: Sequence[tuple[str, str]] = (),
    empty: str = "Nothing is recorded here yet.",
    template: str = "components/list_page.html",
    **more: Any,
) -> HttpResponseBase:
    """The page of a list, or all of it as a file with `?export=csv` or `?export=xlsx`. What the address says must mean
    something: a filter that is not understood shows no rows, so that nobody takes all of them for those that were asked
    for.

    `create` is (url, label) of the button that adds one.

    A template of its own extends components/list_page.html; `more` is for that one.
    `links` are (url, label) of lists that belong to this one.
    """
    filtered = filterset(request.GET, queryset=queryset, request=request)
    rows = table(filtered.qs, empty_text=empty)
    not_understood = misunderstood(request, filtered, rows)
    withheld = withheld_line(queryset.model, request.user)
    if not_understood:
        rows = table(queryset.none(), empty_text="No rows are shown, because the list would not be the one asked for.")
    elif (kind := request.GET.get("export", "")) in MAKERS:
        return exported(request, table, filtered.qs, heading, kind, withheld)
    # It would take any size of a page from the address.
    RequestConfig(request, paginate=False).configure(rows)
    rows.data.data = in_full_order(rows.data.data)
    rows.paginate(per_page=_page_size(request))
    rows.page = rows.paginator.get_page(request.GET.get("page"))
    context = {
        "heading": heading,
        "purpose": purpose,
        "filter": filtered,
        "not_understood": not_understood,
        "active_filters": [] if not_understood else filters_in_use(request, filtered),
        "table": rows,
        "withheld": withheld,
        "exports": [] if not_understood else _exports(request),
        "links": links,
        "create_url": create[0] if create else None,
        "create_label": create[1] if create else None,
        **more,
    }
    # htmx asks for the rows only, while somebody types into a filter; going back needs the whole page again.
    rows_only = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    name = "components/list_page.html#rows" if rows_only else template
    # htmx would not show the sentence of an answer that refuses.
    status = 400 if not_understood and not rows_only else 200
    response = render(request, name, {**context, "rows_only": rows_only}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def misunderstood(request: HttpRequest, filtered: FilterSet, rows: Table) -> list[str]:
    """A sentence for each name or value in the address that means nothing here."""
    names = [*filtered.form.fields, *OF_LISTS]
    sentences = [
        no_such("filter", name, list(filtered.form.fields))
        for name in request.GET
        if name not in names and not OF_OTHERS.fullmatch(name)
    ]
    sentences += [sentence for name, sentence in repeated(request.GET) if name in names]
    for name, problems in misread(filtered):
        label = filtered.form.fields[name].label or name
        sentences += [f"{label}: {problem}" for problem in problems]
    return sentences + _unreadable(request, rows)


def _unreadable(request: HttpRequest, rows: Table) -> list[str]:
    """Of what is no filter: the order, the page, and how it is exported."""
    order, sentences = request.GET.get("sort", "").removeprefix("-"), []
    columns = [column.name for column in rows.columns if column.orderable]
    if order and order not in columns:
        sentences.append(no_such("column to sort by", order, columns))
    for name, most in (("page", ""), ("per_page", f" of at most {MOST_ROWS}")):
        value = request.GET.get(name, "1")
        if not re.fullmatch("[1-9][0-9]{0,8}", value) or (most and int(value) > MOST_ROWS):
            sentences.append(f"{name}: “{shown(value)}” is not a number{most}.")
    if (export := request.GET.get("export")) is not None and export not in EXPORTS:
        sentences.append(f"A list is not exported as “{shown(export)}”. Use one of {', '.join(EXPORTS)}.")
    return sentences


def filters_in_use(request: HttpRequest, filtered: FilterSet) -> list[FilterInUse]:
    """The filters in use as words that one can take away."""
    used = []
    form = filtered.form
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name) if form.is_valid() else None
        if value in (None, "", []):
            continue
        words = dict(getattr(field, "choices", [])).get(value, value)
        used.append(FilterInUse(str(field.label or name), str(words), f"?{_query(request, drop=name)}"))
    return used


def _page_size(request: HttpRequest) -> int:
    wanted = request.GET.get("per_page", "")
    return int(wanted) if wanted.isdecimal() and len(wanted) < 5 else PAGE_SIZE


def _exports(request: HttpRequest) -> list[tuple[str, str]]:
    return [(f"?{_query(request, export=kind)}", label) for kind, label in EXPORTS.items()]


def _query(request: HttpRequest, drop: str = "", **extra: str) -> str:
    query = request.GET.copy()
    for name in (drop, "page"):
        query.pop(name, None)
    for name, value in extra.items():
        query[name] = value
    return query.urlencode()
