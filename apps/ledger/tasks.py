from pathlib import Path

from celery import shared_task
from django.conf import settings

from apps.core.exceptions import Conflict
from apps.ledger.checkpoints import write_checkpoint
from apps.ledger.models import KeptAnswer, Verification
from apps.ledger.services import carry_out, start_verification


@shared_task
def take_checkpoint() -> None:
    """Write a signed checkpoint beside the signing key. Runs every night."""
    write_checkpoint(Path(settings.LEDGER_SIGNING_KEY_FILE))


@shared_task
def run_verification(pk: int) -> None:
    """Carry out a verification that somebody asked for. Run again, it leaves a finished one alone."""
    verification = Verification.objects.filter(pk=pk, finished_at=None).first()
    if verification is not None:
        carry_out(verification, tell=True)


@shared_task
def verify_nightly() -> bool:
    """Verify the whole ledger. Runs every night; says whether everything fits."""
    try:
        verification = start_verification("The portal, every night")
    except Conflict:
        return False
    return carry_out(verification, tell=True).ok


@shared_task
def forget_idempotency_keys() -> int:
    """Delete the answers that were kept for a day. Runs every hour; a key that is older counts as new anyway."""
    deleted, _ = KeptAnswer.objects.stale().delete()
    return deleted
