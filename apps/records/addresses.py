"""The addresses of a kind of record. A page that the room names itself takes the place of the derived one."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path

from apps.findings.models import CheckedModel
from apps.records import pages, sheet
from apps.records.kind import Kind, View
from apps.records.lists import record_list
from apps.workflow.models import GovernedModel, ReviewedModel


def record_urls(kind: Kind[Any]) -> list[URLPattern]:
    """Every page that such a record has, as `<room>:<model>_<page>`."""
    one = f"{kind.path}/<int:pk>/"
    made: dict[str, tuple[str, View]] = {
        "list": (f"{kind.path}/", record_list),
        "create": (f"{kind.path}/new/", pages.record_create),
        "detail": (one, pages.record_detail),
        "edit": (f"{one}edit/", pages.record_edit),
    }
    derived = {
        "list": bool(kind.columns),
        "create": bool(kind.form and kind.create),
        "detail": bool(kind.template),
        "edit": bool(kind.form and kind.edit),
    }
    made = {name: page for name, page in made.items() if derived[name] or name in kind.pages}
    if issubclass(kind.model, GovernedModel):
        made["step"] = (f"{one}do/<slug:name>/", pages.step)
    if issubclass(kind.model, GovernedModel) and "detail" in made:
        made |= {
            "history": (f"{one}history/", pages.history),
            "comment": (f"{one}comment/", pages.comment),
        }
    if issubclass(kind.model, CheckedModel):
        made["checks"] = (f"{one}checks/", sheet.checks)
    if issubclass(kind.model, ReviewedModel):
        made |= {"review": (f"{one}review/", sheet.review), "vote": (f"{one}review/vote/", sheet.vote)}
    return [_pattern(kind, name, *page) for name, page in made.items()]


def _pattern(kind: Kind[Any], name: str, route: str, derived: View) -> URLPattern:
    if own := kind.pages.get(name):
        return path(route, own, name=f"{kind.name}_{name}")
    return path(route, derived, {"kind": kind}, name=f"{kind.name}_{name}")
