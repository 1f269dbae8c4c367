"""How states and severities look, the same on lists and pages."""

from collections.abc import Mapping
from typing import Any

import django_tables2 as tables
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

# By model: the tone of each of its statuses that is not grey.
_tones: dict[type[Any], Mapping[str, str]] = {}


def register_tones(model: type[Any], tones: Mapping[str, str]) -> None:
    _tones[model] = tones


def tone_of(record: Any) -> str:
    return _tones.get(type(record), {}).get(getattr(record, "status", ""), "grey")


class DayColumn(tables.DateColumn):
    """A date that does not break."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(attrs={"td": {"class": "text-nowrap"}}, **kwargs)

    def render(self, value: Any, bound_column: Any) -> str:
        """As the library writes it, without a template for each cell."""
        return date_format(value, "SHORT_DATE_FORMAT") if value else str(bound_column.default)

    def value(self, value: Any) -> Any:
        """In an export it stays a day, which programs sort and compare."""
        return value


class StatusColumn(tables.Column):
    """A status with its label, as components/status.html shows it."""

    def render(self, value: str, record: Any) -> SafeString:
        return format_html(
            '<span class="status status-{}"><span class="status-dot" aria-hidden="true"></span>{}</span>',
            tone_of(record),
            record.get_status_display(),
        )

    def value(self, record: Any) -> str:
        return str(record.get_status_display())


class SeverityColumn(tables.Column):
    """A severity as components/severity.html shows it."""

    def render(self, value: str) -> SafeString:
        return format_html('<span class="sev sev-{}">{}</span>', value.lower(), value.capitalize())

    def value(self, value: str) -> str:
        return value.capitalize()
