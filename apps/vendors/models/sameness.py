"""Whether two records are of one company or of one person: a question that two people answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Role
from apps.core import exceptions
from apps.core.reading import of_each, once_while_reading
from apps.ledger.models import RecordedQuerySet
from apps.workflow.models import GovernedModel, Transition, transition
from apps.workflow.models.four_eyes import approver_roles, require_second_approver

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User
    from apps.vendors.models.organisation import Organisation
    from apps.vendors.models.person import Person


class SamenessQuerySet(RecordedQuerySet["Sameness"]):
    def visible_to(self, user: AnyUser) -> SamenessQuerySet:
        """Two companies: everybody who is signed in. Two people: who decides and who sees interests, but not they."""
        if not user.is_authenticated:
            return self.none()
        companies = Q(organisation__isnull=False)
        if not user.has_perm("vendors.view_samenesses_of_people"):
            return self.filter(companies)
        people: Any = Sameness._meta.get_field("person").related_model
        own = people.objects.keys_close_to(user)
        if not own:
            return self
        return self.filter(companies | ~(Q(person__in=own) | Q(other_person__in=own)))

    def undecided(self) -> SamenessQuerySet:
        return self.filter(status__in=Sameness.UNDECIDED)

    def about(self, record: Organisation | Person) -> SamenessQuerySet:
        side = str(record._meta.model_name)
        return self.filter(Q(**{side: record.pk}) | Q(**{f"other_{side}": record.pk}))

    def counting(self) -> SamenessQuerySet:
        """Pairs that are one, or may be one."""
        return self.exclude(status=Sameness.Status.DIFFERENT)

    def with_records(self) -> SamenessQuerySet:
        return self.select_related("organisation", "other_organisation", "person", "other_person")

    def pairs(self) -> list[Sameness]:
        """Every pair that is one, or may be one, with both records, whatever this queryset is filtered by."""
        counting = Sameness.objects.counting().order_by("pk").with_records()
        return once_while_reading("samenesses", lambda: _leading(list(counting)))


def _leading(pairs: list[Sameness]) -> list[Sameness]:
    """A record that leads to another one of these leads to what was loaded of it."""
    records = [record for pair in pairs for record in pair.records]
    by_node: dict[tuple[str, int], Any] = {(str(record._meta.model_name), record.pk): record for record in records}
    for record in records:
        if end := by_node.get((str(record._meta.model_name), record.same_as_id or 0)):
            record.same_as = end
    return pairs


@of_each
def authors_of_newer(questions: list[Sameness]) -> dict[int, int | None]:
    """By the key of the question: the account of who wrote the newer one of its two records."""
    found: dict[int, int | None] = {}
    for side in ("organisation", "person"):
        newer = {q.pk: getattr(q, f"other_{side}_id") for q in questions if getattr(q, f"{side}_id")}
        model: Any = Sameness._meta.get_field(side).related_model
        first = model.history.filter(id__in=newer.values(), history_type="+") if newer else ()
        authors = {row.id: row.history_user_id for row in first}
        found |= {pk: authors.get(record) for pk, record in newer.items()}
    return found


class Sameness(GovernedModel):
    """A question about two records: one company, or one person, twice?

    Until it is answered, whoever has an interest in one of them counts as having it in both, and nothing about them
    is approved. Once they are the same, the other record leads to the one that stays; both keep their history.
    """

    class Status(models.TextChoices):
        OPEN = "open", "May be the same"
        SAID_SAME = "said_same", "“The same” waits for the other side"
        SAID_DIFFERENT = "said_different", "“Not the same” waits for the other side"
        SAME = "same", "The same"
        DIFFERENT = "different", "Not the same"

    UNDECIDED = (Status.OPEN, Status.SAID_SAME, Status.SAID_DIFFERENT)

    organisation = models.ForeignKey(
        "vendors.Organisation", null=True, editable=False, on_delete=models.PROTECT, related_name="samenesses"
    )
    other_organisation = models.ForeignKey(
        "vendors.Organisation", null=True, editable=False, on_delete=models.PROTECT, related_name="other_samenesses"
    )
    person = models.ForeignKey(
        "vendors.Person", null=True, editable=False, on_delete=models.PROTECT, related_name="samenesses"
    )
    other_person = models.ForeignKey(
        "vendors.Person", null=True, editable=False, on_delete=models.PROTECT, related_name="other_samenesses"
    )
    grounds = models.CharField("what they share", max_length=500, editable=False)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(max_length=15, choices=Status, default=Status.OPEN, editable=False)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    said_for = models.CharField("for which side", max_length=20, blank=True, editable=False)

    objects = SamenessQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = "question whether two records are the same"
        verbose_name_plural = "questions whether two records are the same"
        indexes = [models.Index(fields=["status"])]
        constraints = [
            models.CheckConstraint(
                name="sameness_of_two_alike",
                condition=Q(
                    organisation__isnull=False,
                    other_organisation__gt=F("organisation"),
                    person__isnull=True,
                    other_person__isnull=True,
                )
                | Q(
                    person__isnull=False,
                    other_person__gt=F("person"),
                    organisation__isnull=True,
                    other_organisation__isnull=True,
                ),
            ),
            models.UniqueConstraint(fields=["organisation", "other_organisation"], name="sameness_of_companies_once"),
            models.UniqueConstraint(fields=["person", "other_person"], name="sameness_of_people_once"),
        ]

    def __str__(self) -> str:
        one, other = self.records
        return f"Are {one} and {other} the same?" if str(one) != str(other) else f"Is {one} on record twice?"

    @property
    def records(self) -> tuple[Organisation, Organisation] | tuple[Person, Person]:
        """Both, the older record first."""
        if self.organisation and self.other_organisation:
            return self.organisation, self.other_organisation
        assert self.person
        assert self.other_person
        return self.person, self.other_person

    def fact_about(self, record: Organisation | Person) -> str:
        """What is asked about one of the two, in a sentence."""
        one, other = self.records
        namesake = other if record.pk == one.pk else one
        kind = "organisation" if self.organisation_id else "person"
        return f"{record} may be the same {kind} as {namesake}, recorded on {namesake.created_on:%-d %b %Y}."

    @property
    def is_undecided(self) -> bool:
        return self.status in self.UNDECIDED

    @transition(Status.OPEN, to=Status.SAID_SAME, reason="Give the reason.", label="Say: the same")
    def say_same(self, *, by: User, note: str) -> None:
        """Propose to the other side, legal or privacy, that both records are of one. It then leads to one record."""
        self._say(by)

    @transition(Status.OPEN, to=Status.SAID_DIFFERENT, reason="Give the reason.", label="Say: not the same")
    def say_different(self, *, by: User, note: str) -> None:
        """Propose to the other side, legal or privacy, that these are two. Their interests then count apart."""
        self._say(by)

    @transition(Status.SAID_SAME, to=Status.SAME, label="Confirm: the same")
    def confirm_same(self, *, by: User, note: str) -> None:
        """Confirm, as the other side, that both are of one. One record stays, and the other leads to it."""
        self._confirm(by)
        self._join(by)

    @transition(Status.SAID_DIFFERENT, to=Status.DIFFERENT, label="Confirm: not the same")
    def confirm_different(self, *, by: User, note: str) -> None:
        """Confirm, as the other side, that these are two. Their interests count apart from now on."""
        self._confirm(by)

    @transition(Status.SAID_SAME, Status.SAID_DIFFERENT, to=Status.OPEN, reason="Say why.", label="Do not agree")
    def disagree(self, *, by: User, note: str) -> None:
        """Take the answer off the table. The question stays open."""
        self.said_by, self.said_for = None, ""

    @transition(Status.SAME, Status.DIFFERENT, to=Status.OPEN, reason="Give the reason.", label="Ask again")
    def ask_again(self, *, by: User, note: str) -> None:
        """Open the question once more. Until it is answered, interests in one count for both."""
        self._reopen(by)

    @transition(Status.DIFFERENT, to=Status.OPEN, system=True)
    def find_again(self, *, by: None, note: str) -> None:
        """Made when the records come to share something that was not known when the question was answered."""
        self.grounds = note
        self._reopen(by)

    def _say(self, by: User) -> None:
        self.said_by, self.said_for = by, approver_roles(by, self.barred_people())[0].value

    def _confirm(self, by: User) -> None:
        barred = self.barred_people()
        if self.said_by_id in barred:
            raise exceptions.Conflict(
                "The answer came from somebody who may not take part by now. Do not agree, and let another one answer."
            )
        require_second_approver(by, first=self.said_by, taken=[Role(self.said_for)], barred=barred)

    def _reopen(self, by: User | None) -> None:
        self.said_by, self.said_for = None, ""
        one, other = self.records
        for record in (one, other):
            if record.same_as_id in (one.pk, other.pk):
                record.same_as = None
                record.on_behalf(by, "asked again whether it is the same").save()

    def _join(self, by: User) -> None:
        """The record that does not stay leads to the other one from now on. Neither is changed in anything else."""
        one, other = (record.survivor for record in self.records)
        if one == other:
            return
        stays, twin = sorted((one, other), key=lambda record: (-record.precedence, record.pk))
        twin.lock()
        if reason := twin.why_not_joined():
            raise ValidationError(reason)
        twin.same_as = stays
        twin.on_behalf(by, f"the same as {stays}").save()

    def lock(self) -> None:
        super().lock()
        for name in ("organisation", "other_organisation", "person", "other_person"):
            self._state.fields_cache.pop(name, None)

    def offers(self, step: Transition, user: User) -> bool:
        """An answer is confirmed by the other side only."""
        return step.name not in ("confirm_same", "confirm_different") or bool(self.awaits(user))

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        """Who has an interest in the records, and who wrote the newer one of each two."""
        super().prepare(records)
        companies = [company for question in records if question.organisation_id for company in question.records]
        if companies:
            type(companies[0]).prefetch_conflicts(companies)
        authors_of_newer.know(records)

    def barred_people(self) -> dict[int, str]:
        """{user id: why this user does not decide}."""
        companies = [record for record in (self.organisation, self.other_organisation) if record]
        barred = {user_id: reason for company in companies for user_id, reason in company.barred_people().items()}
        added = "Whoever wrote the record about which this is asked does not answer it."
        if not authors_of_newer.knows(self):
            self.prepare([self])
        authors = {self.raised_by_id, authors_of_newer.of(self)}
        return barred | {user_id: added for user_id in authors if user_id is not None}

    def barred(self, user: User) -> str:
        return self.barred_people().get(user.pk, "")

    def awaits(self, user: User) -> str:
        """What the question waits for this user to do; empty when it does not."""
        sides = set(approver_roles(user, self.barred_people()))
        if self.status == self.Status.OPEN and sides:
            return "Answer"
        answers = self.is_undecided and self.status != self.Status.OPEN and user.pk != self.said_by_id
        return "Confirm or disagree" if answers and sides - {self.said_for} else ""

    def hides_remarks_from(self, user: User) -> bool:
        return any(record.concerns(user) for record in self.records)
