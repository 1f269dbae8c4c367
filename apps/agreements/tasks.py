from celery import shared_task

from apps.agreements.models import Agreement
from apps.core import clock
from apps.workflow.services import take_each


@shared_task
def expire_agreements() -> dict[str, int]:
    """Move agreements past their last day out of force. Runs every night, before the sweep."""
    return take_each("expire", Agreement.objects.ending(clock.today()))
