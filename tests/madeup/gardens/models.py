from django.conf import settings
from django.db import models

from apps.findings.models import ApprovedModel
from apps.ledger.models import RecordedQuerySet
from apps.workflow.models import transition


class GardenQuerySet(RecordedQuerySet["Garden"]):
    def visible_to(self, user):
        return self if user.is_authenticated else self.none()


class Garden(ApprovedModel):
    """A garden that people approve."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    name = models.CharField(max_length=100, unique=True)
    status = models.CharField(max_length=15, choices=Status, default=Status.PLANNED, editable=False)
    trees = models.PositiveIntegerField(null=True, blank=True)
    gardener = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="gardens")

    objects = GardenQuerySet.as_manager()
    editable_in = (Status.PLANNED,)
    keepers = ("gardener",)
    material = ("name", "trees")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @transition(Status.PLANNED, Status.REJECTED, to=Status.IN_REVIEW)
    def submit(self, *, by, note):
        """Ask legal and privacy for approval."""

    @transition(Status.IN_REVIEW, to=Status.APPROVED, by_review=True)
    def approve(self, *, by, note):
        """Made by the last required vote."""

    @transition(Status.IN_REVIEW, to=Status.REJECTED, by_review=True)
    def reject(self, *, by, note):
        """Made by a vote to refuse."""

    @transition(Status.IN_REVIEW, to=Status.PLANNED, by_review=True)
    def return_to_draft(self, *, by, note):
        """Made when the review is returned or withdrawn."""

    @transition(Status.IN_REVIEW, Status.APPROVED, Status.REJECTED, to=Status.PLANNED)
    def revise(self, *, by, note):
        """Open the record for changes. The approval is void."""
