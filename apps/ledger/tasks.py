from celery import shared_task

from apps.core.exceptions import Conflict
from apps.ledger.anchors import anchor_newest
from apps.ledger.models import StoredResponse, Verification
from apps.ledger.services import carry_out, start_verification


@shared_task
def anchor_checkpoint() -> int:
    """Leave the newest signed checkpoint with those who keep it outside. Runs every hour."""
    return anchor_newest()


@shared_task
def run_verification(pk: int) -> None:
    """Carry out a verification that somebody asked for. Run again, it leaves a finished one alone."""
    verification = Verification.objects.filter(pk=pk, finished_at=None).first()
    if verification is not None:
        carry_out(verification, tell=True)


@shared_task
def verify_nightly() -> bool:
    """Verify the whole ledger, and the files whose SHA-256 it holds. Runs every night; says whether everything fits."""
    try:
        verification = start_verification("The portal, every night")
    except Conflict:
        return False
    return carry_out(verification, tell=True).ok


@shared_task
def forget_idempotency_keys() -> int:
    """Delete the answers that were kept for a day. Runs every hour; a key that is older counts as new anyway."""
    deleted, _ = StoredResponse.objects.stale().delete()
    return deleted
