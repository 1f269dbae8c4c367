from __future__ import annotations

from django.db import models

from apps.consents.models.bits import PeopleField
from apps.consents.models.state import Outcome
from apps.consents.models.subject import DataSubject
from apps.core.access import Access
from apps.taxonomy.models import DataUse


class PermissionChunk(models.Model):
    """The set of people whom the deciding answer for a use puts into one outcome, for one chunk of their numbers.

    Bit n of the number that Python sees is person number chunk * 65,536 + n. Can be rebuilt from the events.
    """

    use = models.ForeignKey(DataUse, on_delete=models.PROTECT, related_name="+", db_index=False)
    outcome = models.PositiveSmallIntegerField(choices=Outcome)
    chunk = models.PositiveIntegerField()
    bits = PeopleField()

    portal_may = Access.EDIT

    class Meta:
        constraints = [models.UniqueConstraint(fields=["use", "chunk", "outcome"], name="permission_chunk_once")]

    def __str__(self) -> str:
        return f"{self.use_id}, {self.get_outcome_display()}, chunk {self.chunk}"


class PermissionDue(models.Model):
    """A moment still to come at which an answer begins to count, or ends."""

    at = models.DateTimeField()
    subject = models.ForeignKey(
        DataSubject, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    use = models.ForeignKey(DataUse, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)

    portal_may = Access.REMOVE

    class Meta:
        constraints = [models.UniqueConstraint(fields=["at", "subject", "use"], name="permission_due_once")]

    def __str__(self) -> str:
        return f"Person {self.subject_id}, {self.at}"


class AnsweredUse(models.Model):
    """A use for which there are answers, and up to when its sets of people follow the clock."""

    use = models.OneToOneField(DataUse, primary_key=True, on_delete=models.PROTECT, related_name="+")
    applied_until = models.DateTimeField()

    portal_may = Access.EDIT

    def __str__(self) -> str:
        return f"{self.use}, applied until {self.applied_until}"


class FilledUse(models.Model):
    """A use whose sets hold everybody. One that a new taxonomy brings becomes so when the sets are made again."""

    use = models.OneToOneField(DataUse, primary_key=True, on_delete=models.PROTECT, related_name="+")

    portal_may = Access.ADD

    def __str__(self) -> str:
        return str(self.use)
