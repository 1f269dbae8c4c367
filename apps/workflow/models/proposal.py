"""What nobody changes alone: one person proposes it, and all stays as it is until a second person has confirmed it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from apps.accounts.models import Role
from apps.core.exceptions import Conflict
from apps.ledger.models import RecordedModel
from apps.workflow.models.about import AboutModel, AboutQuerySet
from apps.workflow.models.four_eyes import (
    APPROVER_ROLES,
    approver_roles,
    is_second_approver,
    require_second_approver,
)
from apps.workflow.models.governed import GovernedModel, Transition, transition

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User

EDIT = "edit"  # the change that gives fields of the record other values
ONE_AT_A_TIME = "Something else waits to be confirmed about this already: confirm, decline or withdraw that first."


class ProposalQuerySet(AboutQuerySet["Proposal"]):
    def visible_to(self, user: AnyUser) -> ProposalQuerySet:
        """Proposals about records that the user may see, beside their own."""
        return self.filter(Q(requested_by=user.pk or 0) | self._about_seen(proposed_models(), user))

    def waiting(self) -> ProposalQuerySet:
        return self.filter(status=Proposal.Status.WAITING)


class Proposal(AboutModel, GovernedModel):
    """A change that one person asks for. It happens when a second person confirms it, and not before."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for a second person"
        CONFIRMED = "confirmed", "Confirmed"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    status = models.CharField(max_length=20, choices=Status, default=Status.WAITING, editable=False)
    change = models.CharField(max_length=30, editable=False, help_text="The step, or what is done with the record.")
    values = models.JSONField(default=dict, editable=False, encoder=DjangoJSONEncoder, help_text="What it is given.")
    content = models.JSONField(default=list, editable=False, help_text="The same in words: [what, before, after].")
    subject_revision = models.PositiveIntegerField(editable=False, help_text="Of the record, when this was asked for.")
    reason = models.TextField(editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    requested_for = models.CharField(max_length=30, blank=True, editable=False, help_text="The side that asked.")

    objects = ProposalQuerySet.as_manager()
    redactable = ("reason",)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["content_type", "object_id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id"], condition=Q(status="waiting"), name="one_waiting_proposal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.words}: {self.subject}"

    @property
    def words(self) -> str:
        """What is to be done, such as Suspend."""
        return str(self.subject.two_people.get(self.change, self.change)) if self.subject else "A change"

    @property
    def waits_for(self) -> str:
        return str(self.subject.second_person(self))

    @classmethod
    def ask(
        cls,
        subject: ConfirmedModel,
        change: str,
        *,
        by: User | None,
        reason: str,
        values: dict[str, Any] | None = None,
        content: list[list[str]] | None = None,
    ) -> Proposal:
        """Propose a change of this record, which the caller has locked and found possible."""
        if not reason.strip():
            raise ValidationError({"note": "Say why, for the person who confirms it."})
        if cls.objects.about(subject).waiting().exists():
            raise Conflict(ONE_AT_A_TIME)
        made = cls(
            subject=subject,
            change=change,
            values=values or {},
            content=content or [],
            subject_revision=subject.revision,
            reason=reason,
            requested_by=by,
            requested_for=next((side.value for side in approver_roles(by)), ""),
        )
        made.on_behalf(by, "propose").save()
        return made

    @transition(Status.WAITING, to=Status.CONFIRMED)
    def confirm(self, *, by: User, note: str) -> None:
        """Confirm what another person asked for. It happens at once."""
        subject: Any = self.subject
        if subject is None:
            raise Conflict("What this is about is no longer on record. Decline it.")
        subject.refresh_from_db(from_queryset=type(subject)._base_manager.select_for_update(no_key=True))
        if subject.revision != self.subject_revision:
            raise Conflict(f"“{subject}” was changed after this was asked for. Decline it, and ask for it anew.")
        subject.require_second(self, by)
        subject.carry_out(self, by=by)

    @transition(Status.WAITING, to=Status.DECLINED, reason="Say why it stays as it is.")
    def decline(self, *, by: User, note: str) -> None:
        """Leave everything as it is."""

    @transition(Status.WAITING, to=Status.WITHDRAWN)
    def withdraw(self, *, by: User, note: str) -> None:
        """Take back what you asked for. Everything stays as it is."""

    def offers(self, step: Transition, user: User) -> bool:
        return step.name == "withdraw" or self.may_close(user)

    def may_close(self, user: User) -> bool:
        """Whether this user is a second person who may confirm or decline."""
        return self.subject is not None and self.subject.is_second(self, user)


class ConfirmedModel(RecordedModel):
    """Beside the base of a record: some of its changes count only once a second person has confirmed them.

    Steps are declared with `two_people=True`; other changes call `Proposal.ask` and are made by `carry_out`.
    """

    # What may be proposed: {step or other change: its words}.
    two_people: ClassVar[dict[str, str]] = {}
    confirming: Proposal | None = None  # what is being carried out on this instance

    class Meta:
        abstract = True

    def is_second(self, proposal: Proposal, user: User) -> bool:
        """Whether this user may confirm: another person, who speaks for the side that did not ask."""
        taken = [side for side in APPROVER_ROLES if side.value == proposal.requested_for]
        may_confirm = user.has_perm(f"{self._meta.app_label}.confirm_{self._meta.model_name}", self)
        return may_confirm and is_second_approver(user, first=proposal.requested_by, taken=taken)

    def require_second(self, proposal: Proposal, by: User) -> None:
        """Called under the lock. Raises unless `by` may confirm, and whoever asked still speaks for their side."""
        require_second_approver(by, first=proposal.requested_by, taken=[Role(proposal.requested_for)])
        if not proposal.requested_by.has_role(Role(proposal.requested_for)):
            raise Conflict(
                f"{proposal.requested_by} asked for {proposal.requested_for} and does not speak for it any more. "
                "Decline this, and ask for it anew."
            )

    def second_person(self, proposal: Proposal) -> str:
        """Whom it waits for, in words."""
        return "privacy" if proposal.requested_for == Role.LEGAL else "legal"

    def asker(self, by: User | None) -> User | None:
        return self.confirming.requested_by if self.confirming is not None else by

    def asks_second(self, step: Transition, by: User | None, note: str, details: dict[str, Any]) -> bool:
        """Under the lock, before a step: whether it was only proposed now, and waits for a second person."""
        if not step.two_people or self.confirming is not None:
            return False
        self.require_possible(step.name, **details)
        content = [[name.capitalize(), "", _in_words(value)] for name, value in details.items()]
        Proposal.ask(self, step.name, by=by, reason=note, values=details, content=content)
        return True

    def require_possible(self, change: str, **details: Any) -> None:
        """Raises when the change makes no sense, before it is proposed and again before it is made."""

    def weakened_by(self, changed: Collection[str], before: Any) -> list[str]:
        """Which of these changed fields only a second person may let change from what `before` holds."""
        return []

    def details_of(self, proposal: Proposal) -> dict[str, Any]:
        """What the step is given, as it was proposed."""
        return dict(proposal.values)

    def carry_out(self, proposal: Proposal, *, by: User) -> None:
        """Make the change that `by` has confirmed."""
        self.confirming = proposal
        try:
            if proposal.change == EDIT:
                if not self.may_ask(proposal.requested_by):
                    raise PermissionDenied(f"{proposal.requested_by} may not change this any more. Decline it.")
                self.give(proposal.values)
                self.full_clean()
                self.on_behalf(by, proposal.reason).save()
            else:
                getattr(self, proposal.change)(by=by, note=proposal.reason, **self.details_of(proposal))
        finally:
            self.confirming = None

    def may_ask(self, user: User) -> bool:
        """Whether this user may propose other values of its fields."""
        return user.has_perm(f"{self._meta.app_label}.change_{self._meta.model_name}", self)

    def give(self, values: dict[str, Any]) -> None:
        """Set fields to what was proposed for them."""
        for name, value in values.items():
            field: Any = self._meta.get_field(name)
            setattr(self, field.attname, field.to_python(value))

    def propose_edit(self, names: Collection[str], *, by: User, reason: str) -> Proposal:
        """Propose the values that this unsaved instance has in these fields, beside those on record."""
        stored = type(self)._base_manager.get(pk=self.pk)
        fields: list[Any] = [self._meta.get_field(name) for name in names]
        return Proposal.ask(
            stored,
            EDIT,
            by=by,
            reason=reason,
            values={field.name: getattr(self, field.attname) for field in fields},
            content=[
                [str(field.verbose_name).capitalize(), _shown(field, stored), _shown(field, self)] for field in fields
            ],
        )

    def proposals(self) -> list[Proposal]:
        """What waits to be confirmed about this record."""
        return list(Proposal.objects.about(self).waiting().select_related("requested_by"))


def proposed_models() -> list[type[models.Model]]:
    """Every model of which some changes need a second person."""
    return [model for model in apps.get_models() if issubclass(model, ConfirmedModel)]


def _shown(field: Any, record: Any) -> str:
    value = getattr(record, field.name)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _in_words(value)


def _in_words(value: Any) -> str:
    if value in (None, "", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:%-d %b %Y}" if hasattr(value, "strftime") else str(value)
