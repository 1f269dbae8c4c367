from pathlib import Path

from celery import shared_task
from django.conf import settings

from apps.ledger.checkpoints import write_checkpoint


@shared_task
def take_checkpoint() -> None:
    """Write a signed checkpoint beside the signing key. Runs every night."""
    write_checkpoint(Path(settings.LEDGER_SIGNING_KEY_FILE))
