from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Min, OuterRef, Q, Subquery

from apps.core import clock
from apps.core.exceptions import Conflict
from apps.core.reading import once_while_reading
from apps.disclosures.models.notice import Notice
from apps.disclosures.sentences import tidy
from apps.findings.models import ApprovedModel
from apps.ledger.models import RecordedQuerySet
from apps.ledger.triggers import frozen
from apps.workflow.models import ConfirmedModel, Proposal, Transition, transition

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

# What stays as it is once a version is published, in the database too.
FACTS = ("notice_id", "label", "text", "sha256", "effective_from", "published_at", "created_at", "id")
SPOKEN = ("published", "superseded")
LONGEST_TEXT = 500_000


class TextDigest(models.Func):
    """The SHA-256 of a text in UTF-8, as the database computes it."""

    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = models.CharField()


class NoticeVersionQuerySet(RecordedQuerySet["NoticeVersion"]):
    def visible_to(self, user: AnyUser) -> NoticeVersionQuerySet:
        return self if user.is_authenticated else self.none()

    def kept_by(self, user: AnyUser) -> NoticeVersionQuerySet:
        """Those that the user wrote, or whose notice the user owns, without their long texts."""
        theirs = self.filter(Q(author=user.pk) | Q(notice__owner=user.pk))
        return theirs.select_related("notice").defer("text").order_by("-pk")

    def spoken(self) -> NoticeVersionQuerySet:
        """Those that people were shown: published, superseded or not."""
        return self.filter(status__in=SPOKEN)

    def with_periods(self) -> NoticeVersionQuerySet:
        """Each with `next_from`, the day on which the next version of its notice took or takes effect."""
        later = NoticeVersion.objects.spoken().filter(
            notice=OuterRef("notice"), effective_from__gt=OuterRef("effective_from")
        )
        first = later.order_by().values("notice").annotate(first=Min("effective_from")).values("first")
        return self.annotate(next_from=Subquery(first))

    def with_claims(self) -> NoticeVersionQuerySet:
        """Each with its notice and with what was entered about it, as far as a sharing is compared with that."""
        return self.select_related("notice").prefetch_related(named_claims())

    def in_force_on(self, day: date) -> NoticeVersionQuerySet:
        return self.in_force_during(day, day)

    def in_force_during(self, start: date | None, end: date | None) -> NoticeVersionQuerySet:
        """In force on any day of the period, both ends included. None leaves that end open."""
        versions = self.spoken().with_periods()
        if end is not None:
            versions = versions.filter(effective_from__lte=end)
        if start is not None:
            versions = versions.filter(Q(next_from=None) | Q(next_from__gt=start))
        return versions

    def replaced(self) -> NoticeVersionQuerySet:
        """Still marked as published although a later version of the same notice has taken effect."""
        return self.filter(status=NoticeVersion.Status.PUBLISHED).with_periods().filter(Q(next_from__lte=clock.today()))


def named_claims() -> models.Prefetch[str]:
    """What was entered about versions, with the terms and people that it names."""
    claims: Any = NoticeVersion._meta.get_field("claims").related_model
    return models.Prefetch("claims", claims.objects.select_related("use", "category", "entered_by", "checked_by"))


