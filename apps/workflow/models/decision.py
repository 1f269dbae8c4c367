from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from apps.core import clock
from apps.ledger.triggers import chained
from apps.workflow.models.about import AboutModel, AboutQuerySet

if TYPE_CHECKING:
    from apps.accounts.models import User


class DecisionQuerySet(AboutQuerySet["Decision"]):
    def made(self) -> DecisionQuerySet:
        return self.filter(refusal="")


class Decision(AboutModel):
    """Who moved a record from one status to another, when and why; or tried and was refused. Never changed."""

    transition = models.CharField(max_length=50)
    from_status = models.CharField(max_length=30)
    to_status = models.CharField(max_length=30)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="decisions")
    by_name = models.CharField(max_length=150)
    note = models.TextField(blank=True)
    refusal = models.TextField(blank=True, help_text="Why the step was refused; empty when it was made.")
    at = models.DateTimeField(default=clock.now)

    objects = DecisionQuerySet.as_manager()
    redactable = ("by_name", "note")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["content_type", "object_id"])]
        triggers = chained()

    def __str__(self) -> str:
        return f"{self.transition}: {self.from_status} → {self.to_status}"

    @classmethod
    def record(
        cls,
        subject: models.Model,
        transition: str,
        statuses: tuple[str, str],
        *,
        by: User | None,
        note: str,
        refusal: str = "",
    ) -> Decision:
        """Add a decision. `statuses` are the status before and the one aimed at."""
        return cls.objects.create(
            subject=subject,
            transition=transition,
            from_status=statuses[0],
            to_status=statuses[1],
            by=by,
            by_name=str(by) if by else "System",
            note=note,
            refusal=refusal,
        )
