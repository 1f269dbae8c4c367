from __future__ import annotations

import re
from collections.abc import Collection, Sequence, Set
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.core.permissions import require
from apps.core.reading import forget, once_while_reading
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.vendors.models.confirmed import ConfirmedByLegal
from apps.vendors.models.held import HeldQuerySet, is_begun, is_held
from apps.vendors.models.organisation import Organisation
from apps.vendors.organisations.identities import Identities, may_be_same, rows_of
from apps.workflow.models import Subject
from apps.workflow.models.proposal import EDIT

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser

MONTH = re.compile("[12][0-9]{3}-(0[1-9]|1[0-2])")
# Somebody who left counts as an insider for this long.
LEAVERS_COUNT = timedelta(days=365)


class PersonQuerySet(RecordedQuerySet["Person"]):
    def visible_to(self, user: AnyUser) -> PersonQuerySet:
        """Legal and auditors see everybody; others see colleagues, but neither relatives nor owners elsewhere."""
        if user.has_perm("vendors.view_interests"):
            return self
        if not user.is_authenticated:
            return self.none()
        ours = Position.objects.filter(organisation__kind__in=Organisation.GROUP).values("person")
        return self.filter(Q(user__isnull=False) | Q(pk__in=ours))

    def that_stay(self) -> PersonQuerySet:
        """Without those that two people found to be the same as another one. Lists and choices offer only these."""
        return self.filter(same_as=None)

    def offered(self, named: int | None = None) -> PersonQuerySet:
        """Among whom one may choose: those that stay, and whom a record names already."""
        return self.filter(Q(same_as=None) | Q(pk=named))

    def spoken_of_to(self, user: AnyUser) -> PersonQuerySet:
        """People about whom this user reads findings: everybody about themselves, legal and auditors about all."""
        return self if user.has_perm("vendors.view_interests") else self.filter(user=user.pk or 0)

    def keys_of(self, user: AnyUser) -> set[int]:
        """The records of the user as a person."""
        if not user.pk:
            return set()
        own = Person.objects.filter(user=user.pk).order_by()
        return once_while_reading(("people", user.pk), lambda: set(own.values_list("pk", flat=True)))

    def close_to(self, user: User) -> PersonQuerySet:
        """The user's own record, everybody who is or was related to the user, and whoever may be one of these."""
        return self.filter(pk__in=self.keys_close_to(user))

    def keys_close_to(self, user: User) -> set[int]:
        return once_while_reading(("close to", user.pk), lambda: _keys_close_to(user))

    def colleagues(self, on: date) -> PersonQuerySet:
        """People with a position in our group, or with an account here."""
        return self.filter(
            Q(pk__in=Position.objects.in_group().counting(on).values("person")) | Q(user__is_active=True)
        )

    def colleague_keys(self, on: date) -> set[int]:
        """The keys of those, whatever this queryset is filtered by. Asked once for any number of days."""
        return {pk for pk, starts_on, ends_on in once_while_reading("ours", _ours) if _counts(starts_on, ends_on, on)}

    def insider_keys(self, on: date, colleagues: set[int], same: Identities) -> set[int]:
        """Those of colleagues, of whoever may be one of them, and of everybody related to one of these."""
        ours = same.keys("person", colleagues)
        pairs = [tie.pair for tie in Relation.objects.ties() if tie.is_held(on)]
        return ours.union(*(pair for pair in pairs if not ours.isdisjoint(pair)))


def _keys_close_to(user: User) -> set[int]:
    records = Person.objects.keys_of(user)
    if not records:
        return set()
    same = Identities.known()
    own = same.keys("person", records)
    return same.keys("person", own.union(*Relation.objects.pairs_of(own)))


def _ours() -> list[tuple[int, date | None, date | None]]:
    """Everybody who ever had a position in our group, from when until when, and whoever has an account here."""
    posts = Position.objects.in_group().order_by().values_list("person", "starts_on", "ends_on")
    no_day = Value(None, output_field=models.DateField())
    accounts = Person.objects.filter(user__is_active=True).order_by().values_list("pk", no_day, no_day)
    return list(posts.union(accounts))


def _counts(starts_on: date | None, ends_on: date | None, on: date) -> bool:
    """Of a position that is loaded, what `counting` says of many."""
    return is_begun(starts_on, on) and (ends_on is None or ends_on >= on - LEAVERS_COUNT)


