"""Whether tasks are run: beat asks for one every few seconds, and the worker that runs it writes down when.

A worker that is busy with something long runs no other. So that nobody takes it for one that is stuck, it holds a lock
while it is at work, which ends with its connection, however that ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from celery.signals import task_postrun, task_prerun
from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from apps.core import clock
from apps.notifications.models import NightlyRun

TASK, SCHEDULE = "apps.notifications.tasks.heartbeat", "Heartbeat"
EVERY_SECONDS = 10
# Two are missing.
LATE = timedelta(seconds=25)
# A day, the longest run, and the half hour after which a missed one is made up for.
NIGHTS_APART = timedelta(hours=29)
LAST = "last heartbeat"
AT_WORK = "hashtext('worker at work')"


def write() -> None:
    """Called in a worker. It has no other way to say that its clock is wrong."""
    now = clock.database_now()
    cache.set(LAST, {"at": now.isoformat(), "ahead": (timezone.now() - now).total_seconds()}, timeout=None)


def last_at() -> datetime | None:
    """When a worker last ran one, by the database's clock."""
    last = cache.get(LAST)
    return datetime.fromisoformat(last["at"]) if last else None


def problem_with_worker() -> str:
    """What is wrong with the workers, as a sentence; empty when they work."""
    last = cache.get(LAST)
    if last is None:
        return "No worker has run a task yet."
    ahead = timedelta(seconds=last["ahead"])
    if not clock.is_right(ahead):
        return f"The clock of a worker is {clock.difference_words(ahead)} the database's, so it does nothing by itself."
    age = clock.database_now() - datetime.fromisoformat(last["at"])
    if age <= LATE or (age <= _longest() and _is_at_work()):
        return ""
    if problem_with_beat():
        return "Nobody knows whether a worker runs, since beat asks for nothing."
    return f"No worker has run a task for {clock.in_words(age)}."


def problem_with_beat() -> str:
    """What is wrong with beat, as a sentence; empty when it asks for what is due."""
    task = PeriodicTask.objects.filter(name=SCHEDULE, enabled=True).first()
    if task is None:
        return f"The schedule “{SCHEDULE}” is switched off, so nobody knows whether tasks are run."
    if task.last_run_at is None:
        return "Beat has asked for nothing yet."
    age = clock.database_now() - task.last_run_at
    if age < -clock.DIFFERS_AT_MOST:
        return f"The clock of beat is {clock.difference_words(-age)} the database's."
    return "" if age <= LATE else f"Beat has asked for nothing for {clock.in_words(age)}, or its clock is wrong."


def problem_with_nights() -> str:
    """What the nights left undone, as a sentence; empty when they did everything, or none has come yet."""
    newest, finished = NightlyRun.objects.newest(), NightlyRun.objects.finished().newest()
    if newest is None:
        return ""
    if newest.problems:
        number = len(newest.problems)
        return f"The last nightly run has {number} problem{'' if number == 1 else 's'}; administrators read which."
    age = clock.database_now() - (finished.finished_at if finished and finished.finished_at else newest.started_at)
    return f"No nightly run has ended for {clock.in_words(age)}." if age > NIGHTS_APART else ""


def _longest() -> timedelta:
    return timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT) + LATE


def _is_at_work() -> bool:
    """Whether a worker is at a task: nobody gets the whole lock while somebody has a share in it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({AT_WORK})")
        return not cursor.fetchone()[0]


@task_prerun.connect
def begin_work(task: Any, **kwargs: Any) -> None:
    if _is_work(task):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_lock_shared({AT_WORK})")


@task_postrun.connect
def end_work(task: Any, **kwargs: Any) -> None:
    if not _is_work(task):
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_unlock_shared({AT_WORK})")
    except Error:
        connection.close()


def _is_work(task: Any) -> bool:
    return task.name != TASK and not task.request.is_eager
