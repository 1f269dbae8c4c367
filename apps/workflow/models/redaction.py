"""Taking a personal text out of a record and its whole history, while the chain still verifies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models
from django.urls import reverse

from apps.accounts.models import Role
from apps.ledger.models import KeptAnswer, RecordedModel
from apps.workflow.models.about import AboutModel, AboutQuerySet
from apps.workflow.models.comment import Comment
from apps.workflow.models.decision import Decision
from apps.workflow.models.governed import GovernedModel, transition
from apps.workflow.models.review import Review
from apps.workflow.models.sides import require_other_side, sides_of
from apps.workflow.models.vote import Vote

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

TOMBSTONE = "[redacted "  # how every tombstone starts


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
        if not by.has_perm("workflow.request_redaction", subject):
            raise PermissionDenied("Only legal and privacy ask for a redaction.")
        if field not in getattr(subject, "redactable", ()):
            raise ValidationError({"field": "This field does not hold personal text and cannot be redacted."})
        if not reason.strip():
            raise ValidationError({"reason": "Say why the text is redacted."})
        made = cls(subject=subject, field=field, reason=reason, requested_by=by, requested_for=sides_of(by)[0].value)
        made.on_behalf(by, "request redaction").save()
        return made

    @transition(Status.REQUESTED, to=Status.CARRIED_OUT)
    def carry_out(self, *, by: User, note: str) -> None:
        """Replace the text everywhere and destroy its salts. Made by the other side than the one that asked."""
        require_other_side(by, first=self.requested_by, taken=[self.side])
        subject = self.subject
        text = getattr(subject, self.field)
        KeptAnswer.objects.holding(_texts(subject, self.field)).delete()
        self.rows = self._redact_field(subject, self.field, by)
        if text and isinstance(subject, Vote | AboutModel):
            about = subject.review if isinstance(subject, Vote) else subject.subject
            self.rows += self._redact_copies(about, text, by)

    @transition(Status.REQUESTED, to=Status.DECLINED, reason="Say why the text stays.")
    def decline(self, *, by: User, note: str) -> None:
        """Leave the text as it is."""

    def _redact_field(self, record: models.Model, field: str, by: User) -> int:
        """The field in the record and in its whole history."""
        table, key = record._meta.db_table, str(record._meta.pk.column)
        if not isinstance(record, RecordedModel):
            return self._redact(table, key, key, record.pk, field, by, on_chain=True)
        history = record.history.model._meta.db_table
        counted = self._redact(history, "history_id", key, record.pk, field, by, on_chain=True)
        self._redact(table, key, key, record.pk, field, by, on_chain=False)
        return counted

    def _redact_copies(self, about: models.Model, text: str, by: User) -> int:
        """The same text elsewhere: a note at a step stands in the decision, the history and the thread."""
        record = about.subject if isinstance(about, AboutModel) else about
        counted = 0
        for thing in (record, *Review.objects.about(record)):
            for decision in Decision.objects.about(thing).filter(note=text):
                counted += self._redact_field(decision, "note", by)
            history = thing.history.model._meta.db_table
            for row in thing.history.filter(history_change_reason=text):
                counted += self._redact(
                    history, "history_id", "history_id", row.pk, "history_change_reason", by, on_chain=True
                )
        for comment in Comment.objects.about(record).filter(body=text):
            counted += self._redact_field(comment, "body", by)
        return counted

    def _redact(
        self, table: str, id_column: str, key_column: str, key: int, field: str, by: User, *, on_chain: bool
    ) -> int:
        with connection.cursor() as cursor:
            # Entries that this transaction still owes would otherwise be made from the redacted row.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(
                "SELECT ledger_redact(%s, %s, %s, %s, %s, %s, %s, %s)",
                [table, id_column, key_column, key, field, self.tombstone, f"user {by.pk}", on_chain],
            )
            counted: int = cursor.fetchone()[0]
        return counted


def _texts(record: models.Model, field: str) -> set[str]:
    """What the field says and ever said."""
    texts = {getattr(record, field)}
    if isinstance(record, RecordedModel):
        texts |= set(record.history.values_list(field, flat=True))
    return {text for text in texts if text}


def redactable_record(kind: str, pk: int, user: User) -> Any:
    """The record of that kind, such as "workflow.comment", if it holds personal text and the user sees it."""
    try:
        model = apps.get_model(kind)
    except (LookupError, ValueError):
        return None
    if not getattr(model, "redactable", ()):
        return None
    records: Any = model._default_manager.all()
    if hasattr(records, "visible_to"):
        records = records.visible_to(user)
    elif hasattr(records, "about_visible"):
        records = records.about_visible(user)
    return records.filter(pk=pk).first()
