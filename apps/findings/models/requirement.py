from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from apps.accounts.models import Role
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.core.reading import once_while_reading
from apps.ledger.models import RecordedQuerySet
from apps.workflow.models import ConfirmedModel, GovernedModel, Transition, transition
from apps.workflow.models.proposal import EDIT, Proposal

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User


class Severity(models.TextChoices):
    CRITICAL = "critical", "Critical"
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


# Worst first.
SEVERITY_ORDER = {severity: rank for rank, severity in enumerate(Severity.values)}


def is_above_medium(severity: str) -> bool:
    return SEVERITY_ORDER[severity] < SEVERITY_ORDER[Severity.MEDIUM]


# The steps that a rule may stop, in the words of the pages.
STEPS = {
    "approve": "approval",
    "sign": "signature",
    "activate": "activation",
    "retire": "retirement",
    "publish": "publication",
    "make": "making of the statement",
}


SUSPENDED_AT_MOST = timedelta(days=180)


# From which risk tier of a vendor on a rule stops anything; what is in no tier counts as high.
TIERS = {"none": "Every tier", "low": "Medium and high risk", "medium": "High risk"}
TIER_ORDER = ("none", "low", "medium", "high")


# Whatever is set, a larger holding keeps its holder from deciding.
HIGHEST_THRESHOLD = Decimal(5)


class RequirementQuerySet(RecordedQuerySet["Requirement"]):
    def visible_to(self, user: AnyUser) -> RequirementQuerySet:
        return self if user.is_authenticated else self.none()

    def in_force(self) -> RequirementQuerySet:
        """Rules that are asked today: not retired, and within their dates."""
        today = clock.today()
        return (
            self.exclude(status=Requirement.Status.RETIRED)
            .exclude(in_force_from__gt=today)
            .exclude(in_force_until__lt=today)
        )

    def asked_today(self) -> dict[str, Requirement]:
        """All rules in force by their codes, whatever this queryset is filtered by."""
        return once_while_reading("rules", lambda: {rule.code: rule for rule in Requirement.objects.in_force()})


