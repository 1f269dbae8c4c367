from celery import shared_task

from apps.findings.services import sweep


@shared_task
def sweep_findings() -> dict[str, int]:
    """Ask every check of every record and write down what changed. Runs every night; returns the counts."""
    return dict(sweep())
