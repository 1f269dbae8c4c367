from pathlib import Path

from celery import shared_task
from django.conf import settings

from apps.ledger.checkpoints import write_checkpoint
from apps.ledger.models import KeptAnswer


@shared_task
def take_checkpoint() -> None:
    """Write a signed checkpoint beside the signing key. Runs every night."""
    write_checkpoint(Path(settings.LEDGER_SIGNING_KEY_FILE))


@shared_task
def forget_idempotency_keys() -> int:
    """Delete the answers that were kept for a day. Runs every hour; a key that is older counts as new anyway."""
    deleted, _ = KeptAnswer.objects.stale().delete()
    return deleted
