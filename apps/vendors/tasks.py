from celery import shared_task
from django.db import transaction

from apps.core import clock
from apps.vendors.models import DueDiligence, Organisation
from apps.vendors.services import look_for_twins
from apps.workflow.services import run_system_step


@shared_task
def lapse_vendors() -> dict[str, int]:
    """Mark vendors whose approval has run out. Runs every night, before the sweep."""
    return run_system_step("lapse", Organisation.objects.lapsing(clock.today()))


@shared_task
def ask_about_twins() -> int:
    """Ask of all records that look alike whether they are of one: of accounts too, and of what came in at once."""
    with transaction.atomic():
        return len(look_for_twins(None, None, by=None))


@shared_task
def expire_due_diligence() -> dict[str, int]:
    """Mark conclusions that have run out. Runs every night, before the sweep."""
    return run_system_step("expire", DueDiligence.objects.expired(clock.today()))
