"""Taking a personal text out of a record and its whole history, while the chain still verifies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, models

from apps.accounts.models import Role
from apps.core.exceptions import Conflict
from apps.core.permissions import require
from apps.ledger.models import RecordedModel, StoredResponse
from apps.workflow.models.about import AboutModel, AboutQuerySet
from apps.workflow.models.comment import Comment
from apps.workflow.models.decision import Decision
from apps.workflow.models.four_eyes import approver_roles, require_second_approver
from apps.workflow.models.governed import GovernedModel, Transition, transition
from apps.workflow.models.review import Review
from apps.workflow.models.vote import Vote

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

TOMBSTONE = "[redacted "  # how every tombstone starts
IS_TOMBSTONE = re.compile(r"\[redacted [0-9]+\]")

# [table, row, field]
Target = list[str | int]


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
    targets = models.JSONField(null=True, editable=False, help_text="What was replaced: [table, row, field] of each.")

    objects = RedactionQuerySet.as_manager()
    portal_calls = ("ledger_redact(bigint, bigint)",)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Redaction {self.pk}"

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
        require(by, "workflow.request_redaction", subject)
        if field not in getattr(subject, "redactable", ()):
            raise ValidationError({"field": "This field does not hold personal text and cannot be redacted."})
        if not reason.strip():
            raise ValidationError({"reason": "Say why the text is redacted."})
        made = cls(
            subject=subject, field=field, reason=reason, requested_by=by, requested_for=approver_roles(by)[0].value
        )
        made.on_behalf(by, "request redaction").save()
        return made

    @transition(Status.REQUESTED, to=Status.CARRIED_OUT)
    def carry_out(self, *, by: User, note: str) -> None:
        """Replace the text everywhere and destroy its salts. Made by the other side than the one that asked."""
        require_second_approver(by, first=self.requested_by, taken=[self.side])
        if not self.requested_by.has_role(self.side):
            raise Conflict(
                f"{self.requested_by} asked for {self.side} and does not speak for it any more. Decline this request "
                "and ask for the redaction anew."
            )
        texts = _texts(self.subject, self.field)
        StoredResponse.objects.holding(texts).delete()
        self.targets = places_of(self.subject, self.field, texts)
        self.rows = len(self.targets)
        # Entries that this transaction still owes would otherwise be made from redacted rows.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    @transition(Status.REQUESTED, to=Status.DECLINED, reason="Say why the text stays.")
    def decline(self, *, by: User, note: str) -> None:
        """Leave the text as it is."""

    def after_step(self, step: Transition, *, by: User | None, note: str) -> None:
        super().after_step(step, by=by, note=note)
        if step.name == "carry_out" and by is not None:
            # The database asks request, outcome and decision, which are on record by now, and does the work.
            with connection.cursor() as cursor:
                cursor.execute("SELECT ledger_redact(%s, %s)", [self.pk, by.pk])

    def hidden_fields(self, user: User) -> tuple[str, ...]:
        # The history needs no numbers of tables and rows; see `replaced`.
        return (*super().hidden_fields(user), "targets")

    @property
    def replaced(self) -> list[Replaced]:
        """What was replaced, by kind of record and field."""
        by_place: dict[tuple[str, str], list[int]] = {}
        for table, row, field in self.targets or []:
            by_place.setdefault((table, field), []).append(row)
        models_of = {model._meta.db_table: model for model in apps.get_models()}
        # A later release may have retired the model.
        return [
            Replaced.of(models_of[table], field, rows) if table in models_of else Replaced(table, field, rows)
            for (table, field), rows in by_place.items()
        ]


@dataclass(frozen=True)
class Replaced:
    """Rows of one kind in which the same field carries the tombstone."""

    kind: str
    field: str
    rows: list[int]

    def __str__(self) -> str:
        numbers = ", ".join(map(str, self.rows))
        return f"{self.kind}, {self.field}: row{'s' if len(self.rows) > 1 else ''} {numbers}"

    @classmethod
    def of(cls, model: type[models.Model], field: str, rows: list[int]) -> Replaced:
        kind = str(model._meta.verbose_name).removeprefix("historical ")
        kind = kind if kind == model._meta.verbose_name else f"history of {kind}"
        labels = (known.verbose_name for known in model._meta.concrete_fields if known.column == field)
        # A later release may have renamed the column.
        return cls(kind.capitalize(), str(next(labels, field)), rows)


def _texts(record: models.Model, field: str) -> set[str]:
    """What the field says and ever said, without what was redacted before."""
    texts = set(_past_of(record).values_list(field, flat=True))
    return {text for text in texts if text and not IS_TOMBSTONE.fullmatch(text)}


def places_of(record: models.Model, field: str, texts: set[str]) -> list[Target]:
    """Where on the chain the field of the record says, or said, one of the texts; and where a copy of it stands."""
    found = _rows(_past_of(record), field, texts)
    if isinstance(record, Vote | AboutModel):
        about = record.review if isinstance(record, Vote) else record.subject
        found += _copies(about.subject if isinstance(about, AboutModel) else about, texts)
    return [list(target) for target in dict.fromkeys(map(tuple, found))]


def _copies(record: Any, texts: set[str]) -> list[Target]:
    """A note at a step stands in the decision, the history and the thread."""
    found: list[Target] = []
    for thing in (record, *Review.objects.about(record)):
        found += _rows(Decision.objects.about(thing), "note", texts)
        found += _rows(thing.history.all(), "history_change_reason", texts)
    for comment in Comment.objects.about(record):
        found += _rows(comment.history.all(), "body", texts)
    return found


def _past_of(record: models.Model) -> models.QuerySet[Any]:
    """The rows of a record that stand on the chain."""
    if isinstance(record, RecordedModel):
        history: models.QuerySet[Any] = record.history.all()
        return history
    return type(record)._base_manager.filter(pk=record.pk)


def _rows(rows: models.QuerySet[Any], field: str, texts: set[str]) -> list[Target]:
    held = rows.filter(**{f"{field}__in": texts}).order_by("pk").values_list("pk", flat=True)
    return [[rows.model._meta.db_table, pk, field] for pk in held]


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
