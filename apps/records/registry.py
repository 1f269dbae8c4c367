"""All kinds of records, each described once in the `kinds.py` of its room."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

from apps.core.badges import register_tones
from apps.records.kind import Kind

_kinds: dict[type[Model], Kind[Any]] = {}


def register(kind: Kind[Any]) -> None:
    """Let every door know of it. Raises ImproperlyConfigured for what is described twice."""
    if kind.model in _kinds or kind.path in {known.path for known in _kinds.values()}:
        raise ImproperlyConfigured(f"{kind.label} is described twice.")
    _kinds[kind.model] = kind
    register_tones(kind.model, kind.tones)
    if hasattr(kind.model, "Status"):
        # Fields of the same name with other choices need names of their own in the description of the API.
        names: Any = settings.SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"]
        names.setdefault(f"{kind.model.__name__}Status", f"{kind.model.__module__}.{kind.model.__name__}.Status")


def kinds() -> list[Kind[Any]]:
    """In the order of their addresses, which no import decides."""
    return sorted(_kinds.values(), key=lambda kind: kind.path)


def kind_of(model: type[Model]) -> Kind[Any]:
    return _kinds[model]
