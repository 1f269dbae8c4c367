"""What has to be looked at again when an agreement, a transfer or somebody's interests change."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from apps.agreements.models import Agreement, Transfer
from apps.findings.models import reconcile
from apps.vendors.services import when_interests_change
from apps.workflow.models import Decision, transitioned

CHANGES_FORCE = frozenset({"activate", "suspend", "resume", "expire", "terminate"})


@receiver(transitioned, sender=Agreement)
def look_again_at_cover(instance: Agreement, decision: Decision, **kwargs: Any) -> None:
    if decision.transition in CHANGES_FORCE:
        datasets = instance.datasets.order_by().values("pk")
        for transfer in Transfer.objects.standing().filter(recipient=instance.counterparty_id, dataset__in=datasets):
            reconcile(transfer)


@receiver(transitioned, sender=Transfer)
def look_again_at_dataset(instance: Transfer, **kwargs: Any) -> None:
    reconcile(instance.dataset)


@when_interests_change
def look_again_at_transfers() -> None:
    for transfer in Transfer.objects.standing().select_related("recipient"):
        transfer.keep_from_those_with_a_path()
        reconcile(transfer)
