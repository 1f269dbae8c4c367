"""A rule that is suspended or adopted again shows at once."""

from typing import Any

from django.dispatch import receiver

from apps.findings.models import Requirement, reconcile
from apps.workflow.models import transitioned


@receiver(transitioned, sender=Requirement)
def recheck_rule(instance: Requirement, **kwargs: Any) -> None:
    if instance.house:
        reconcile(instance)