class Requirement(ConfirmedModel, GovernedModel):
    """A duty or house rule that a check serves. On the pages it is called a rule.

    A proposed rule only asks a question; an adopted one stops the steps it names. Legal alone may make it stricter;
    what suspends, retires or weakens it is confirmed by privacy, and the rule stays as it is until then.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ADOPTED = "adopted", "Adopted"
        SUSPENDED = "suspended", "Suspended"
        RETIRED = "retired", "Retired"

    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED, editable=False)
    PORTAL = "the portal"  # who adopted the house rules
    WHY_PERMANENT = "House rules, and rules whose findings nobody may close, are always asked."

    code = models.CharField(max_length=20, unique=True, editable=False)
    title = models.CharField(max_length=120)
    sentence = models.TextField(help_text="The rule in plain words.")
    source = models.CharField(max_length=300, help_text="Where the rule comes from, and who read it when.")
    applies_when = models.CharField(max_length=300, blank=True, help_text="In which cases the rule is asked.")
    in_force_from = models.DateField(null=True, blank=True)
    in_force_until = models.DateField(null=True, blank=True)
    severity = models.CharField(max_length=10, choices=Severity)
    stops = ArrayField(models.CharField(max_length=20, choices=list(STEPS.items())), default=list, blank=True)
    house = models.BooleanField("house rule", default=False, editable=False)
    acceptable = models.BooleanField(
        default=True, help_text="Whether a finding may be accepted for a time, or closed by people at all."
    )
    owner_role = models.CharField(max_length=30, choices=[(r.value, r.value) for r in (Role.LEGAL, Role.PRIVACY)])
    threshold = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    above_tier = models.CharField(  # noqa: DJ001 - recorded tables gain nullable columns only
        "stops above risk tier",
        max_length=10,
        null=True,
        blank=True,
        choices=TIERS,
        help_text="The rule finds the fact in every tier, and stops its steps in these. High risk is always among "
        "them.",
    )
    threshold_meaning = models.CharField(max_length=200, blank=True, editable=False)
    adopted_by_name = models.CharField(max_length=150, blank=True, editable=False)
    adopted_on = models.DateField(null=True, editable=False)
    suspended_until = models.DateField(null=True, editable=False, help_text="The last day on which it only asks.")

    two_people: ClassVar[dict[str, str]] = {"suspend": "Suspend", "retire": "Retire", EDIT: "Change"}
    objects = RequirementQuerySet.as_manager()
    editable_in = tuple(Status)  # a rule can always be made stricter

    class Meta:
        ordering = ["code"]
        verbose_name = "rule"

    def __str__(self) -> str:
        return self.title

    @transition(Status.PROPOSED, Status.SUSPENDED, Status.RETIRED, to=Status.ADOPTED)
    def adopt(self, *, by: User, note: str) -> None:
        """Let the rule stop the steps it names, from now on."""
        self.adopted_by_name, self.adopted_on, self.suspended_until = str(by), clock.today(), None

    @transition(
        Status.ADOPTED, to=Status.SUSPENDED, reason="Say why the rule stops nothing for a time.", two_people=True
    )
    def suspend(self, *, by: User, note: str, until: date) -> None:
        """Let the rule only ask until a day, once privacy confirms it. Then it stops its steps again by itself."""
        self.require_possible("suspend", until=until)
        self.suspended_until = until

    @transition(Status.SUSPENDED, to=Status.ADOPTED, system=True)
    def resume(self, *, by: None, note: str) -> None:
        """The time for which it was suspended is over."""
        self.suspended_until = None

    @transition(
        Status.PROPOSED,
        Status.SUSPENDED,
        to=Status.RETIRED,
        reason="Say why the rule is no longer asked.",
        two_people=True,
    )
    def retire(self, *, by: User, note: str) -> None:
        """Stop asking the rule at all, once privacy confirms it."""
        self.require_possible("retire")

    def require_possible(self, change: str, **details: Any) -> None:
        if change == "retire" and self.is_permanent:
            raise Conflict(f"“{self}” cannot be retired. {self.WHY_PERMANENT}")
        until, today = details.get("until"), clock.today()
        if change == "suspend" and (until is None or not today <= until <= today + SUSPENDED_AT_MOST):
            raise ValidationError({"until": f"Choose a date within the next {SUSPENDED_AT_MOST.days} days."})

    def details_of(self, proposal: Proposal) -> dict[str, Any]:
        return {name: date.fromisoformat(value) for name, value in proposal.values.items()}

    def weakened_by(self, changed: Collection[str], before: Any) -> list[str]:
        """What does not only make it stricter. Words are never only that."""
        return [name for name in changed if not _STRICTER.get(name, _never)(getattr(before, name), getattr(self, name))]

    def clean(self) -> None:
        late = self.in_force_from is not None and self.in_force_from > clock.today()
        ends = self.in_force_until is not None
        if self.is_permanent and (late or ends):
            raise ValidationError({"in_force_until" if ends else "in_force_from": self.WHY_PERMANENT})
        if self.threshold is not None and self.threshold > HIGHEST_THRESHOLD:
            raise ValidationError({"threshold": f"No holding of more than {HIGHEST_THRESHOLD} % is small. Lower it."})

    def offers(self, step: Transition, user: User) -> bool:
        return step.name != "retire" or not self.is_permanent

    @property
    def is_permanent(self) -> bool:
        """Whether it is always asked: nobody makes a house rule vanish, nor one whose findings nobody may close."""
        return self.house or not self.acceptable

    @property
    def is_adopted(self) -> bool:
        return self.status == self.Status.ADOPTED or (
            self.status == self.Status.SUSPENDED
            and self.suspended_until is not None
            and self.suspended_until < clock.today()
        )

    def reaches(self, risk_tier: str | None) -> bool:
        """Whether it stops its steps for a vendor of this tier. None is for facts that are about no vendor."""
        if risk_tier is None or not self.above_tier:
            return True
        return TIER_ORDER.index(risk_tier or "high") > TIER_ORDER.index(self.above_tier)

    @property
    def needs_two_sides(self) -> bool:
        """Above medium, legal and privacy close a finding together."""
        return is_above_medium(self.severity)

    @property
    def stops_words(self) -> str:
        """What the rule stops, as "approval and signature"; empty when it stops nothing."""
        return self.stops_among(self.stops)

    def stops_among(self, steps: Collection[str]) -> str:
        """Which of these steps the rule stops, in words; a record that does not know a step is not stopped by it."""
        return " and ".join(STEPS.get(step, step) for step in self.stops if step in steps)

    @property
    def adopted_words(self) -> str:
        if self.status == self.Status.SUSPENDED and not self.is_adopted and self.suspended_until is not None:
            return (
                f"Suspended until {self.suspended_until:%-d %b %Y}: it only asks. Then it is in force again by itself."
            )
        if not self.is_adopted or self.adopted_on is None:
            return "Proposed: it raises the question and stops nothing until legal adopts it."
        if self.adopted_by_name == self.PORTAL:
            return f"House rule, in force since {self.adopted_on:%-d %b %Y}; legal and privacy together may suspend it."
        return f"Adopted by {self.adopted_by_name} on {self.adopted_on:%-d %b %Y}."


def _never(before: Any, after: Any) -> bool:
    return False


# Of these fields a new value may make the rule stricter, and so needs nobody's consent: {field: whether it does}.
_STRICTER: dict[str, Callable[[Any, Any], bool]] = {
    "severity": lambda before, after: SEVERITY_ORDER[after] < SEVERITY_ORDER[before],
    "stops": lambda before, after: set(before) <= set(after),
    "threshold": lambda before, after: (after or 0) < (before or 0),  # none lets no holding count as small
    "above_tier": lambda before, after: bool(before) and TIER_ORDER.index(after or "none") < TIER_ORDER.index(before),
    "in_force_from": lambda before, after: after is None or (before is not None and after < before),
    "in_force_until": lambda before, after: after is None or (before is not None and after > before),
}
