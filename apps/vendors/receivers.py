"""What two people have decided counts at once wherever interests are asked for."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from apps.vendors.models import Interest, Sameness
from apps.vendors.services import look_again_at, look_again_at_conflicts
from apps.workflow.models import Decision, Proposal, transitioned


@receiver(transitioned, sender=Sameness)
def look_again_at_both(instance: Sameness, **kwargs: Any) -> None:
    look_again_at([instance])


@receiver(transitioned, sender=Proposal)
def look_again_at_interest(instance: Proposal, decision: Decision, **kwargs: Any) -> None:
    if decision.transition == "confirm" and isinstance(instance.subject, Interest):
        look_again_at_conflicts(instance.subject.organisation)
