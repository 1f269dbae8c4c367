"""What workers do for consents. Every task may run twice or be cut off."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.db import transaction

from apps.consents.intake import spool
from apps.consents.intake.uploads import begin_import, carry_on
from apps.consents.models import Cohort, ImportRun, Screening
from apps.consents.screening.services import is_short, screen_for, trace
from apps.consents.sets.applying import apply_due
from apps.core import clock
from apps.core.isolation import by_number, isolated

if TYPE_CHECKING:
    from apps.accounts.models import User

# Screenings that a command made have no curve, and older ones never get one.
TRACED_WITHIN = timedelta(days=1)


def take_in(file: Any, options: dict[str, Any], *, by: User) -> ImportRun:
    """Import an upload: now, or by a worker that hears of it when the upload is on record."""
    run = begin_import(file, options, by=by)
    if run.finished_at is None:
        transaction.on_commit(lambda: run_import.delay(run.pk), robust=True)
    return run


def screen_and_trace(cohort: Cohort, asked: dict[str, Any], *, by: User) -> Screening:
    """Screen for what a form asks; how coverage went until then is counted now when that is short, else by a worker."""
    screening = screen_for(cohort, asked, by=by)
    if is_short(screening):
        trace(screening)
    else:
        transaction.on_commit(lambda: trace_coverage.delay(screening.pk), robust=True)
    return screening


@shared_task
def trace_coverage(pk: int) -> None:
    """Count how coverage went up to a screening. Run again, it leaves alone what is counted."""
    screening = Screening.objects.filter(pk=pk).first()
    if screening is not None:
        trace(screening)


@shared_task
def run_import(pk: int) -> None:
    """Import a file that somebody sent. Run again, it leaves a finished run alone."""
    run = ImportRun.objects.select_related("by").filter(pk=pk, finished_at=None).first()
    if run is not None:
        carry_on(run)


@shared_task
def resume_imports() -> int:
    """Take up what was left when a message was lost or a worker died, and delete files that waited too long."""
    left = list(ImportRun.objects.cut_off().values_list("pk", flat=True))
    for pk in left:
        with isolated(f"Taking up {by_number(ImportRun, pk)}"):
            run_import(pk)
    lately = clock.now() - TRACED_WITHIN
    untraced = list(Screening.objects.filter(points=None, created_at__gt=lately).values_list("pk", flat=True))
    for pk in untraced:
        with isolated(f"The curve of {by_number(Screening, pk)}"):
            trace_coverage(pk)
    spool.sweep()
    return len(left) + len(untraced)


@shared_task
def apply_due_answers() -> None:
    """Put what is due by now into the sets of people. Runs every minute; what waits is read beside them until then."""
    apply_due(clock.now())
