"""The sweep: every check of every record, in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models

from apps.findings.models import checked_codes, reconcile

BATCH = 500


def sweep(batch: int = BATCH) -> Counter[str]:
    """Ask every check of every record and write down what changed. Counts records and findings; safe to repeat."""
    counted: Counter[str] = Counter(records=0, new=0, still=0, gone=0)
    for model in apps.get_models():
        if checked_codes(model):
            for records in batches(model, batch):
                for record in records:
                    reconcile(record)
                counted["records"] += len(records)
    return counted


def batches(model: type[models.Model], size: int) -> Iterator[list[Any]]:
    """All rows by ascending key, so many at a time; rows added meanwhile are met, none twice."""
    last = 0
    while rows := list(model._base_manager.filter(pk__gt=last).order_by("pk")[:size]):
        yield rows
        last = rows[-1].pk
