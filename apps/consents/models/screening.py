from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from apps.consents.models.cohort import Cohort
from apps.ledger.models import RecordedModel, RecordedQuerySet

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser


class ScreeningQuerySet(RecordedQuerySet["Screening"]):
    def visible_to(self, user: AnyUser) -> ScreeningQuerySet:
        return self if user.has_perm("consents.view_screenings") else self.none()


class Screening(RecordedModel):
    """How many members of a cohort permit a sharing, counted on one day for one pair of dates. Kept as evidence."""

    class Basis(models.TextChoices):
        OPT_IN = "opt_in", "People must have said yes"
        OPT_OUT = "opt_out", "People must not have said no"

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="screenings", editable=False)
    basis = models.CharField(max_length=10, choices=Basis, editable=False)
    needs = models.JSONField(editable=False, help_text="The keys of all uses that must be permitted.")
    occurred_by = models.DateTimeField(editable=False, help_text="Answers given up to this moment count,")
    known_by = models.DateTimeField(editable=False, help_text="as far as they were recorded up to this one.")
    from_ledger = models.BooleanField(editable=False, help_text="Counted from the answers themselves, for past dates.")
    members = models.PositiveIntegerField(editable=False)
    permitted = models.PositiveIntegerField(editable=False, validators=[MaxValueValidator(2**31 - 1)])
    counts = models.JSONField(editable=False, help_text="{use: {outcome: members}}, with never_asked.")
    cohort_digest = models.CharField(max_length=64, editable=False)
    exclusions_digest = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 of the set of members that are to be left out."
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = ScreeningQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(permitted__lte=F("members")), name="permitted_are_members"),
        ]

    def __str__(self) -> str:
        return f"Screening {self.pk} of {self.cohort}"

    def get_absolute_url(self) -> str:
        return reverse("consents:screening_detail", args=[self.pk])

    @property
    def coverage(self) -> float:
        """The share of members who permit all that is needed; of nobody it is nothing."""
        return self.permitted / self.members if self.members else 0.0