class NoticeVersion(ConfirmedModel, ApprovedModel):
    """One text of a notice, with the day from which it was in force. Once published it never changes."""

    two_people: ClassVar[dict[str, str]] = {"remove_claim": "Take back a claim"}

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded"

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="versions")
    label = models.CharField("version", max_length=60, help_text="How this version is called, such as 2012 or 3.1.")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notice_versions", editable=False
    )
    text = models.TextField(max_length=LONGEST_TEXT, help_text="The whole text, as people read it.")
    sha256 = models.CharField("SHA-256 of the text", max_length=64, editable=False)
    effective_from = models.DateField(
        "in force from", help_text="For a version that people have read already, the day on which it took effect."
    )
    published_at = models.DateTimeField("recorded as published", null=True, editable=False)

    objects = NoticeVersionQuerySet.as_manager()
    editable_in = (Status.DRAFT,)
    history_parts = ("claims",)
    named_on_pages = ("notice",)
    long_fields = ("text",)
    keepers = ("author",)
    over_in = SPOKEN
    needs_approval = ("publish",)
    needs_conditions = ("publish",)
    # Old notices are entered late, and what they say is found later still.
    claims_open_in = (Status.DRAFT, Status.PUBLISHED, Status.SUPERSEDED)

    class Meta:
        ordering = ["notice", "-effective_from", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "label"], name="notice_version_once"),
            models.UniqueConstraint(
                fields=["notice", "effective_from"], condition=Q(status__in=SPOKEN), name="one_version_from_a_day"
            ),
            models.CheckConstraint(
                condition=Q(sha256=TextDigest(F("text"))),
                name="digest_is_of_the_text",
                violation_error_message="The SHA-256 is not that of the text.",
            ),
        ]
        triggers = frozen(*FACTS, status="status", final=SPOKEN)

    def __str__(self) -> str:
        return f"{self.notice}, version {self.label}"

    def clean(self) -> None:
        self.text = tidy(self.text)
        self.sha256 = sha256(self.text.encode()).hexdigest()

    @transition(Status.DRAFT, Status.REJECTED, to=Status.IN_REVIEW)
    def submit(self, *, by: User, note: str) -> None:
        """Ask legal and privacy for approval. A version that people have read already takes the same way."""

    @transition(Status.IN_REVIEW, to=Status.APPROVED, by_review=True)
    def approve(self, *, by: User, note: str) -> None:
        """Made by the last required vote."""

    @transition(Status.IN_REVIEW, to=Status.REJECTED, by_review=True)
    def reject(self, *, by: User, note: str) -> None:
        """Made by a vote to refuse."""

    @transition(Status.IN_REVIEW, to=Status.DRAFT, by_review=True)
    def return_to_draft(self, *, by: User, note: str) -> None:
        """Made when the review is returned or withdrawn."""

    @transition(Status.IN_REVIEW, Status.APPROVED, Status.REJECTED, to=Status.DRAFT)
    def revise(self, *, by: User, note: str) -> None:
        """Open the version for changes. Its approval is void."""

    @transition(Status.APPROVED, to=Status.PUBLISHED)
    def publish(self, *, by: User, note: str) -> None:
        """Put the version before people on its day. The one before it is superseded, and neither text changes again."""
        Notice.objects.locked(self.notice_id)
        if self.effective_from < clock.today() and not note.strip():
            raise ValidationError(
                {"note": "This version took effect in the past. Write where its text and day are from."}
            )
        self.require_ready(self.transitions["publish"])  # again, since no other version is published meanwhile
        self.published_at = clock.now()

    @transition(Status.PUBLISHED, to=Status.SUPERSEDED, system=True)
    def supersede(self, *, by: None, note: str) -> None:
        """Made by the system on the day on which the next version takes effect."""
        if self.next_day is None or self.next_day > clock.today():
            raise Conflict(f"No later version than {self} is in force yet.")

    def missing_for(self, step: Transition) -> dict[str, str]:
        no_text = step.name == "submit" and not self.text
        return {"text": "Enter the text before you submit the version."} if no_text else {}

    def why_not_now(self, step: Transition) -> str:
        if step.name == "publish":
            same_day = self.notice.versions.spoken().filter(effective_from=self.effective_from).first()
            if same_day:
                return f"{same_day} took effect on the same day. Revise this version and change its day."
        return super().why_not_now(step)

    def after_step(self, step: Transition, *, by: User | None, note: str) -> None:
        super().after_step(step, by=by, note=note)
        if step.name != "publish":
            return
        for version in self.notice.versions.replaced():
            version.supersede(by=None, note="A later version is in force.")
        self.refresh_from_db(fields=["status", "revision"])  # it may be an old one itself

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        super().prepare(records)
        models.prefetch_related_objects(records, "notice", named_claims())

    @property
    def next_day(self) -> date | None:
        """The day on which the next version of the notice took or takes effect."""
        if "next_from" not in vars(self):
            others = NoticeVersion.objects.spoken().filter(notice=self.notice_id)
            later = others.filter(effective_from__gt=self.effective_from).order_by("effective_from")
            next_one = once_while_reading(("next version", self.pk), later.first)
            return next_one.effective_from if next_one else None
        day: date | None = vars(self)["next_from"]
        return day

    @property
    def effective_until(self) -> date | None:
        """The last day in force; None while no later version is known."""
        return self.next_day and self.next_day - timedelta(days=1)

    def was_in_force(self, start: date, end: date) -> bool:
        """Whether on any day of the period, both ends included. For a version read `with_periods`."""
        until = self.effective_until
        return self.is_spoken and self.effective_from <= end and (until is None or until >= start)

    @property
    def period_words(self) -> str:
        until = self.effective_until
        return f"in force from {self.effective_from:%-d %b %Y}" + (f" until {until:%-d %b %Y}" if until else "")

    @property
    def claims_words(self) -> str:
        """How much was entered about it and by whom, for answers that can be no better than that."""
        claims = list(self.claims.all())
        if not claims:
            return "Nobody has entered what it says"
        names = " and ".join(dict.fromkeys(str(claim.entered_by) for claim in claims))
        checked = sum(claim.checked_by_id is not None for claim in claims)
        one = "1 claim" if len(claims) == 1 else f"{len(claims)} claims"
        return f"{one} entered by {names}, {checked or 'none'} checked by somebody else"

    @property
    def is_spoken(self) -> bool:
        return self.status in SPOKEN

    @classmethod
    def prefetch_barred(cls, records: Sequence[Any]) -> None:
        models.prefetch_related_objects(records, "notice__owner", "author")

    def barred_people(self) -> dict[int, str]:
        return {
            self.notice.owner_id: f"{self.notice.owner} owns this notice and does not decide about it.",
            self.author_id: f"{self.author} wrote this version and does not decide about it.",
        }

    def review_content(self) -> list[list[str]]:
        claims = [[claim.get_kind_display(), claim.words, claim.identity] for claim in self.claims.all()]
        return [
            ["Notice", str(self.notice), str(self.notice_id)],
            ["Version", self.label, self.label],
            ["In force from", f"{self.effective_from:%-d %b %Y}", str(self.effective_from)],
            ["Text", f"{len(self.text.split()):,} words, SHA-256 {self.sha256}", self.sha256],
            *claims,
        ]

    def carry_out(self, proposal: Proposal, *, by: User) -> None:
        claim: Any = self.claims.filter(pk=proposal.values["claim"], revision=proposal.values["revision"]).first()
        if claim is None:
            raise Conflict("The claim was changed or taken back after this was asked for. Decline this.")
        self.touch(by, proposal.reason)
        claim.on_behalf(by, proposal.reason).delete()

    def in_short(self) -> str:
        count = self.claims.count()
        claims = f"{count} claims are" if count != 1 else "1 claim is"
        return f"{self.notice}: version {self.label}, in force from {self.effective_from:%-d %b %Y}. {claims} entered."