class Person(ConfirmedByLegal, Subject, RecordedModel):
    """A natural person: one of ours, or somebody who owns, runs or profits from an organisation.

    Who somebody is, nobody changes alone: it says whose interests are whose.
    """

    two_people: ClassVar[dict[str, str]] = {EDIT: "Change"}
    own_interest = "an interest in this person"
    IDENTITY = ("name", "kind", "born", "nationality", "user")

    class Kind(models.TextChoices):
        KNOWN = "knownPerson", "Known"
        ANONYMOUS = "anonymousPerson", "Anonymous"
        UNKNOWN = "unknownPerson", "Unknown"

    name = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.KNOWN)
    why_unnamed = models.CharField(max_length=500, blank=True, help_text="Why an anonymous or unknown person is so.")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="person",
        verbose_name="account",
        help_text="The account with which this person signs in here, if any.",
    )
    born = models.CharField(
        "month of birth", max_length=7, default="", blank=True, help_text="Where it is known, such as 1980-05."
    )
    nationality = models.CharField(
        max_length=200, default="", blank=True, help_text="Where it is known: countries, with commas between them."
    )
    same_as = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="twins",
        help_text="The record of the same person that stays.",
    )
    closed_on = models.DateField(null=True, editable=False, help_text="When the record in the register was closed.")
    record_id = models.CharField(max_length=200, blank=True, editable=False, help_text="BODS recordId.")

    objects = PersonQuerySet.as_manager()
    redactable = ("name", "why_unnamed", "born", "nationality")

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "people"
        indexes = [models.Index(fields=["name", "id"], condition=Q(same_as=None), name="people_in_order")]
        constraints = [
            models.UniqueConstraint(fields=["record_id"], condition=~Q(record_id=""), name="person_record_id_once"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.get_kind_display()} person {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("vendors:person_detail", args=[self.pk])

    def clean(self) -> None:
        if self.kind == self.Kind.KNOWN and not self.name:
            raise ValidationError({"name": "A known person has a name."})
        if self.born and not MONTH.fullmatch(self.born):
            raise ValidationError({"born": "Write the year and the month, such as 1980-05."})

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        super().prepare(records)
        models.prefetch_related_objects(records, "user", "declarations")
        User.prefetch_roles([person.user for person in records if person.user])
        may_be_same.know(records)

    @property
    def unique_name(self) -> str:
        """The name with what tells it from others of that name."""
        return f"{self} (has an account here)" if self.user_id else f"{self} (recorded {self.created_on:%-d %b %Y})"

    @property
    def survivor(self) -> Person:
        """The record that stays of this person: itself, unless two people found it to be the same as another one."""
        return self.same_as.survivor if self.same_as else self

    @cached_property
    def rows(self) -> set[int]:
        """The keys of all records of this person: its own, and those that lead to it."""
        return rows_of(Person, {self.pk})[self.pk]

    @property
    def precedence(self) -> int:
        """Which of two records of the same person stays: the one with an account."""
        return int(self.user_id is not None)

    def weakened_by(self, changed: Collection[str], before: Any) -> list[str]:
        """Everything that tells who it is; to be told with which account somebody signs in only adds to it."""
        return [name for name in changed if name in self.IDENTITY and not (name == "user" and before.user_id is None)]

    def require_editable(self) -> None:
        if self.same_as:
            raise Conflict(f"This record leads to another one of {self.survivor}, which stays. Change that one.")

    def why_not_joined(self) -> str:
        """A person has neither reviews nor anything else under way."""
        return ""

    def lock(self) -> None:
        self.refresh_from_db(from_queryset=Person._base_manager.select_for_update(no_key=True))
        forget(self)

    def hides_remarks_from(self, user: User) -> bool:
        """What is said about people themselves is for them, for legal and for auditors."""
        return self.user_id != user.pk and not user.has_perm("vendors.view_interests")

    def concerns(self, user: User) -> bool:
        """Whether it is the user's own record, that of a relative, or of somebody who profits where the user does."""
        if self.user_id == user.pk or self.pk in Person.objects.keys_close_to(user):
            return True
        if self.pk is None:
            return False
        if "partners" not in user.__dict__:
            # Asked once for this instance: a list asks it of every row.
            user.__dict__["partners"] = self.interests.partners_of(user)
        return self.pk in user.__dict__["partners"]

    @classmethod
    @transaction.atomic
    def of_user(cls, user: User) -> Person:
        """The user as a person who may hold interests; recorded when it is first needed."""
        person = cls.objects.filter(user=user).first()
        if person is None:
            person = cls(name=user.full_name, user=user)
            person.on_behalf(user, "declare interests").save()
        return person


class PositionQuerySet(HeldQuerySet["Position"]):
    def counting(self, on: date) -> PositionQuerySet:
        """Held on that day or in the year before it."""
        return self.begun(on).exclude(ends_on__lt=on - LEAVERS_COUNT)

    def in_group(self) -> PositionQuerySet:
        return self.filter(organisation__kind__in=Organisation.GROUP)


class Position(RecordedModel):
    """What a person is in an organisation."""

    class Role(models.TextChoices):
        FOUNDER = "founder", "founder"
        OFFICER = "officer", "officer"
        DIRECTOR = "director", "director"
        GENERAL_PARTNER = "general_partner", "general partner"
        EMPLOYEE = "employee", "employee"
        ADVISER = "adviser", "adviser"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="positions")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="positions")
    role = models.CharField(max_length=20, choices=Role)
    starts_on = models.DateField("from", null=True, blank=True)
    ends_on = models.DateField("until", null=True, blank=True)
    source = models.CharField(max_length=300, blank=True, help_text="Where this is known from.")

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="position_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_role_display()} of {self.organisation}"

    def get_absolute_url(self) -> str:
        return self.person.get_absolute_url()


