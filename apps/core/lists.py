"""A list page: filters that live in the URL, sortable columns, page size, and an export of what is shown."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.text import slugify
from django_filters import FilterSet
from django_tables2 import RequestConfig, Table

PAGE_SIZE, MOST_ROWS = 25, 100
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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
) -> HttpResponse | StreamingHttpResponse:
    """The page of a list, or its CSV with `?export=csv`. `create` is (url, label) of the button that adds one.

    A template of its own extends components/list_page.html; `more` is for that one.
    `links` are (url, label) of lists that belong to this one.
    """
    filtered = filterset(request.GET, queryset=queryset, request=request)
    rows = table(filtered.qs, empty_text=empty)
    if request.GET.get("export") == "csv":
        rows.order_by = request.GET.get("sort", "")
        return _csv(rows, heading)
    # It would take any size of a page from the address.
    RequestConfig(request, paginate=False).configure(rows)
    rows.paginate(per_page=_page_size(request))
    rows.page = rows.paginator.get_page(request.GET.get("page"))
    context = {
        "heading": heading,
        "purpose": purpose,
        "filter": filtered,
        "active_filters": filters_in_use(request, filtered),
        "table": rows,
        "export_url": f"?{_query(request, export='csv')}",
        "links": links,
        "create_url": create[0] if create else None,
        "create_label": create[1] if create else None,
        **more,
    }
    # htmx asks for the rows only, while somebody types into a filter; going back needs the whole page again.
    rows_only = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    name = "components/list_page.html#rows" if rows_only else template
    response = render(request, name, {**context, "rows_only": rows_only})
    patch_vary_headers(response, ["HX-Request"])
    return response


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


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value if value is not None else "")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _page_size(request: HttpRequest) -> int:
    wanted = request.GET.get("per_page", "")
    # One request must not ask for everything.
    return min(max(int(wanted), 1), MOST_ROWS) if wanted.isdecimal() and len(wanted) < 5 else PAGE_SIZE


def _query(request: HttpRequest, drop: str = "", **extra: str) -> str:
    query = request.GET.copy()
    for name in (drop, "page"):
        query.pop(name, None)
    for name, value in extra.items():
        query[name] = value
    return query.urlencode()


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(rows: Table, heading: str) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())
    lines = (writer.writerow([safe_cell(cell) for cell in row]) for row in rows.as_values())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(heading)}.csv"'
    return response
