from celery import shared_task

from apps.disclosures.models import NoticeVersion
from apps.workflow.services import take_each


@shared_task
def supersede_notices() -> dict[str, int]:
    """Mark versions that a later one has replaced by today. Runs every night, before the sweep."""
    return take_each("supersede", NoticeVersion.objects.replaced())
