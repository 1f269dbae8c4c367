"""The sweep: every check of every record, in batches."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator

from django.db import models

from apps.findings.models import checked_models, reconcile_all

logger = logging.getLogger(__name__)

BATCH = 500


def sweep(batch: int = BATCH) -> Counter[str]:
    """Ask every check of every record and write down what changed. Counts records and findings; safe to repeat."""
    counted: Counter[str] = Counter(records=0, new=0, still=0, gone=0, failed=0)
    for model in checked_models():
        for keys in batches(model, batch):
            counted.update(_reconcile(model, keys))
    return counted


def batches(model: type[models.Model], size: int) -> Iterator[list[int]]:
    """The keys of all rows, ascending, so many at a time; rows added meanwhile are met, none twice."""
    keys = model._base_manager.order_by("pk").values_list("pk", flat=True)
    last = 0
    while batch := list(keys.filter(pk__gt=last)[:size]):
        yield batch
        last = batch[-1]


def _reconcile(model: type[models.Model], keys: list[int]) -> Counter[str]:
    """Reconcile the batch; where that fails, one by one, so that one record does not hide the others."""
    try:
        return reconcile_all(model, keys)
    except Exception as error:
        if len(keys) > 1:
            return sum((_reconcile(model, [key]) for key in keys), Counter())
        # No message and no trace: both may name people.
        logger.error("The checks of %s %s failed: %s", model._meta.label, keys[0], type(error).__name__)
        return Counter(failed=1)
