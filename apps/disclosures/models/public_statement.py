from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db import transaction as db
from django.db.models import F, Q

from apps.core import clock
from apps.core.access import Access
from apps.core.exceptions import Conflict
from apps.disclosures.sentences import find_sentence, tidy
from apps.findings.models import ApprovedModel
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.ledger.triggers import frozen
from apps.vendors.models import Organisation
from apps.workflow.models import Proposal, Transition, transition

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

FACTS = ("title", "said_on", "audience", "organisation_id", "text", "created_at", "id")


class PublicStatementQuerySet(RecordedQuerySet["PublicStatement"]):
    def visible_to(self, user: AnyUser) -> PublicStatementQuerySet:
        """What was said, for everybody; what is still being written, for its author and those who read everything."""
        if user.has_perm("disclosures.view_unsaid_statements"):
            return self
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(status=PublicStatement.Status.MADE) | Q(author=user.pk))

    def kept_by(self, user: AnyUser) -> PublicStatementQuerySet:
        """Those that the user wrote."""
        return self.filter(author=user.pk)


class PublicStatement(ApprovedModel):
    """What we tell or told somebody outside about an organisation: the press, an authority, our users."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        PRE_CLEARED = "pre_cleared", "Pre-cleared"
        REJECTED = "rejected", "Rejected"
        MADE = "made", "Made"

    class Audience(models.TextChoices):
        PRESS = "press", "The press"
        REGULATOR = "regulator", "An authority"
        LEGISLATOR = "legislator", "A parliament or one of its members"
        COURT = "court", "A court"
        USERS = "users", "Our users"
        INVESTORS = "investors", "Investors"
        OTHER = "other", "Somebody else"

    title = models.CharField(max_length=200)
    status = models.CharField(max_length=15, choices=Status, default=Status.DRAFT, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="public_statements", editable=False
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="statements_about", verbose_name="about whom"
    )
    audience = models.CharField("told to", max_length=15, choices=Audience)
    said_on = models.DateField("day", help_text="The day on which it was made, or is to be made.")
    text = models.TextField(max_length=100_000, help_text="Word for word.")

    objects = PublicStatementQuerySet.as_manager()
    editable_in = (Status.DRAFT,)
    history_parts = ("claims",)
    claims_open_in = (Status.DRAFT, Status.MADE)
    long_fields = ("text",)
    keepers = ("author",)
    over_in = (Status.MADE,)
    needs_approval = ("make",)
    needs_conditions = ("make",)

    class Meta:
        ordering = ["-said_on", "-pk"]
        triggers = frozen(*FACTS, status="status", final=("made",))

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        self.text = tidy(self.text)

    @transition(Status.DRAFT, Status.REJECTED, to=Status.IN_REVIEW)
    def submit(self, *, by: User, note: str) -> None:
        """Ask legal and privacy to clear the statement before it is made."""

    @transition(Status.IN_REVIEW, to=Status.PRE_CLEARED, by_review=True)
    def approve(self, *, by: User, note: str) -> None:
        """Made by the last required vote."""

    @transition(Status.IN_REVIEW, to=Status.REJECTED, by_review=True)
    def reject(self, *, by: User, note: str) -> None:
        """Made by a vote to refuse."""

    @transition(Status.IN_REVIEW, to=Status.DRAFT, by_review=True)
    def return_to_draft(self, *, by: User, note: str) -> None:
        """Made when the review is returned or withdrawn."""

    @transition(Status.IN_REVIEW, Status.PRE_CLEARED, Status.REJECTED, to=Status.DRAFT)
    def revise(self, *, by: User, note: str) -> None:
        """Open the statement for changes. Its clearance is void."""

    @transition(Status.PRE_CLEARED, to=Status.MADE)
    def make(self, *, by: User, note: str) -> None:
        """Record that the statement was made as it was cleared. Its text never changes again."""

    @transition(
        Status.DRAFT,
        to=Status.MADE,
        reason="Write where its text is from, and why it was not cleared here.",
        label="Record as made already",
    )
    def record_as_made(self, *, by: User, note: str) -> None:
        """Record what was said without clearance here, such as years ago. Nothing stops this: it has happened."""

    def why_not_now(self, step: Transition) -> str:
        if step.name == "submit" and not self.claims.exists():
            return "Enter what the statement says before you submit it, sentence by sentence."
        if step.name in ("make", "record_as_made") and self.said_on > clock.today():
            return f"The statement is for {self.said_on:%-d %b %Y}, and that day has not come."
        return super().why_not_now(step)

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        super().prepare(records)
        models.prefetch_related_objects(records, "organisation", "claims", "author")
        Organisation.prefetch_conflicts([statement.organisation for statement in records])

    @classmethod
    def prefetch_readers(cls, records: Sequence[Any]) -> None:
        models.prefetch_related_objects(records, "organisation", "author")
        Organisation.prefetch_conflicts([statement.organisation for statement in records])

    def hides_remarks_from(self, user: User) -> bool:
        return user.pk in self.organisation.conflicted_users

    def barred_people(self) -> dict[int, str]:
        barred = {self.author_id: f"{self.author} wrote this statement and does not decide about it."}
        for user_id, conflict in self.organisation.conflicted_users.items():
            barred[user_id] = f"{conflict.insider} may not take part in decisions about {self.organisation}."
        return barred

    def in_short(self) -> str:
        return f"On {self.said_on:%-d %b %Y}, to {self.get_audience_display().lower()}, about {self.organisation}."

    def review_content(self) -> list[list[str]]:
        return [
            ["Title", self.title, self.title],
            ["About", str(self.organisation), str(self.organisation_id)],
            ["Told to", self.get_audience_display(), self.audience],
            ["Day", f"{self.said_on:%-d %b %Y}", str(self.said_on)],
            ["Text", self.text, self.text],
            *(["It says", claim.words, claim.identity] for claim in self.claims.all()),
        ]


class StatementClaimQuerySet(RecordedQuerySet["StatementClaim"]):
    def visible_to(self, user: AnyUser) -> StatementClaimQuerySet:
        return self.filter(statement__in=PublicStatement.objects.visible_to(user))


class StatementClaim(RecordedModel):
    """What one sentence of a public statement says about the organisation, and of which time it speaks."""

    class Kind(models.TextChoices):
        NO_AGREEMENT = "no_agreement", "There was no agreement with them"
        NO_RELATION = "no_relation", "There was no business relation with them"
        NO_SHARING = "no_sharing", "No data was shared with them"
        SHARED = "shared", "Data was shared with them"
        NO_PAYMENT = "no_payment", "Nothing was paid by them"
        DELETED = "deleted", "They have deleted the data"

    statement = models.ForeignKey(PublicStatement, on_delete=models.PROTECT, related_name="claims", editable=False)
    kind = models.CharField("it says", max_length=15, choices=Kind)
    period_from = models.DateField("from", null=True, blank=True, help_text="Empty: of all time before.")
    period_until = models.DateField("until", null=True, blank=True, help_text="Empty: to the day of the statement.")
    sentence = models.TextField(help_text="The sentence of the statement, word for word.")
    start = models.PositiveIntegerField(editable=False, help_text="Where the sentence begins in the text.")
    end = models.PositiveIntegerField(editable=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = StatementClaimQuerySet.as_manager()
    portal_may = Access.REMOVE  # see remove

    class Meta:
        ordering = ["start", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "kind", "period_from", "period_until", "start"],
                nulls_distinct=False,
                name="statement_claim_once",
            ),
            models.CheckConstraint(
                condition=Q(period_from=None) | Q(period_until=None) | Q(period_until__gte=F("period_from")),
                name="statement_claim_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="statement_claim_quotes_something"),
        ]

    def __str__(self) -> str:
        return self.words

    def get_absolute_url(self) -> str:
        return f"{self.statement.get_absolute_url()}#claim-{self.pk}"

    def clean(self) -> None:
        found = find_sentence(self.statement.text, self.sentence, near=self.start or 0)
        if found is None:
            raise ValidationError({"sentence": "This sentence does not stand in the text. Copy it from there."})
        self.start, self.end = found
        self.sentence = self.statement.text[self.start : self.end]

    @db.atomic
    def enter(self, *, by: User) -> None:
        """Keep the claim. The review of a draft that is under way stays as it was submitted."""
        self._require(by, "add_statementclaim")
        self.entered_by = by
        self.full_clean()
        self.statement.touch(by, "enter claim")
        self.on_behalf(by, "enter claim").save()

    @db.atomic
    def remove(self, *, by: User, reason: str) -> Proposal | None:
        """Take a claim back. The history of the statement keeps it."""
        self._require(by, "remove_statementclaim")
        self.lock()
        self.statement.touch(by, reason)
        self.on_behalf(by, reason).delete()
        return None

    def _require(self, by: User, step: str) -> None:
        statement = PublicStatement.objects.locked(self.statement_id)
        if not by.has_perm(f"disclosures.{step}", statement):
            raise PermissionDenied("The author of a statement, legal and privacy enter what it says.")
        if step == "remove_statementclaim":
            self.require_removable(statement)
        self.require_open(statement)
        self.statement = statement

    def require_removable(self, statement: PublicStatement) -> None:
        """Raise Conflict once it was said: what a sentence says may be added then, and not taken away."""
        statement.require_editable()

    def require_open(self, statement: PublicStatement) -> None:
        """Raise Conflict while the statement is being decided about: what it says is part of what is voted on."""
        if statement.status not in statement.claims_open_in:
            state = statement.get_status_display().lower()
            raise Conflict(f"What {statement} says stays as it is while it is {state}.")

    @property
    def period_words(self) -> str:
        since = f"from {self.period_from:%-d %b %Y}" if self.period_from else "of all time"
        return f"{since} until {self.period_until or self.statement.said_on:%-d %b %Y}"

    @property
    def words(self) -> str:
        return f"{self.get_kind_display()}, {self.period_words}."

    @property
    def identity(self) -> str:
        return f"{self.kind} {self.period_from} {self.period_until} {self.start}-{self.end}"
