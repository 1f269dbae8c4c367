from celery import shared_task

from apps.findings.services import end_suspensions, sweep


@shared_task
def sweep_findings() -> dict[str, int]:
    """Ask every check of every record and write down what changed. Runs every night; returns the counts.

    Rules whose suspension is over stop their steps again first.
    """
    end_suspensions()
    return dict(sweep())
