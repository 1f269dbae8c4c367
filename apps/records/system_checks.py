"""What a description names is there: a misspelt name would hide a page, a column or a button from everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import Error, register
from django.core.exceptions import FieldDoesNotExist
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from apps.records.kind import WORST, Kind
from apps.records.lists import columns_of
from apps.records.registry import kinds
from apps.workflow.models import GovernedModel

PAGES = frozenset({"list", "create", "detail", "edit"})


@register
def descriptions_name_what_is_there(**kwargs: Any) -> list[Error]:
    return [
        Error(f"{kind.label} names {what}, which is not there.", id="records.E001")
        for kind in kinds()
        for what in misnamed(kind)
    ]


def misnamed(kind: Kind[Any]) -> Iterator[str]:
    columns = [column.name for column in columns_of(kind) if column != WORST]
    for name in (*columns, *kind.filters, *kind.searched, *kind.related):
        if not _is_field(kind.model, name):
            yield f"the field {name}"
    steps = kind.model.transitions if issubclass(kind.model, GovernedModel) else {}
    yield from (f"the step {name}" for name in kind.steps.keys() - steps.keys())
    statuses = set(getattr(kind.model, "Status", ()))
    yield from (f"the status {name}" for name in kind.tones.keys() - statuses)
    yield from (f"the page {name}" for name in kind.pages.keys() - PAGES)
    if kind.template:
        try:
            get_template(kind.template)
        except TemplateDoesNotExist:
            yield f"the template {kind.template}"


def _is_field(model: Any, path: str) -> bool:
    name, _, rest = path.partition("__")
    try:
        found: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return not rest or (isinstance(found.related_model, type) and _is_field(found.related_model, rest))
