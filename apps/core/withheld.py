"""What is kept from a reader for a time: wherever its records are listed or counted, one line says so, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model

Line = Callable[[Any], str]

_lines: dict[type[Model], Line] = {}


def withholds(*models: type[Model]) -> Callable[[Line], Line]:
    """Register what makes the line for a reader of these lists; empty where nothing is kept from them."""

    def register(line: Line) -> Line:
        _lines.update(dict.fromkeys(models, line))
        return line

    return register


def withheld_line(model: type[Model] | None, user: Any) -> str:
    line = _lines.get(model) if model else None
    return line(user) if line else ""
