from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, Count, IntegerField, OuterRef, Q, Subquery, Value, When

from apps.accounts.models import Role
from apps.core import clock
from apps.core.reading import once_while_reading
from apps.findings.models.requirement import SEVERITY_ORDER, Requirement, Severity, is_above_medium
from apps.workflow.models import AboutModel, AboutQuerySet, GovernedModel, Transition, transition
from apps.workflow.models.four_eyes import approver_roles, require_second_approver

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

ACCEPTED_AT_MOST = timedelta(days=180)
CLEAR_WITHIN = {
    Severity.CRITICAL: timedelta(days=3),
    Severity.HIGH: timedelta(days=14),
    Severity.MEDIUM: timedelta(days=30),
    Severity.LOW: timedelta(days=90),
}


class FindingQuerySet(AboutQuerySet["Finding"]):
    def visible_to(self, user: AnyUser) -> FindingQuerySet:
        """Findings about visible records, without those about the user's own path, or resting on what is not seen."""
        return self.about_visible(user).not_hidden_from(user)

    def not_hidden_from(self, user: AnyUser) -> FindingQuerySet:
        found = self.exclude(hidden_from__contains=[user.pk or 0])
        if user.has_perm("findings.view_all_facts"):
            return found
        return found.filter(Q(shown_to=None) | Q(shown_to__contains=[user.pk or 0]))

    def open(self) -> FindingQuerySet:
        """Not resolved and not closed by people."""
        return self.filter(status__in=Finding.NOT_CLOSED)

    def unresolved(self) -> FindingQuerySet:
        """Standing, or closed by people: what is found."""
        return self.exclude(status=Finding.Status.RESOLVED)

    def of_any(self, records: models.QuerySet[Any]) -> FindingQuerySet:
        """About any of these records of one model, which are not loaded for it."""
        kind = ContentType.objects.get_for_model(records.model)
        return self.filter(content_type=kind, object_id__in=records.order_by().values("pk"))

    def open_by_severity(self, user: AnyUser) -> dict[str, int]:
        """How many stand of each severity, as far as this user may know. The frame of the page asks no more then."""
        rows = Finding.objects.visible_to(user).open().order_by().values_list("severity")
        counted: dict[str, int] = dict(rows.annotate(count=Count("pk")).values_list("severity", "count"))
        once_while_reading(("critical", user.pk), lambda: counted.get(Severity.CRITICAL, 0))
        return counted

    def open_about(self, record: models.Model, user: AnyUser) -> int:
        """How many stand about this record, as far as this user may know, asked together with what the frame asks."""
        about = Q(content_type=ContentType.objects.get_for_model(record), object_id=record.pk)
        critical = Q(severity=Severity.CRITICAL)
        rows = Finding.objects.visible_to(user).open().filter(about | critical).order_by()
        counted = rows.aggregate(about=Count("pk", filter=about), critical=Count("pk", filter=critical))
        once_while_reading(("critical", user.pk), lambda: int(counted["critical"]))
        return int(counted["about"])

    def critical_for(self, user: AnyUser) -> int:
        critical = Finding.objects.filter(severity=Severity.CRITICAL)
        return once_while_reading(("critical", user.pk), critical.visible_to(user).open().count)

    def worst_first(self) -> FindingQuerySet:
        ranks = [When(severity=severity, then=Value(rank)) for severity, rank in SEVERITY_ORDER.items()]
        return self.annotate(rank=Case(*ranks, output_field=IntegerField())).order_by("rank", "due_on", "pk")

    def worst_of(self, model: type[models.Model], user: AnyUser) -> Subquery:
        """The worst severity that stands about each row of a queryset of that model; for `annotate`."""
        about = self.filter(content_type=ContentType.objects.get_for_model(model), object_id=OuterRef("pk"))
        return Subquery(about.open().not_hidden_from(user).worst_first().values("severity")[:1])


