"""What has to be looked at again when it is answered whether two records are the same."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from apps.vendors.models import Sameness
from apps.vendors.services import look_again_at
from apps.workflow.models import transitioned


@receiver(transitioned, sender=Sameness)
def look_again_at_both(instance: Sameness, **kwargs: Any) -> None:
    look_again_at([instance])
