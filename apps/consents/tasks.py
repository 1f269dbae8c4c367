"""What workers do for consents. Every task may run twice or be cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.db import transaction

from apps.consents import spool
from apps.consents.arrival import begin_import, carry_on
from apps.consents.models import ImportRun

if TYPE_CHECKING:
    from apps.accounts.models import User


def take_in(file: Any, options: dict[str, Any], *, by: User) -> ImportRun:
    """Import an upload: now, or by a worker that hears of it when the upload is on record."""
    run = begin_import(file, options, by=by)
    if run.finished_at is None:
        transaction.on_commit(lambda: run_import.delay(run.pk), robust=True)
    return run


@shared_task
def run_import(pk: int) -> None:
    """Import a file that somebody sent. Run again, it leaves a finished run alone."""
    run = ImportRun.objects.select_related("by").filter(pk=pk, finished_at=None).first()
    if run is not None:
        carry_on(run)


@shared_task
def resume_imports() -> int:
    """Take up imports whose message was lost or whose worker died, and delete files that waited too long."""
    left = list(ImportRun.objects.cut_off().values_list("pk", flat=True))
    for pk in left:
        run_import(pk)
    spool.sweep()
    return len(left)
