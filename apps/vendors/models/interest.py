from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.core import clock
from apps.core.reading import each_once_while_reading
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.vendors.models.confirmed import ConfirmedByLegal
from apps.vendors.models.held import HeldQuerySet
from apps.vendors.models.organisation import Organisation
from apps.vendors.models.person import Person
from apps.vendors.organisations.identities import Identities
from apps.vendors.ownership.conflicts import ConflictOfInterest, find_conflicts
from apps.vendors.ownership.explained import Explained, explain
from apps.vendors.ownership.linked import linked_organisations, profitable, with_owners
from apps.vendors.ownership.steps import Share, led_to, steps_towards
from apps.workflow.models.proposal import EDIT

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User


def share_field(label: str) -> models.DecimalField[Decimal | None, Decimal | None]:
    return models.DecimalField(
        label,
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text="In percent.",
    )


# What somebody with a control interest does; every other control is said as "controls".
CONTROL_WORDS = {
    "boardMember": "sits on the board of",
    "boardChair": "chairs the board of",
    "seniorManagingOfficial": "runs",
    "votingRights": "holds votes in",
    "appointmentOfBoard": "appoints the board of",
    "trustee": "is a trustee of",
    "settlor": "is a settlor of",
    "protector": "is a protector of",
    "nominee": "is a nominee in",
    "nominator": "is a nominator in",
    "unknownInterest": "has an interest of unknown kind in",
    "unpublishedInterest": "has an unpublished interest in",
}


class InterestQuerySet(HeldQuerySet["Interest"]):
    def with_parties(self) -> InterestQuerySet:
        """With who holds and what is held, as the records that stay."""
        return self.select_related("organisation__same_as", "holder_person__same_as", "holder_organisation__same_as")

    def visible_to(self, user: AnyUser) -> InterestQuerySet:
        """Interests are for legal and auditors; everybody else sees their own.

        Nobody reads who else owns an organisation in which they have an interest.
        """
        own = Q(holder_person__user_id=user.pk or 0) | Q(holder_person__same_as__user_id=user.pk or 0)
        if not user.has_perm("vendors.view_interests"):
            return self.filter(own)
        close = self.profits_from(user)
        if not close:
            return self
        owned = with_owners(close, Interest.objects.held(clock.today()))
        hidden = Q(organisation__in=owned) | Q(holder_organisation__in=close)
        return self.filter(own | ~Q(pk__in=Interest.objects.filter(hidden).order_by().values("pk")))

    def linked_organisations(self, user: AnyUser) -> set[int]:
        """The organisations to which any path leads from the user today, whatever this queryset is filtered by."""
        return linked_organisations(user, Interest.objects.held(clock.today()))

    def profits_from(self, user: AnyUser) -> set[int]:
        """Those among them about which a path keeps the user from deciding."""
        return {organisation.pk for organisation in self._profitable(user)}

    def partners_of(self, user: AnyUser) -> set[int]:
        """The people from whom a path leads to an organisation about which one keeps the user from deciding."""
        return {conflict.insider.pk for organisation in self._profitable(user) for conflict in organisation.conflicts}

    def _profitable(self, user: AnyUser) -> list[Organisation]:
        return profitable(user, Interest.objects.held(clock.today()))

    def conflicts_with(self, organisation: Organisation, on: date) -> list[ConflictOfInterest]:
        """Paths of interests from our people to the organisation on that day, whatever this queryset is filtered by."""
        return self.conflicts_with_each([organisation], on)[organisation.pk]

    def conflicts_with_each(
        self, organisations: Iterable[Organisation], on: date
    ) -> dict[int, list[ConflictOfInterest]]:
        """The same for many organisations, by key, in as many queries as for one."""
        return {
            key: conflicts for key, (conflicts, _) in self.conflicts_and_ownership_of(list(organisations), on).items()
        }

    def conflicts_and_ownership_of(
        self, organisations: Sequence[Organisation], on: date
    ) -> dict[int, tuple[list[ConflictOfInterest], Explained]]:
        """By key: who of us has a path to the organisation on that day, and how far it is known who owns it."""
        by_key = {one.pk: one for one in organisations}
        return each_once_while_reading(
            ("conflicts_and_ownership", on),
            by_key,
            lambda keys: self._find_conflicts_and_ownership([by_key[key] for key in keys], on),
        )

    def _find_conflicts_and_ownership(
        self, organisations: Sequence[Organisation], on: date
    ) -> dict[int, tuple[list[ConflictOfInterest], Explained]]:
        keys = led_to({one.pk for one in organisations})
        alone = [one for one in organisations if one.pk not in keys]
        found: dict[int, tuple[list[ConflictOfInterest], Explained]]
        found = {pk: ([], explained) for pk, explained in explain(alone, {}, on).items()}
        if not keys:
            return found
        others = [one for one in organisations if one.pk in keys]
        same = Identities.known(others)
        steps = steps_towards(others, on, same)
        conflicts = find_conflicts(others, on, steps, same)
        speakers = {one.pk: same.organisation(one) for one in others}
        explained = explain(list(speakers.values()), steps, on)
        return found | {pk: (conflicts[pk], explained[speaker.pk]) for pk, speaker in speakers.items()}


