from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from apps.core import clock, exceptions
from apps.core.reading import each_once_while_reading
from apps.findings.models import STEPS, ApprovedModel
from apps.ledger.models import RecordedManager, RecordedModel, RecordedQuerySet
from apps.vendors.models.sameness import Sameness
from apps.vendors.organisations.identities import may_be_same, rows_alike, rows_of
from apps.vendors.organisations.names import is_lei
from apps.workflow.models import ConfirmedModel, Transition, transition
from apps.workflow.models.proposal import EDIT

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User
    from apps.vendors.ownership.conflicts import ConflictOfInterest
    from apps.vendors.ownership.explained import Explained

APPROVAL_LASTS = timedelta(days=365)
LOOKED_AT_EVERY = timedelta(days=365)  # who owns a vendor


class OrganisationQuerySet(RecordedQuerySet["Organisation"]):
    def visible_to(self, user: AnyUser) -> OrganisationQuerySet:
        """Organisations are known to everybody who is signed in; who holds them is not, see Interest."""
        return self if user.is_authenticated else self.none()

    def that_stay(self) -> OrganisationQuerySet:
        """Without those that two people found to be the same as another one. Lists and choices offer only these."""
        return self.filter(same_as=None)

    def offered(self, named: int | None = None) -> OrganisationQuerySet:
        """Among which one may choose, with what tells them apart: those that stay, and what a record names already."""
        return self.filter(Q(same_as=None) | Q(pk=named)).prefetch_related("identifiers")

    def rows_of(self, stay: Collection[int]) -> dict[int, set[int]]:
        """By the key of each of these: its own, and those of the records that lead to it."""
        return each_once_while_reading("rows", stay, lambda keys: rows_of(Organisation, keys))

    def rows_alike(self, keys: Collection[int]) -> dict[int, set[int]]:
        """By the key of each of these, which may lead to another one: all records of the same organisation."""
        return rows_alike(Organisation, keys)

    def vendors(self) -> OrganisationQuerySet:
        return self.exclude(status=Organisation.Status.RECORDED)

    def kept_by(self, user: AnyUser) -> OrganisationQuerySet:
        """Vendors that the user looks after."""
        return self.vendors().filter(owner=user.pk)

    def of_group(self) -> OrganisationQuerySet:
        """Ourselves and our affiliates."""
        return self.filter(kind__in=Organisation.GROUP)

    def lapsing(self, on: date) -> OrganisationQuerySet:
        """Approved vendors whose approval has run out."""
        return self.filter(status=Organisation.Status.APPROVED, approved_until__lt=on)


