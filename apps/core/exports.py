"""What a list shows as a file that Excel opens: CSV, or a workbook in which every cell is text, a number or a day."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.text import slugify
from xlsxwriter import Workbook

from apps.core.queries import in_full_order

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MARK = "\ufeff"  # without it Excel takes the file for Windows-1252
LONGEST_CELL = 32_767
ROWS_OF_SHEET = 1_048_575  # below the heading
LARGEST_NUMBER = 10**15  # beyond, Excel changes the last digits
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NamesColumn(tables.Column):
    """Several records of another kind by their names; for exports."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(visible=False, orderable=False, **kwargs)

    def render(self, value: Any) -> str:
        return ", ".join(str(one) for one in value.all())


class AddressColumn(tables.Column):
    """Where the page of a record is."""

    def __init__(self) -> None:
        super().__init__(verbose_name="Address", accessor="pk", visible=False, orderable=False)

    def render(self, record: Any, table: Any) -> str:
        address_of: Callable[[Any], str | None] = getattr(table, "address_of", type(record).get_absolute_url)
        address = address_of(record)
        return table.request.build_absolute_uri(address) if address else ""


def exported(
    request: HttpRequest, table: type[tables.Table], found: QuerySet[Any], heading: str, kind: str, withheld: str = ""
) -> HttpResponseBase:
    """All rows with what the table keeps for exports; `kind` is csv or xlsx. A last row says what is withheld.

    A table says in `export_related` which records of other kinds its columns name: they are asked for together.
    """
    has_page = hasattr(found.model, "get_absolute_url")
    found = found.prefetch_related(*getattr(table, "export_related", ()))
    rows = table(found, extra_columns=[("address", AddressColumn())] if has_page else [])
    rows.request, rows.order_by = request, request.GET.get("sort", "")
    rows.data.data = in_full_order(rows.data.data)
    return MAKERS[kind](chain(rows.as_values(), [[withheld]] if withheld else []), heading)


def safe_cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value if value is not None else "")
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not isinstance(value, int | float | Decimal) else text


class _Echo:
    def write(self, value: str) -> str:
        return value


def _csv(rows: Iterable[list[Any]], heading: str) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())
    lines = (writer.writerow([safe_cell(cell) for cell in row]) for row in rows)
    response = StreamingHttpResponse(chain([MARK], lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(heading)}.csv"'
    return response


def _xlsx(rows: Iterable[list[Any]], heading: str) -> FileResponse:
    found = iter(rows)
    names = next(found, [])
    target = TemporaryFile()  # noqa: SIM115 - the response closes it
    book = Workbook(target, {"constant_memory": True})
    formats = {"bold": book.add_format({"bold": True}), "day": book.add_format({"num_format": "yyyy-mm-dd"})}
    title = NOT_IN_NAMES.sub(" ", heading)[:25]
    number = 1
    while _sheet(book, title if number == 1 else f"{title} {number}", names, found, formats) == ROWS_OF_SHEET:
        number += 1
    book.close()
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"{slugify(heading)}.xlsx", content_type=WORKBOOK)


def _sheet(book: Any, title: str, names: list[str], rows: Iterator[list[Any]], formats: dict[str, Any]) -> int:
    """A sheet of as many rows as there is room for. How many there are."""
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(names) - 1, 0), 24)
    for column, name in enumerate(names):
        sheet.write_string(0, column, str(name), formats["bold"])
    place = 0
    for place, row in enumerate(islice(rows, ROWS_OF_SHEET), 1):
        for column, cell in enumerate(row):
            _write(sheet, place, column, cell, formats["day"])
    return place


def _write(sheet: Any, row: int, column: int, cell: Any, day: Any) -> None:
    """Always by kind: a text is never looked into for formulas, links or numbers."""
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool) and abs(float(cell)) < LARGEST_NUMBER:
        sheet.write_number(row, column, cell)
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell, day)
    elif cell not in (None, ""):
        sheet.write_string(row, column, str(cell)[:LONGEST_CELL])


MAKERS: dict[str, Callable[[Iterable[list[Any]], str], HttpResponseBase]] = {"csv": _csv, "xlsx": _xlsx}
