"""What people cast in a review: votes with their conditions, and who stands in for whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db import transaction as db
from django.db.models import Q

from apps.accounts.models import Role, User
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.ledger.models import RecordedManager, RecordedModel, RecordedQuerySet
from apps.ledger.triggers import chained

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser
    from apps.workflow.models.review import Review


def digest_of(value: Any) -> str:
    """SHA-256, hex, of the value as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def material(content: Sequence[Sequence[str]]) -> list[list[str]]:
    """What of a review's content the votes rest on: each label with its identity, without the words."""
    return [[label, identity] for label, _, identity in content]


@dataclass(frozen=True)
class Ask:
    """A condition that a vote sets: met before activation, or by a date after it."""

    text: str
    due_on: Any = None


class VoteQuerySet(models.QuerySet["Vote"]):
    def in_order(self) -> VoteQuerySet:
        """As they were cast, with who cast them and for whom."""
        return self.select_related("by", "acting_for").order_by("pk")


class Vote(models.Model):
    """One person's verdict for one role, on the digest and the facts of that moment. Every version is kept."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", "Approve"
        APPROVE_WITH_CONDITIONS = "approve_with_conditions", "Approve with conditions"
        REFUSE = "refuse", "Refuse"
        ABSTAIN = "abstain", "Abstain"

    APPROVING = (Verdict.APPROVE, Verdict.APPROVE_WITH_CONDITIONS)

    review = models.ForeignKey("workflow.Review", on_delete=models.PROTECT, related_name="votes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="votes")
    by_name = models.CharField(max_length=150)
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])
    verdict = models.CharField(max_length=30, choices=Verdict)
    reason = models.TextField(blank=True)
    acting_for = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, help_text="Of the content voted on.")
    facts = models.CharField(max_length=64, help_text="Digest of what the checks had found at the vote.")
    at = models.DateTimeField(default=clock.now)

    objects = VoteQuerySet.as_manager()
    redactable = ("by_name", "reason")

    class Meta:
        ordering = ["pk"]
        triggers = chained()

    def __str__(self) -> str:
        return f"{self.by_name} for {self.role}: {self.get_verdict_display()}"

    @classmethod
    def cast(
        cls,
        review: Review,
        *,
        by: User,
        role: Role,
        facts: str,
        verdict: str,
        reason: str,
        conditions: Sequence[Ask],
    ) -> Vote:
        """`facts` is the digest of what the checks find now."""
        if verdict not in cls.Verdict:
            raise ValidationError({"verdict": "Choose one of the verdicts."})
        if verdict == cls.Verdict.REFUSE and not reason.strip():
            raise ValidationError({"reason": "Say why you refuse."})
        if (verdict == cls.Verdict.APPROVE_WITH_CONDITIONS) != bool(conditions):
            raise ValidationError({"conditions": "Name at least one condition, or approve without conditions."})
        vote = cls.objects.create(
            review=review,
            by=by,
            by_name=str(by),
            role=role,
            verdict=verdict,
            reason=reason,
            acting_for=Delegation.of(by, role),
            digest=review.digest,
            facts=facts,
        )
        for ask in conditions:
            Condition(vote=vote, text=ask.text, due_on=ask.due_on).on_behalf(by, "vote").save()
        return vote


class ConditionQuerySet(RecordedQuerySet["Condition"]):
    def visible_to(self, user: AnyUser) -> ConditionQuerySet:
        """Conditions of visible reviews. Whether this user may read remarks about the record, the record says."""
        reviews: Any = apps.get_model("workflow.Review")
        return self.filter(vote__review__in=reviews.objects.visible_to(user))


class Condition(RecordedModel):
    """What an approval depends on. Without a date it must be met before activation."""

    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="conditions")
    text = models.TextField()
    due_on = models.DateField(null=True, blank=True)
    met_at = models.DateTimeField(null=True, editable=False)
    met_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT)
    evidence = models.TextField(blank=True)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return self.vote.review.get_absolute_url()

    @db.atomic
    def meet(self, *, by: User, evidence: str) -> None:
        """Record that the condition is met. Only somebody of the role that set it can say so."""
        self.lock()
        if self.met_at:
            raise Conflict("This condition is met already.")
        if not by.has_role(Role(self.vote.role)) or by.pk in self.vote.review.subject.barred_people():
            raise PermissionDenied(f"Only the role {self.vote.role}, which set the condition, can say that it is met.")
        if not evidence.strip():
            raise ValidationError({"evidence": "Say how the condition was met."})
        self.met_at, self.met_by, self.evidence = clock.now(), by, evidence
        self.on_behalf(by, "meet").save()


class Delegation(RecordedModel):
    """That one person of a role stands in for another one for given dates. Shown on the vote."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="delegations")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acting_for")
    role = models.CharField(max_length=30, choices=[(role.value, role.value) for role in Role])
    starts_on = models.DateField("from")
    ends_on = models.DateField("until")

    objects = RecordedManager["Delegation"]()

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="delegation_ends_after_start"),
            models.CheckConstraint(condition=~Q(person=models.F("deputy")), name="delegation_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.person}"

    def clean(self) -> None:
        # A form says itself which of these is missing.
        people = [self.person, self.deputy] if self.person_id and self.deputy_id and self.role else []
        for user in people:
            if not user.has_role(Role(self.role)):
                raise ValidationError(f"{user} does not hold the role {self.role}.")
        if people and self.person_id == self.deputy_id:
            raise ValidationError({"deputy": "Name somebody else."})

    @classmethod
    def of(cls, deputy: User, role: str) -> User | None:
        """Whom this deputy stands in for today."""
        today = clock.today()
        cover = cls.objects.filter(deputy=deputy, role=role, starts_on__lte=today, ends_on__gte=today).first()
        return cover.person if cover else None