class Finding(AboutModel, GovernedModel):
    """A fact that a check found about a record, with its source. Never a conclusion of law, never deleted."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        PROPOSED = "proposed", "Waiting for the other side"
        ACCEPTED = "accepted", "Accepted for a time"
        COVERED = "covered", "Covered elsewhere"
        NOT_APPLICABLE = "not_applicable", "Not applicable"
        RESOLVED = "resolved", "Resolved"

    NOT_CLOSED = (Status.OPEN, Status.ACKNOWLEDGED, Status.PROPOSED)
    CLOSED_BY_PEOPLE = (Status.ACCEPTED, Status.COVERED, Status.NOT_APPLICABLE)

    status = models.CharField(max_length=20, choices=Status, default=Status.OPEN, editable=False)
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="findings", verbose_name="rule")
    fingerprint = models.CharField(max_length=200, editable=False, help_text="What in the record it is about.")
    severity = models.CharField(max_length=10, choices=Severity, editable=False)
    fact = models.TextField(editable=False)
    detail = models.TextField(blank=True, editable=False)
    confidential = models.TextField(blank=True, editable=False, help_text="Amounts and relatives.")
    hidden_from = ArrayField(models.BigIntegerField(), default=list, editable=False, help_text="Ids of users.")
    shown_to = ArrayField(models.BigIntegerField(), null=True, editable=False, help_text="See Result.shown_to.")
    owner_role = models.CharField(max_length=30, editable=False)
    due_on = models.DateField(editable=False)
    proposal = models.CharField(max_length=20, blank=True, editable=False, choices=[(s.value, s.label) for s in Status])
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    proposed_for = models.CharField(  # noqa: DJ001 - recorded tables gain nullable columns only
        max_length=30, null=True, editable=False, help_text="The side of the proposal."
    )
    accepted_until = models.DateField(null=True, editable=False)

    objects = FindingQuerySet.as_manager()
    redactable = ("fact", "detail", "confidential")
    confidential_fields = ("confidential", "hidden_from", "shown_to")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["content_type", "object_id"]), models.Index(fields=["status", "severity"])]
        constraints = [
            models.UniqueConstraint(
                fields=["requirement", "content_type", "object_id", "fingerprint"], name="one_finding_of_a_fact"
            ),
        ]

    def __str__(self) -> str:
        return self.fact

    @transition(Status.OPEN, to=Status.ACKNOWLEDGED)
    def acknowledge(self, *, by: User, note: str) -> None:
        """Say that somebody takes care of it."""

    @transition(
        Status.OPEN,
        Status.ACKNOWLEDGED,
        to=Status.PROPOSED,
        reason="Give the reason, with a quotation where something else covers it.",
        label="Propose to close",
    )
    def propose(self, *, by: User, note: str, proposal: str, until: date | None = None) -> None:
        """Propose to the other side (legal or privacy) to close the finding."""
        self._require_closable(proposal, until)
        self.proposal, self.proposed_by, self.accepted_until = proposal, by, until
        self.proposed_for = next((side.value for side in approver_roles(by)), None)

    @transition(
        Status.OPEN,
        Status.ACKNOWLEDGED,
        Status.PROPOSED,
        to=Status.ACCEPTED,
        reason="Give the reason, with a quotation where something else covers it.",
        label="Accept for a time",
    )
    def accept(self, *, by: User, note: str, until: date | None = None) -> None:
        """Accept the fact until a date. Above medium, the other side confirms the date that was proposed."""
        self._close(by, self.Status.ACCEPTED, until)

    @transition(
        Status.OPEN,
        Status.ACKNOWLEDGED,
        Status.PROPOSED,
        to=Status.COVERED,
        reason="Give the reason, with a quotation where something else covers it.",
        label="Covered elsewhere",
    )
    def cover(self, *, by: User, note: str) -> None:
        """Record that something else covers it, with a quotation."""
        self._close(by, self.Status.COVERED)

    @transition(
        Status.OPEN,
        Status.ACKNOWLEDGED,
        Status.PROPOSED,
        to=Status.NOT_APPLICABLE,
        reason="Give the reason, with a quotation where something else covers it.",
        label="Not applicable",
    )
    def dismiss(self, *, by: User, note: str) -> None:
        """Record that the rule does not apply here, with the reason."""
        self._close(by, self.Status.NOT_APPLICABLE)

    @transition(
        Status.PROPOSED,
        Status.ACCEPTED,
        Status.COVERED,
        Status.NOT_APPLICABLE,
        to=Status.OPEN,
        reason="Say why it is open again.",
    )
    def reopen(self, *, by: User, note: str) -> None:
        self._forget_proposal()

    @transition(*NOT_CLOSED, *CLOSED_BY_PEOPLE, to=Status.RESOLVED, system=True)
    def resolve(self, *, by: None, note: str) -> None:
        """The check no longer finds it."""
        self._forget_proposal()

    @transition(Status.RESOLVED, Status.ACCEPTED, to=Status.OPEN, system=True)
    def return_to_open(self, *, by: None, note: str) -> None:
        """The check finds it again, or the time for which it was accepted is over."""
        self._forget_proposal()
        self.due_on = clock.today() + CLEAR_WITHIN[Severity(self.severity)]

    @property
    def needs_two_sides(self) -> bool:
        """Judged by the worse of what the rule says now and what it said when the fact was found."""
        return self.requirement.needs_two_sides or is_above_medium(self.severity)

    def offers(self, step: Transition, user: User) -> bool:
        if step.name not in ("propose", "accept", "cover", "dismiss"):
            return True
        if not self.requirement.acceptable:
            return False
        if self.status == self.Status.PROPOSED:
            return step.target == self.proposal and user.pk != self.proposed_by_id
        return (step.name == "propose") == self.needs_two_sides

    @property
    def is_excused(self) -> bool:
        """Whether people have closed it and that still holds, so that it stops nothing."""
        if self.status == self.Status.ACCEPTED:
            return self.accepted_until is not None and self.accepted_until >= clock.today()
        return self.status in (self.Status.COVERED, self.Status.NOT_APPLICABLE)

    @property
    def state_words(self) -> str:
        until = f" until {self.accepted_until:%-d %b %Y}" if self.accepted_until else ""
        return f"{self.get_status_display()}{until}"

    def hides_remarks_from(self, user: User) -> bool:
        return user.pk in self.hidden_from

    def barred(self, user: User) -> str:
        return str(self.subject.barred(user)) if hasattr(self.subject, "barred") else ""

    def _close(self, by: User, status: str, until: date | None = None) -> None:
        if self.status == self.Status.PROPOSED:
            self._require_other_side(by, status)
            until = self.accepted_until
        elif self.needs_two_sides:
            raise ValidationError("Above medium, legal and privacy close a finding together: propose it first.")
        self._require_closable(status, until)
        self.accepted_until = until

    def _require_other_side(self, by: User, status: str) -> None:
        if self.proposal != status:
            raise ValidationError(f"What was proposed is: {self.get_proposal_display()}.")
        # What was proposed before sides were recorded is judged by the roles of the proposer now.
        taken = [Role(self.proposed_for)] if self.proposed_for else approver_roles(self.proposed_by)
        require_second_approver(by, first=self.proposed_by, taken=taken)

    def _require_closable(self, status: str, until: date | None) -> None:
        if not self.requirement.acceptable:
            raise ValidationError(
                "People cannot close a finding of this rule. It stands until the fact itself changes."
            )
        if status not in self.CLOSED_BY_PEOPLE:
            raise ValidationError({"proposal": "Choose how the finding should be closed."})
        if status == self.Status.ACCEPTED:
            today = clock.today()
            if until is None or not today < until <= today + ACCEPTED_AT_MOST:
                raise ValidationError({"until": f"Choose a date within the next {ACCEPTED_AT_MOST.days} days."})

    def _forget_proposal(self) -> None:
        self.proposal, self.proposed_by, self.proposed_for, self.accepted_until = "", None, None, None


def new_finding(requirement: Requirement, subject: models.Model, fingerprint: str, **text: Any) -> Finding:
    """An unsaved finding with the owner and due date that its rule gives it."""
    severity = Severity(requirement.severity)
    return Finding(
        requirement=requirement,
        subject=subject,
        fingerprint=fingerprint,
        severity=severity,
        owner_role=requirement.owner_role,
        due_on=clock.today() + CLEAR_WITHIN[severity],
        **text,
    )
