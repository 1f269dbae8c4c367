"""Taking a personal text out of a record and its whole history, while the chain still verifies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models
from django.urls import reverse

from apps.accounts.models import Role
from apps.ledger.models import RecordedModel
from apps.workflow.models.about import AboutModel, AboutQuerySet
from apps.workflow.models.governed import GovernedModel, transition

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

TOMBSTONE = "[redacted "  # how every tombstone starts
SIDES = (Role.LEGAL, Role.PRIVACY)


class RedactionQuerySet(AboutQuerySet["Redaction"]):
    def visible_to(self, user: AnyUser) -> RedactionQuerySet:
        return self if user.has_perm("workflow.view_redaction") else self.none()


class Redaction(AboutModel, GovernedModel):
    """The request of legal or privacy to redact one field of one record, carried out by the other side."""

    class Status(models.TextChoices):
        REQUESTED = "requested", "Requested"
        CARRIED_OUT = "carried_out", "Carried out"
        DECLINED = "declined", "Declined"

    status = models.CharField(max_length=20, choices=Status, default=Status.REQUESTED, editable=False)
    field = models.CharField(max_length=63)
    reason = models.TextField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_for = models.CharField(max_length=30, help_text="The role in which it was requested.")
    rows = models.PositiveIntegerField(null=True, editable=False, help_text="How many rows carry the tombstone.")

    objects = RedactionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Redaction {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("portal:redaction", args=[self.pk])

    @property
    def side(self) -> Role:
        """The side that asked; the other one carries it out."""
        return Role(self.requested_for)

    @property
    def tombstone(self) -> str:
        # Numbered, so that a unique field stays unique and the text leads to this record.
        return f"{TOMBSTONE}{self.pk}]"

    @classmethod
    def request(cls, subject: models.Model, field: str, *, by: User, reason: str) -> Redaction:
        if not by.has_perm("workflow.request_redaction"):
            raise PermissionDenied("Only legal and privacy ask for a redaction.")
        if field not in getattr(subject, "redactable", ()):
            raise ValidationError({"field": "This field does not hold personal text and cannot be redacted."})
        if not reason.strip():
            raise ValidationError({"reason": "Say why the text is redacted."})
        side = next(role for role in SIDES if by.has_role(role))
        made = cls(subject=subject, field=field, reason=reason, requested_by=by, requested_for=side.value)
        made.on_behalf(by, "request redaction").save()
        return made

    @transition(Status.REQUESTED, to=Status.CARRIED_OUT)
    def carry_out(self, *, by: User, note: str) -> None:
        """Replace the text everywhere and destroy its salts. Made by the other side than the one that asked."""
        other = next(role for role in SIDES if role != self.side)
        if by == self.requested_by or not by.has_role(other):
            raise PermissionDenied(f"The role {other} must carry out what {self.requested_for} asked for.")
        subject = self.subject
        table, key = subject._meta.db_table, subject._meta.pk.column
        if isinstance(subject, RecordedModel):
            history = subject.history.model._meta.db_table
            self.rows = self._redact(history, "history_id", key, by, on_chain=True)
            self._redact(table, key, key, by, on_chain=False)
        else:
            self.rows = self._redact(table, key, key, by, on_chain=True)

    @transition(Status.REQUESTED, to=Status.DECLINED, reason="Say why the text stays.")
    def decline(self, *, by: User, note: str) -> None:
        """Leave the text as it is."""

    def _redact(self, table: str, id_column: str, key_column: str, by: User, *, on_chain: bool) -> int:
        with connection.cursor() as cursor:
            # Entries that this transaction still owes would otherwise be made from the redacted row.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(
                "SELECT ledger_redact(%s, %s, %s, %s, %s, %s, %s, %s)",
                [table, id_column, key_column, self.object_id, self.field, self.tombstone, f"user {by.pk}", on_chain],
            )
            counted: int = cursor.fetchone()[0]
        return counted
