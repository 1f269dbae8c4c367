from celery import shared_task

from apps.agreements.models import Agreement, Transfer
from apps.core import clock
from apps.workflow.services import run_system_step


@shared_task
def expire_agreements() -> dict[str, int]:
    """Move agreements past their last day out of force. Runs every night, before the sweep."""
    return run_system_step("expire", Agreement.objects.ending(clock.today()))


@shared_task
def keep_transfers() -> dict[str, int]:
    """Keep reports from those who have a path of interests by today. Runs every night, before the sweep."""
    return {"changed": len(Transfer.keep_from_those_with_a_path())}
