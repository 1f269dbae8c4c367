"""Steps that time takes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import QuerySet

from apps.core.exceptions import Conflict
from apps.core.isolation import by_number, isolated


def run_system_step(name: str, records: QuerySet[Any]) -> dict[str, int]:
    """Take a system step of each record by itself. Counts those moved, those that had moved already, and failures."""
    counted = Counter(moved=0, left=0, failed=0)
    for pk in list(records.order_by("pk").values_list("pk", flat=True)):
        with isolated(f"Step “{name}” of {by_number(records.model, pk)}") as attempt:
            counted[_take(name, records.model, pk)] += 1
        counted["failed"] += attempt.failed
    return dict(counted)


def _take(name: str, model: Any, pk: int) -> str:
    try:
        getattr(model._base_manager.get(pk=pk), name)(by=None)
    except Conflict:
        return "left"  # somebody else was faster
    return "moved"
