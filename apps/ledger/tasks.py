from celery import shared_task

from apps.core.exceptions import Conflict
from apps.ledger.checkpoints import write_checkpoint
from apps.ledger.models import Verification
from apps.ledger.services import carry_out, start_verification


@shared_task
def run_verification(pk: int) -> None:
    """Carry out a verification that somebody asked for. Run again, it leaves a finished one alone."""
    verification = Verification.objects.filter(pk=pk, finished_at=None).first()
    if verification is not None:
        carry_out(verification, tell=True)


@shared_task
def verify_nightly() -> bool:
    """Verify the ledger every night, and sign a checkpoint of what fits. Says whether everything fits."""
    try:
        verification = start_verification("The portal, every night")
    except Conflict:
        return False
    if carry_out(verification, tell=True).ok:
        write_checkpoint()
    return verification.ok
