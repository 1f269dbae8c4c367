from __future__ import annotations

from django.db import models

from apps.consents.models.screening import Screening
from apps.core import clock
from apps.ledger.triggers import append_only


class CoveragePoint(models.Model):
    """How many members permitted what a screening asks for on one day, as its ledger tells: a point of its curve."""

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="points")
    at = models.DateTimeField()
    permitted = models.PositiveIntegerField()

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["screening", "at"], name="coverage_point_once")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.screening}, {clock.day_of(self.at):%-d %b %Y}: {self.permitted}"