class Organisation(ConfirmedModel, ApprovedModel):
    """A company, fund, trust or authority: ourselves, our affiliates, vendors, and those that own them.

    It becomes a vendor when somebody proposes it. Nobody says alone of one on record what makes a path of interests
    through it a link within our group, or too small to matter, or its owners nobody's question.
    """

    two_people: ClassVar[dict[str, str]] = {EDIT: "Change"}

    class Kind(models.TextChoices):
        OURSELVES = "ourselves", "Ourselves"
        AFFILIATE = "affiliate", "Affiliate of ours"
        COMPANY = "company", "Company"
        FUND = "fund", "Fund"
        ARRANGEMENT = "arrangement", "Trust or arrangement"
        STATE = "state", "State or state body"
        REGULATOR = "regulator", "Regulator"
        UNKNOWN = "unknown", "Unknown entity"

    GROUP = (Kind.OURSELVES, Kind.AFFILIATE)
    # Behind which nobody needs to look for owners.
    PUBLIC = (Kind.STATE, Kind.REGULATOR)

    class Status(models.TextChoices):
        RECORDED = "recorded", "Recorded, not a vendor"
        PROPOSED = "proposed", "Proposed"
        IN_REVIEW = "in_review", "In review"
        APPROVED = "approved", "Approved"
        IN_RENEWAL = "in_renewal", "Approved, renewal in review"
        REJECTED = "rejected", "Rejected"
        LAPSED = "lapsed", "Approval lapsed"
        SUSPENDED = "suspended", "Suspended"
        OFFBOARDING = "offboarding", "Offboarding"
        OFFBOARDED = "offboarded", "Offboarded"

    class RiskTier(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"

    name = models.CharField(max_length=300)
    kind = models.CharField(max_length=15, choices=Kind, default=Kind.COMPANY)
    status = models.CharField(max_length=15, choices=Status, default=Status.RECORDED, editable=False)
    purpose = models.TextField("what they do for us", blank=True)
    jurisdiction = models.CharField(max_length=100, blank=True, help_text="Country, and state where it matters.")
    lei = models.CharField(
        "LEI", max_length=20, blank=True, help_text="Legal Entity Identifier: 20 characters, if there is one."
    )
    domain = models.CharField(
        "website", max_length=253, default="", blank=True, help_text="Its domain, such as example.com."
    )
    other_names = models.TextField(
        "other and former names", max_length=2000, default="", blank=True, help_text="One a line, if there are any."
    )
    same_as = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="twins",
        help_text="The record of the same organisation that stays.",
    )
    listed = models.BooleanField("listed on a stock exchange", default=False)
    diversified = models.BooleanField("diversified fund", default=False)
    risk_tier = models.CharField(max_length=10, choices=RiskTier, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="vendors"
    )
    approved_until = models.DateField(null=True, editable=False)
    ownership_rest = models.CharField(  # noqa: DJ001 - recorded tables gain nullable columns only
        "who holds the rest", max_length=300, null=True, blank=True, editable=False
    )
    ownership_due_on = models.DateField("ownership to be looked at again by", null=True, editable=False)
    closed_on = models.DateField(null=True, editable=False, help_text="When its ownership record was closed.")
    record_id = models.CharField(max_length=200, blank=True, editable=False, help_text="BODS recordId.")

    objects = OrganisationQuerySet.as_manager()
    named_by = "name"
    editable_in = (Status.RECORDED, Status.PROPOSED)
    confidential_fields = ("ownership_rest",)
    # What may still happen to a record that leads to another one.
    ENDING = ("return_to_draft", "reject", "suspend", "lapse", "offboard", "finish_offboarding")
    opens_review = ("submit", "renew")
    needs_approval = ("resume",)
    keepers = ("owner",)
    over_in = (Status.OFFBOARDED,)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["status", "name"]),
            models.Index(fields=["name", "id"], condition=Q(same_as=None), name="organisations_in_order"),
            # A few pages, since each status stands there once: to count vendors without reading them.
            models.Index(fields=["status"], condition=Q(same_as=None), name="organisations_counted"),
        ]
        constraints = [
            models.CheckConstraint(
                name="approved_vendor_has_end_date",
                condition=~Q(status="approved") | Q(approved_until__isnull=False),
            ),
            models.UniqueConstraint(fields=["lei"], condition=~Q(lei=""), name="lei_once"),
            models.UniqueConstraint(
                fields=["record_id"], condition=~Q(record_id=""), name="organisation_record_id_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What the constraint of the database says without naming the other record."""
        holder = Organisation.objects.filter(lei=self.lei).exclude(pk=self.pk).first() if self.lei else None
        if holder:
            raise ValidationError({"lei": f"{holder.unique_name} has this LEI. Use that record, or correct the LEI."})
        if self.lei and not is_lei(self.lei):
            raise ValidationError(
                {
                    "lei": "This is no LEI: it has 18 letters and digits and two check digits, and these do not fit. "
                    "Compare it with the register."
                }
            )

    @transition(Status.RECORDED, to=Status.PROPOSED, label="Propose as a vendor")
    def propose(self, *, by: User, note: str) -> None:
        """Suggest the organisation as a vendor."""
        if self.is_group:
            raise ValidationError("A company of our own group is not a vendor.")
        self.owner = self.owner or by

    @transition(Status.PROPOSED, Status.REJECTED, Status.LAPSED, to=Status.IN_REVIEW)
    def submit(self, *, by: User, note: str) -> None:
        """Ask legal and privacy for approval."""

    @transition(Status.APPROVED, to=Status.IN_RENEWAL, label="Renew approval")
    def renew(self, *, by: User, note: str) -> None:
        """Ask legal and privacy to approve it for another year. Until they decide, the approval holds to its date."""

    @transition(Status.IN_REVIEW, Status.IN_RENEWAL, to=Status.APPROVED, by_review=True)
    def approve(self, *, by: User, note: str) -> None:
        self.approved_until = clock.today() + APPROVAL_LASTS

    @transition(Status.IN_REVIEW, Status.IN_RENEWAL, to=Status.REJECTED, by_review=True)
    def reject(self, *, by: User, note: str) -> None:
        """Made by a vote to refuse."""

    @transition(
        Status.IN_REVIEW,
        Status.IN_RENEWAL,
        to=Status.PROPOSED,
        targets={Status.IN_RENEWAL: Status.APPROVED},
        by_review=True,
    )
    def return_to_draft(self, *, by: User, note: str) -> None:
        """Made when the review is returned or withdrawn. A renewal leaves the approval as it was."""

    @transition(Status.IN_REVIEW, Status.APPROVED, Status.IN_RENEWAL, Status.REJECTED, to=Status.PROPOSED)
    def revise(self, *, by: User, note: str) -> None:
        """Open the record for changes. The approval is void."""
        self.approved_until = None

    @transition(Status.APPROVED, to=Status.LAPSED, system=True)
    def lapse(self, *, by: None, note: str) -> None:
        """Made by the system on the day after the last one."""
        if self.approved_until is None or self.approved_until >= clock.today():
            raise exceptions.Conflict(f"The approval of {self} has not run out yet.")

    @transition(Status.APPROVED, to=Status.SUSPENDED, reason="Give the reason.")
    def suspend(self, *, by: User, note: str) -> None:
        """Stop new sharing with the vendor for a time."""

    @transition(Status.SUSPENDED, to=Status.APPROVED, reason="Give the reason.")
    def resume(self, *, by: User, note: str) -> None:
        self.guard(self.transitions["approve"])

    @transition(
        Status.APPROVED,
        Status.SUSPENDED,
        Status.LAPSED,
        to=Status.OFFBOARDING,
        reason="Give the reason.",
        label="Start offboarding",
    )
    def offboard(self, *, by: User, note: str) -> None:
        """Start to end the relationship: data is returned or deleted, access is closed."""

    @transition(Status.OFFBOARDING, to=Status.OFFBOARDED, reason="Give the reason.")
    def finish_offboarding(self, *, by: User, note: str) -> None:
        """Record that nothing of ours is left with the vendor."""

    @transition(
        *Status.values,
        to=Status.RECORDED,
        targets=dict(zip(Status.values, Status.values, strict=True)),
        reason="Say what you looked at.",
        label="Confirm ownership",
    )
    def confirm_ownership(self, *, by: User, note: str, rest: str = "", due_on: date | None = None) -> None:
        """Record that you looked at who owns it, who holds what is not recorded, and when to look again."""
        latest = clock.today() + LOOKED_AT_EVERY
        if due_on is not None and not clock.today() <= due_on <= latest:
            raise ValidationError({"due_on": f"Name a day from today to {latest:%-d %b %Y}."})
        self.ownership_rest, self.ownership_due_on = rest.strip() or None, due_on or latest

    def missing_for(self, step: Transition) -> dict[str, str]:
        return {
            name: "Fill this in before you submit the vendor."
            for name in ("purpose", "jurisdiction", "risk_tier", "owner")
            if step.name == "submit" and not getattr(self, name)
        }

    @property
    def number(self) -> str:
        """Its LEI, else a number in a register."""
        return f"LEI {self.lei}" if self.lei else next((str(number) for number in self.identifiers.all()), "")

    @property
    def unique_name(self) -> str:
        """The name with what tells it from others of that name: place, LEI or number in a register, state."""
        state = self.get_kind_display() if self.is_group else self.get_status_display()
        parts = (self.jurisdiction, self.number, state.lower())
        return f"{self.name} ({', '.join(part for part in parts if part)})"

    @property
    def survivor(self) -> Organisation:
        """The record that stays of this organisation: itself, unless two people found it to be the same as another."""
        return self.same_as.survivor if self.same_as else self

    @cached_property
    def rows(self) -> set[int]:
        """The keys of all records of this organisation: its own, and those that lead to it."""
        return Organisation.objects.rows_of({self.pk})[self.pk]

    def joined_records(self) -> list[Organisation]:
        return list(Organisation.objects.filter(pk__in=self.rows - {self.pk}))

    def weakened_by(self, changed: Collection[str], before: Any) -> list[str]:
        """What lets fewer paths count, or fewer owners be asked about."""
        lenient = [name for name in ("listed", "diversified") if name in changed and getattr(self, name)]
        return [*lenient, "kind"] if "kind" in changed and self.kind in (*self.GROUP, *self.PUBLIC) else lenient

    def may_ask(self, user: User) -> bool:
        return super().may_ask(user) and user.has_perm("vendors.classify_organisation", self)

    @property
    def leads_to(self) -> Organisation | None:
        return self.survivor if self.same_as else None

    @property
    def precedence(self) -> int:
        """Which of two records of the same organisation stays: ours, then the one that is further on as a vendor."""
        return 3 if self.is_group else 2 if self.approved_until else int(self.status != self.Status.RECORDED)

    def why_not_joined(self) -> str:
        """Why this record cannot lead to another one now; empty when it can."""
        if self.status in (self.Status.IN_REVIEW, self.Status.IN_RENEWAL):
            return f"A review of the record of {self} from {self.created_on:%-d %b %Y} is open. Return or withdraw it."
        if self.due_diligence.running().exists():
            return f"Due diligence of {self} is under way on the record that does not stay. Conclude or withdraw it."
        return ""

    @cached_property
    def questions(self) -> list[Sameness]:
        """The open questions whether it is the same as another one, asked once for this instance."""
        return may_be_same.of(self) if self.pk else []

    @property
    def is_editable(self) -> bool:
        return super().is_editable and self.same_as_id is None

    def require_editable(self) -> None:
        if self.same_as:
            raise exceptions.Conflict(f"This record leads to {self.survivor}, which is the same. Change that one.")
        super().require_editable()

    def offers(self, step: Transition, user: User) -> bool:
        return super().offers(step, user) and (self.same_as_id is None or step.name in self.ENDING)

    def guard(self, step: Transition) -> None:
        """Nothing is approved of a record that does not stay, nor while it is asked whether it is another one's."""
        if self.same_as and step.name not in self.ENDING:
            raise exceptions.Conflict(f"This record leads to {self.survivor}, which is the same. Take the step there.")
        require_answered(self, step)
        super().guard(step)

    @property
    def is_group(self) -> bool:
        return self.kind in self.GROUP

    def is_approved_on(self, day: date) -> bool:
        holds = self.status in (self.Status.APPROVED, self.Status.IN_RENEWAL)
        return holds and self.approved_until is not None and self.approved_until >= day

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        super().prepare(records)
        vendors = [record for record in records if record.status != cls.Status.RECORDED]
        cls.prefetch_conflicts(vendors)
        cls.prefetch_questions(records)
        models.prefetch_related_objects(
            vendors,
            "due_diligence__questionnaire__questions",
            "due_diligence__answers__question",
            "twins__due_diligence__questionnaire__questions",
            "twins__due_diligence__answers__question",
        )

    @classmethod
    def prefetch_readers(cls, records: Sequence[Any]) -> None:
        cls.prefetch_conflicts(records)

    @classmethod
    def prefetch_barred(cls, records: Sequence[Any]) -> None:
        super().prefetch_barred(records)
        models.prefetch_related_objects(records, "owner")

    @classmethod
    def prefetch_conflicts(cls, organisations: Sequence[Organisation]) -> None:
        """Ask the conflicts of all these organisations at once; each then knows its own."""
        asked = [organisation for organisation in organisations if "conflicts_and_ownership" not in vars(organisation)]
        found = asked[0].interests.conflicts_and_ownership_of(asked, clock.today()) if asked else {}
        for organisation in asked:
            organisation.conflicts_and_ownership = found[organisation.pk]

    @classmethod
    def prefetch_questions(cls, organisations: Sequence[Organisation]) -> None:
        """Ask at once which of these may be the same as another one; each then knows its own."""
        found = may_be_same(organisations)
        for organisation in organisations:
            organisation.questions = found[organisation.pk]

    @cached_property
    def conflicts_and_ownership(self) -> tuple[list[ConflictOfInterest], Explained]:
        """Who has a path to it today, and how far it is known who owns it: asked once for this instance."""
        return self.interests.conflicts_and_ownership_of([self], clock.today())[self.pk]

    @property
    def conflicts(self) -> list[ConflictOfInterest]:
        """Paths of interests from our people to this organisation today."""
        # Before its first save nothing leads to it, and nobody can be asked about it.
        return self.conflicts_and_ownership[0] if self.pk else []

    @property
    def explained(self) -> Explained:
        """How far it is known today who owns it."""
        return self.conflicts_and_ownership[1]

    def explained_on(self, on: date) -> Explained:
        return (
            self.explained if on == clock.today() else self.interests.conflicts_and_ownership_of([self], on)[self.pk][1]
        )

    @property
    def is_public(self) -> bool:
        """Whether nobody needs to look behind it: ourselves, what is listed or held by very many, and the state."""
        return self.is_group or self.listed or self.diversified or self.kind in self.PUBLIC

    @property
    def recusing_conflicts(self) -> list[ConflictOfInterest]:
        return [conflict for conflict in self.conflicts if conflict.recuses]

    def conflicts_shown_to(self, user: User, on: date | None = None) -> list[ConflictOfInterest] | None:
        """The paths that this user may know of, today or on a day: with amounts all, else whom they recuse.

        None for whoever has such a path themselves.
        """
        conflicts = self.interests.conflicts_with(self, on) if on else self.conflicts
        recusing = [conflict for conflict in conflicts if conflict.recuses]
        if self.hides_remarks_from(user) or any(user.pk in conflict.users for conflict in recusing):
            return None
        return conflicts if user.has_perm("vendors.view_interests") else recusing

    @property
    def conflicted_users(self) -> dict[int, ConflictOfInterest]:
        """By user id: those of our people with an account who must not decide about this organisation."""
        return {user: conflict for conflict in self.recusing_conflicts for user in conflict.users}

    def lock(self) -> None:
        super().lock()
        for name in ("conflicts_and_ownership", "questions"):
            self.__dict__.pop(name, None)

    def hides_remarks_from(self, user: User) -> bool:
        return user.pk in self.conflicted_users

    def concerns(self, user: User) -> bool:
        """Whether a path of interests leads from the user to it. No finding, rule or status changes that."""
        return user.pk in self.conflicted_users

    def barred_people(self) -> dict[int, str]:
        barred = {self.owner_id: f"{self.owner} looks after this vendor and does not decide about it."}
        for user_id, conflict in self.conflicted_users.items():
            barred[user_id] = f"{conflict.insider} may not take part in decisions about {self}."
        return {user_id: reason for user_id, reason in barred.items() if user_id is not None}

    def in_short(self) -> str:
        place = f" ({self.jurisdiction})" if self.jurisdiction else ""
        return f"{self.name}{place} is to become an approved vendor. {self.purpose}"

    def review_content(self) -> list[list[str]]:
        return [
            ["Name", self.name, str(self.pk)],
            ["What they do for us", self.purpose, self.purpose],
            ["Jurisdiction", self.jurisdiction, self.jurisdiction],
            ["LEI", self.lei or "none recorded", self.lei],
            ["Risk tier", self.get_risk_tier_display(), self.risk_tier],
            ["Owner in our house", str(self.owner), str(self.owner_id)],
        ]


# What needs the answer whether an organisation is on record twice.
APPROVING = ("approve", "sign", "activate")


def require_answered(organisation: Organisation, step: Transition) -> None:
    """Raises Blocked while it is asked whether this is the same organisation as another one, whatever rules say."""
    if step.name in APPROVING and organisation.questions:
        facts = [(question.fact_about(organisation), lambda user: True) for question in organisation.questions]
        raise exceptions.Blocked(STEPS[step.name], facts)


class OrganisationIdentifier(RecordedModel):
    """An identifier of an organisation in a register, such as a company number."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="identifiers")
    scheme = models.CharField(max_length=100, blank=True)
    value = models.CharField(max_length=200)

    objects = RecordedManager["OrganisationIdentifier"]()

    class Meta:
        ordering = ["scheme", "value"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "scheme", "value"], name="organisation_identifier_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}".strip()
