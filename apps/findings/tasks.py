from __future__ import annotations

from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import QuerySet

from apps.findings.models import Recheck
from apps.findings.sweep import end_suspensions, recheck, sweep


@shared_task
def sweep_findings() -> dict[str, int]:
    """Ask every check of every record and write down what changed. Runs every night; returns the counts.

    Rules whose suspension is over stop their steps again first.
    """
    end_suspensions()
    return dict(sweep())


def ask_again(records: QuerySet[Any]) -> None:
    """Let a worker ask the checks of these records of one model, once what is being changed is on record."""
    if Recheck.objects.add(records):
        transaction.on_commit(lambda: recheck_marked.delay(), robust=True)


@shared_task
def recheck_marked() -> dict[str, int]:
    """Ask the checks of what is marked. Run again, or by two at once, it writes nothing twice.

    Whoever marks records wakes a worker; `catch_up` finds what was left when that message was lost or a worker died.
    """
    return dict(recheck())