class Interest(ConfirmedByLegal, RecordedModel):
    """What a person or organisation holds or controls in an organisation. Terms of BODS 0.4.

    It counts from when it is recorded. What changes or ends it is confirmed by another person of legal, and counts
    from then on.
    """

    two_people: ClassVar[dict[str, str]] = {EDIT: "Change"}
    # What bears on nobody's part in a decision.
    REMARKS = ("source", "details")

    class Type(models.TextChoices):
        SHAREHOLDING = "shareholding", "Shares"
        VOTING = "votingRights", "Votes"
        APPOINTMENT = "appointmentOfBoard", "Appoints the board"
        INFLUENCE = "otherInfluenceOrControl", "Other influence or control"
        SENIOR = "seniorManagingOfficial", "Senior managing official"
        SETTLOR = "settlor", "Settlor"
        TRUSTEE = "trustee", "Trustee"
        PROTECTOR = "protector", "Protector"
        BENEFICIARY = "beneficiaryOfLegalArrangement", "Beneficiary of an arrangement"
        SURPLUS = "rightsToSurplusAssetsOnDissolution", "Right to assets at dissolution"
        PROFIT = "rightsToProfitOrIncome", "Right to profit or income"
        CONTRACT = "rightsGrantedByContract", "Right granted by contract"
        CONDITIONAL = "conditionalRightsGrantedByContract", "Conditional right granted by contract"
        ARTICLES = "controlViaCompanyRulesOrArticles", "Control by company rules or articles"
        LAW = "controlByLegalFramework", "Control by law"
        BOARD = "boardMember", "Member of the board"
        CHAIR = "boardChair", "Chair of the board"
        UNKNOWN = "unknownInterest", "Unknown interest"
        UNPUBLISHED = "unpublishedInterest", "Unpublished interest"
        ENJOYMENT = "enjoymentAndUseOfAssets", "Enjoyment and use of assets"
        ASSETS_PROFIT = "rightToProfitOrIncomeFromAssets", "Right to profit or income from assets"
        NOMINEE = "nominee", "Nominee"
        NOMINATOR = "nominator", "Nominator"

    # Only these carry an economic share; everything else is control, said in words.
    ECONOMIC = (Type.SHAREHOLDING, Type.PROFIT, Type.SURPLUS, Type.ASSETS_PROFIT, Type.BENEFICIARY)

    class Directness(models.TextChoices):
        DIRECT = "direct", "Direct"
        INDIRECT = "indirect", "Indirect"
        UNKNOWN = "unknown", "Unknown"

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="interests")
    holder_person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="interests", verbose_name="person"
    )
    holder_organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="holdings",
        verbose_name="or organisation",
    )
    holder_unspecified = models.CharField(
        max_length=500, blank=True, editable=False, help_text="Why the register does not name the holder."
    )
    type = models.CharField(max_length=40, choices=Type, default=Type.SHAREHOLDING)
    directness = models.CharField(max_length=10, choices=Directness, default=Directness.DIRECT)
    beneficial = models.BooleanField("beneficial ownership or control", default=False)
    share_exact = share_field("share")
    share_min = share_field("share at least")
    share_max = share_field("share at most")
    share_min_exclusive = models.BooleanField(
        "more than that", default=False, db_default=False, help_text="The share is more than the least named."
    )
    share_max_exclusive = models.BooleanField(
        "less than that", default=False, db_default=False, help_text="The share is less than the most named."
    )
    starts_on = models.DateField("from", null=True, blank=True)
    ends_on = models.DateField("until", null=True, blank=True)
    source = models.CharField(max_length=300, help_text="Where this is known from.")
    details = models.CharField(max_length=500, blank=True)
    record_id = models.CharField(max_length=200, blank=True, editable=False, db_index=True, help_text="BODS recordId.")
    components = ArrayField(
        models.CharField(max_length=200),
        null=True,
        blank=True,
        editable=False,
        help_text="BODS componentRecords: what an indirect interest sums up.",
    )

    objects = InterestQuerySet.as_manager()
    redactable = ("details", "holder_unspecified")

    class Meta:
        ordering = ["organisation", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(holder_person=None) | Q(holder_organisation=None), name="interest_has_one_holder"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} in {self.organisation}: {self.get_type_display().lower()}"

    def get_absolute_url(self) -> str:
        return reverse("vendors:interest_detail", args=[self.pk])

    def weakened_by(self, changed: Collection[str], before: Any) -> list[str]:
        return [name for name in changed if name not in self.REMARKS]

    def may_ask(self, user: User) -> bool:
        """Legal, and whoever holds it themselves."""
        return super().may_ask(user) or self.is_own(user)

    def is_own(self, user: User) -> bool:
        return (
            self.holder_person is not None
            and self.holder_person.user_id == user.pk
            and user.has_perm("vendors.declare_interests")
        )

    @property
    def holder(self) -> Person | Organisation | None:
        return self.holder_person or self.holder_organisation

    @property
    def is_economic(self) -> bool:
        return self.type in self.ECONOMIC

    @property
    def control_words(self) -> str:
        return CONTROL_WORDS.get(self.type, "controls")

    @property
    def share(self) -> Share:
        if self.share_exact is not None:
            return Share(self.share_exact, self.share_exact)
        over = self.share_min_exclusive and self.share_min is not None
        under = self.share_max_exclusive and self.share_max is not None
        return Share(self.share_min or Decimal(0), self.share_max, over, under)

    def clean(self) -> None:
        if (self.holder_person is None) == (self.holder_organisation is None) and not self.holder_unspecified:
            raise ValidationError("Name either a person or an organisation as the holder.")
        if self.share_min is not None and self.share_max is not None and self.share_min > self.share_max:
            raise ValidationError({"share_max": "The largest share is smaller than the smallest."})
        if self.share_min is not None and self.share_min == self.share_max and self._excludes_a_limit:
            raise ValidationError({"share_max": "These limits leave nothing between them."})

    @property
    def _excludes_a_limit(self) -> bool:
        return self.share_min_exclusive or self.share_max_exclusive


class StatementQuerySet(RecordedQuerySet["Statement"]):
    def visible_to(self, user: AnyUser) -> StatementQuerySet:
        return self if user.has_perm("vendors.view_interests") else self.none()


class Statement(RecordedModel):
    """One statement of a register that was imported (BODS 0.4). Its content is kept as a digest and in the records."""

    statement_id = models.CharField(max_length=200, unique=True)
    record_id = models.CharField(max_length=200, db_index=True)
    record_type = models.CharField(max_length=20)
    record_status = models.CharField(max_length=10)
    stated_at = models.DateTimeField(null=True, help_text="statementDate.")
    publisher = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the statement as JSON with sorted keys.")

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["stated_at", "pk"]

    def __str__(self) -> str:
        return f"Statement {self.statement_id}"
