"""What two people have decided counts at once wherever interests are asked for."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from apps.vendors.models import Interest, Organisation, Person, Sameness
from apps.vendors.services import look_for_twins, recheck_conflicts, recheck_questions
from apps.workflow.models import Decision, Proposal, transitioned


@receiver(transitioned, sender=Sameness)
def recheck_both(instance: Sameness, **kwargs: Any) -> None:
    recheck_questions([instance])


@receiver(transitioned, sender=Proposal)
def recheck_what_was_confirmed(instance: Proposal, decision: Decision, **kwargs: Any) -> None:
    if decision.transition != "confirm":
        return
    changed = instance.subject
    if isinstance(changed, Interest):
        recheck_conflicts(changed)
    elif isinstance(changed, Organisation):
        look_for_twins([changed], by=instance.requested_by)
        recheck_conflicts(changed)
    elif isinstance(changed, Person):
        look_for_twins(people=[changed], by=instance.requested_by)
        recheck_conflicts(changed)
