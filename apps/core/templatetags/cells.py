"""The cells of a list page, which are most of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django_tables2 import Table
from django_tables2.utils import signature

from apps.core import clock

register = template.Library()


@register.filter
def cells_of(table: Table) -> SafeString:
    """The rows of the page, cell by cell as django-tables2 makes them.

    What is the same in every row is asked of each column once; the library asks it anew of every cell, which takes
    longer than all the rest of a list.
    """
    columns = [Cells(table, column) for column in table.columns]
    rows = (
        f"<tr {row.attrs.as_html()}>{''.join(column.of(row) for column in columns)}</tr>"
        for row in table.paginated_rows
    )
    # Each cell has escaped what it shows.
    return mark_safe("\n".join(rows))


class Cells:
    """The cells of one column."""

    def __init__(self, table: Table, column: Any) -> None:
        self.table, self.column, self.default = table, column, column.default
        self.wanted, self.takes_all = signature(column.render)
        self.start = format_html('<td {} data-label="{}">', column.attrs["td"].as_html(), column.header)

    def of(self, row: Any) -> str:
        # What an empty cell shows and how choices are called is the library's to say.
        content = row._get_and_render_with(
            self.column, render_func=lambda column, value=None: self._render(row, value), default=self.default
        )
        if self.column.localize is not False:
            content = localize(clock.local(content) if isinstance(content, datetime) else content)
        return f"{self.start}{conditional_escape(content)}</td>"

    def _render(self, row: Any, value: Any) -> Any:
        given = row._optional_cell_arguments(self.column, value)
        named = given if self.takes_all else {name: given[name] for name in self.wanted}
        content = self.column.render(**named)
        return self.column.link(content, **given) if self.column.link else content
