"""What has to be looked at again when an agreement, a transfer or somebody's interests change."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from apps.agreements.models import Agreement, Transfer
from apps.datasets.models import Dataset
from apps.disclosures.models import PublicStatement
from apps.findings.models import reconcile, reconcile_all
from apps.findings.tasks import ask_again
from apps.vendors.ownership.affected import Affected
from apps.vendors.services import when_interests_change
from apps.workflow.models import Decision, transitioned

CHANGES_FORCE = frozenset({"activate", "suspend", "resume", "expire", "terminate"})


@receiver(transitioned, sender=Agreement)
def recheck_cover(instance: Agreement, decision: Decision, **kwargs: Any) -> None:
    if decision.transition in CHANGES_FORCE:
        datasets = instance.datasets.order_by().values("pk")
        affected = Transfer.objects.not_closed().filter(recipient__in=instance.counterparty.rows, dataset__in=datasets)
        reconcile_all(Transfer, list(affected.values_list("pk", flat=True)))


@receiver(transitioned, sender=Transfer)
def recheck_dataset(instance: Transfer, **kwargs: Any) -> None:
    reconcile(instance.dataset)


@when_interests_change
def keep_transfers_from_those_who_profit(affected: Affected) -> None:
    """At once, with what datasets say about them. Everything else that is asked about them can wait for a worker."""
    named = Transfer.objects.filter(affected.naming(Transfer))
    changed = Transfer.keep_from_those_with_a_path(named)
    held = Dataset.objects.filter(transfers__in=changed).order_by("pk").distinct()
    reconcile_all(Dataset, list(held.values_list("pk", flat=True)))
    ask_again(named.not_closed())
    for model in (Agreement, PublicStatement):
        ask_again(model.objects.filter(affected.naming(model)))
