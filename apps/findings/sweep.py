"""The sweep: every check of every record, in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from django.db import models

from apps.core import clock
from apps.core.isolation import by_halves
from apps.findings.models import Recheck, Requirement, checked_models, reconcile_all

BATCH = 500


def sweep(batch: int = BATCH) -> Counter[str]:
    """Ask every check of every record and write down what changed. Counts records and findings; safe to repeat."""
    counted: Counter[str] = Counter(records=0, new=0, still=0, gone=0, failed=0)
    for model in checked_models():
        for keys in batches(model, batch):
            done, failed = by_halves(model, keys, partial(reconcile_all, model), "The checks")
            counted.update(sum(done, Counter(failed=failed)))
    return counted


def recheck(batch: int = BATCH) -> Counter[str]:
    """The same for the records that are marked. A mark goes when its record was done; what fails keeps its own."""
    counted: Counter[str] = Counter(records=0, new=0, still=0, gone=0, failed=0)
    for model in checked_models():
        last = 0
        while marks := dict(
            Recheck.objects.of(model).filter(pk__gt=last).order_by("pk").values_list("pk", "object_id")[:batch]
        ):
            last = max(marks)
            keys = sorted(set(marks.values()))
            done, failed = by_halves(model, keys, partial(_recheck, model, list(marks)), "The checks")
            counted.update(sum(done, Counter(failed=failed)))
    return counted


def _recheck(model: type[models.Model], marks: Sequence[int], keys: Sequence[int]) -> Counter[str]:
    """Only marks that were there before their record is looked at: whoever marks it meanwhile changes it meanwhile."""
    counted = reconcile_all(model, keys)
    Recheck.objects.of(model).filter(pk__in=marks, object_id__in=keys).delete()
    return counted


def end_suspensions() -> int:
    """Let rules stop their steps again once the last day of their suspension is over. Safe to repeat."""
    over = Requirement.objects.filter(status=Requirement.Status.SUSPENDED, suspended_until__lt=clock.today())
    for rule in over:
        rule.resume(by=None)
    return len(over)


def batches(model: type[models.Model], size: int) -> Iterator[list[int]]:
    """The keys of all rows, ascending, so many at a time; rows added meanwhile are met, none twice."""
    keys = model._base_manager.order_by("pk").values_list("pk", flat=True)
    last = 0
    while batch := list(keys.filter(pk__gt=last)[:size]):
        yield batch
        last = batch[-1]
