from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.consents.models.bits import PeopleField
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.ledger.triggers import append_only

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser


class CohortQuerySet(RecordedQuerySet["Cohort"]):
    def visible_to(self, user: AnyUser) -> CohortQuerySet:
        """How many people a cohort has is no secret; who they are is nowhere shown."""
        return self if user.is_authenticated else self.none()


class Cohort(RecordedModel):
    """A fixed set of people, such as those in a version of a dataset."""

    name = models.CharField(max_length=200, unique=True)
    size = models.PositiveIntegerField("people", editable=False)
    digest = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 of the set: equal for the same people, in whatever order."
    )
    file_sha256 = models.CharField("SHA-256 of the file", max_length=64, blank=True, editable=False)
    new_subjects = models.PositiveIntegerField("people not known before", default=0, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("consents:cohort_detail", args=[self.pk])


class CohortChunk(models.Model):
    """The members of a cohort within one chunk of people's numbers, as in PermissionChunk."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="chunks", db_index=False)
    chunk = models.PositiveIntegerField()
    bits = PeopleField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chunk", "cohort"], name="cohort_chunk_once")]
        indexes = [models.Index(fields=["cohort"])]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.cohort_id}, chunk {self.chunk}"
