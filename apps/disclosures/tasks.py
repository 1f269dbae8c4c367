from celery import shared_task

from apps.disclosures.models import NoticeVersion
from apps.workflow.services import run_system_step


@shared_task
def supersede_notices() -> dict[str, int]:
    """Mark versions that a later one has replaced by today. Runs every night, before the sweep."""
    return run_system_step("supersede", NoticeVersion.objects.replaced())