class Tie(NamedTuple):
    """A relation by the keys of both, with the accounts that they have."""

    person: int
    relative: int
    account: int | None
    other_account: int | None
    kind: str
    starts_on: date | None
    ends_on: date | None

    @property
    def pair(self) -> tuple[int, int]:
        return self.person, self.relative

    @property
    def both_ways(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return (self.person, self.relative), (self.relative, self.person)

    def is_held(self, on: date) -> bool:
        return is_held(self.starts_on, self.ends_on, on)


class RelationQuerySet(HeldQuerySet["Relation"]):
    def of(self, people: Collection[int]) -> RelationQuerySet:
        return self.filter(Q(person__in=people) | Q(relative__in=people))

    def pairs_of(self, people: Set[int]) -> list[tuple[int, int]]:
        """Person and relative, by key, of every relation that any of these people is or was in."""
        return [tie.pair for tie in self.ties() if not people.isdisjoint(tie.pair)]

    def ties(self) -> list[Tie]:
        """Every relation on record, whatever this queryset is filtered by: one question for any people and days."""
        both = ("person", "relative", "person__user", "relative__user")
        rows = Relation.objects.order_by("pk").values_list(*both, "kind", "starts_on", "ends_on")
        return once_while_reading("ties", lambda: [Tie(*row) for row in rows])

    def with_people(self) -> RelationQuerySet:
        """With both, as the records that stay."""
        return self.select_related("person__same_as", "relative__same_as")


class Relation(RecordedModel):
    """How two people are related. Read in both directions."""

    class Kind(models.TextChoices):
        SPOUSE = "spouse", "spouse"
        PARTNER = "partner", "partner"
        CHILD = "child", "child"
        HOUSEHOLD = "household", "member of the household"
        NOMINEE = "nominee", "nominee"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="relations")
    relative = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="relations_to")
    kind = models.CharField(max_length=20, choices=Kind, help_text="What the second person is to the first.")
    starts_on = models.DateField("from", null=True, blank=True)
    ends_on = models.DateField("until", null=True, blank=True)

    objects = RelationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(person=F("relative")), name="relation_of_two")]

    def __str__(self) -> str:
        return f"{self.relative}, {self.get_kind_display()} of {self.person}"

    def get_absolute_url(self) -> str:
        return self.person.get_absolute_url()

    def clean(self) -> None:
        if self.person_id == self.relative_id:
            raise ValidationError({"relative": "Name another person."})


class DeclarationQuerySet(RecordedQuerySet["InterestDeclaration"]):
    def visible_to(self, user: AnyUser) -> DeclarationQuerySet:
        """Declarations are for legal and auditors; everybody else sees their own."""
        if user.has_perm("vendors.view_interests"):
            return self
        return self.filter(person__user_id=user.pk or 0)


class InterestDeclaration(RecordedModel):
    """What an insider declares each year: no interests, or those on record for that person."""

    LASTS = timedelta(days=365)

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="declarations")
    made_on = models.DateField(default=clock.today, editable=False)
    nothing = models.BooleanField("nothing to declare", default=False)

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        ordering = ["-made_on", "-pk"]

    def __str__(self) -> str:
        return f"Declaration of {self.person}, {self.made_on:%-d %b %Y}"

    @classmethod
    @transaction.atomic
    def declare(cls, *, by: User) -> InterestDeclaration:
        """Declare for a year: nothing, or exactly the interests on record."""
        require(by, "vendors.declare_interests")
        person: Any = Person.of_user(by)
        held = person.interests.model.objects.held(clock.today()).filter(holder_person__in=person.rows)
        made = cls(person=person, nothing=not held.exists())
        made.on_behalf(by, "declare interests").save()
        return made

    @property
    def lapses_on(self) -> date:
        return self.made_on + self.LASTS
