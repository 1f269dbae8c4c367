"""What has to be looked at again when an agreement, a transfer or somebody's interests change."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from apps.agreements.models import Agreement, Transfer
from apps.datasets.models import Dataset
from apps.findings.models import reconcile, reconcile_all
from apps.vendors.services import when_interests_change
from apps.workflow.models import Decision, transitioned

CHANGES_FORCE = frozenset({"activate", "suspend", "resume", "expire", "terminate"})


@receiver(transitioned, sender=Agreement)
def look_again_at_cover(instance: Agreement, decision: Decision, **kwargs: Any) -> None:
    if decision.transition in CHANGES_FORCE:
        datasets = instance.datasets.order_by().values("pk")
        affected = Transfer.objects.standing().filter(recipient__in=instance.counterparty.rows, dataset__in=datasets)
        reconcile_all(Transfer, list(affected.values_list("pk", flat=True)))


@receiver(transitioned, sender=Transfer)
def look_again_at_dataset(instance: Transfer, **kwargs: Any) -> None:
    reconcile(instance.dataset)


@when_interests_change
def look_again_at_transfers() -> None:
    changed = Transfer.keep_from_those_with_a_path()
    reconcile_all(Transfer, list(Transfer.objects.standing().order_by("pk").values_list("pk", flat=True)))
    reconcile_all(Dataset, list(Dataset.objects.filter(transfers__in=changed).distinct().values_list("pk", flat=True)))
