"""Approval by several roles: one Review with the votes of people, on a fixed digest of what is approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db import transaction as db
from django.db.models import Q

from apps.accounts.models import Role, RoleGrant, User
from apps.core import clock
from apps.core.exceptions import Blocked, Conflict, StaleEdit
from apps.core.reading import is_reading, of_each, reading
from apps.ledger.timeline import Change, Event
from apps.workflow.models.about import AboutModel, AboutQuerySet
from apps.workflow.models.comment import Comment
from apps.workflow.models.content import content_of
from apps.workflow.models.governed import GovernedModel, Transition, transition
from apps.workflow.models.seat import Electorate, Seat
from apps.workflow.models.vote import Ask, Condition, Vote, digest_of, material

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser

DECIDE_WITHIN = timedelta(days=10)


def differences(before: Sequence[Sequence[str]], after: Sequence[Sequence[str]]) -> list[Change]:
    """What of the content of a review differs in another version, in the words of both."""
    old, new = {(row[0], row[2]) for row in before}, {(row[0], row[2]) for row in after}
    gone = [(label, words) for label, words, identity in before if (label, identity) not in new]
    come = [(label, words) for label, words, identity in after if (label, identity) not in old]
    changes = []
    for label in dict.fromkeys(label for label, _ in [*gone, *come]):
        pairs = ([words for name, words in side if name == label] for side in (gone, come))
        changes += [Change(label, was, now) for was, now in zip_longest(*pairs, fillvalue="")]
    return changes


class ReviewQuerySet(AboutQuerySet["Review"]):
    def visible_to(self, user: AnyUser) -> ReviewQuerySet:
        return self.about_visible(user)

    def running(self) -> ReviewQuerySet:
        return self.filter(status__in=[Review.Status.OPEN, Review.Status.PAUSED])

    def of_roles(self, roles: Sequence[str]) -> ReviewQuerySet:
        """Reviews that need one of these roles."""
        return self.filter(required_roles__overlap=list(roles))


class Review(AboutModel, GovernedModel):
    """One request for approval of one record. Its content and digest are what the votes are about."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        PAUSED = "paused", "Waiting for an answer"
        APPROVED = "approved", "Approved"
        REFUSED = "refused", "Refused"
        RETURNED = "returned", "Returned"
        WITHDRAWN = "withdrawn", "Withdrawn"
        VOID = "void", "Void"

    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, editable=False)
    number = models.PositiveIntegerField(editable=False, help_text="1 for the first request about this record.")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    required_roles = ArrayField(models.CharField(max_length=30), editable=False)
    content = models.JSONField(editable=False, help_text="The material facts as [label, value, identity], in order.")
    digest = models.CharField(max_length=64, editable=False)
    due_on = models.DateField()
    paused_at = models.DateTimeField(null=True, editable=False)

    objects = ReviewQuerySet.as_manager()
    shown_by = ("revision", "digest")
    # What the checks had found on the page or in the answer of the API from which a vote comes; empty for the portal.
    _facts_shown: str = ""
    keepers = ("requester",)
    over_in = (Status.APPROVED, Status.REFUSED, Status.RETURNED, Status.WITHDRAWN, Status.VOID)

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["content_type", "object_id"]),
            models.Index(fields=["due_on", "id"], name="reviews_in_order"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id"],
                condition=Q(status__in=["open", "paused"]),
                name="one_running_review",
            ),
            models.UniqueConstraint(fields=["content_type", "object_id", "number"], name="review_numbers"),
        ]

    def __str__(self) -> str:
        return f"Review {self.number} of {self.subject}"

    def get_absolute_url(self) -> str:
        return f"{self.subject.get_absolute_url()}review/"

    @transition(Status.OPEN, to=Status.PAUSED, reason="Write what you want to know.", label="Ask back")
    def ask(self, *, by: User, note: str) -> None:
        """Ask the requester something. The clock stands still until the answer."""
        Comment.write(self.subject, by=by, body=note, kind=Comment.Kind.QUESTION)
        self.paused_at = clock.now()

    @transition(Status.PAUSED, to=Status.OPEN, reason="Write the answer.")
    def answer(self, *, by: User, note: str) -> None:
        Comment.write(self.subject, by=by, body=note, kind=Comment.Kind.ANSWER)
        if self.paused_at is not None:
            self.due_on += timedelta(days=(clock.now() - self.paused_at).days)
        self.paused_at = None

    @transition(
        Status.OPEN, Status.PAUSED, to=Status.RETURNED, reason="Write what has to change.", label="Return for changes"
    )
    def request_changes(self, *, by: User, note: str) -> None:
        """Return the request to its requester for changes."""
        Comment.write(self.subject, by=by, body=note, kind=Comment.Kind.RETURN)

    @transition(Status.OPEN, Status.PAUSED, to=Status.WITHDRAWN)
    def withdraw(self, *, by: User, note: str) -> None:
        """Take the request back. It can be changed and submitted again; the thread stays."""

    @transition(Status.OPEN, to=Status.APPROVED, by_review=True)
    def approve(self, *, by: User, note: str) -> None:
        """Made by the last required vote, with the approval of the subject."""
        self.require_carried()

    @transition(Status.OPEN, to=Status.REFUSED, by_review=True)
    def refuse(self, *, by: User, note: str) -> None:
        """Made by a vote to refuse, with the rejection of the subject."""
        if not any(vote.verdict == Vote.Verdict.REFUSE for vote in self.latest_votes()):
            raise Conflict("No reviewer has refused this request.")

    @transition(Status.OPEN, Status.PAUSED, Status.APPROVED, to=Status.VOID, by_review=True)
    def void(self, *, by: User, note: str) -> None:
        """Made when the subject is revised: nothing that was decided about it holds any longer."""
        if not self.subject.is_editable:
            raise Conflict("A review becomes void only when what it is about is revised.")

    def after_step(self, step: Transition, *, by: User | None, note: str) -> None:
        """The outcome of a review is a step of its subject."""
        outcome = {
            "approve": "approve",
            "refuse": "reject",
            "request_changes": "return_to_draft",
            "withdraw": "return_to_draft",
        }.get(step.name)
        if outcome:
            getattr(self.subject, outcome)(by=by, note=note)

    def asked_by(self, step: Transition) -> Comment | None:
        questions = Comment.objects.about(self.subject).filter(kind=Comment.Kind.QUESTION)
        return questions.select_related("author").last() if step.name == "answer" else None

    def hides_remarks_from(self, user: User) -> bool:
        return bool(self.subject.hides_remarks_from(user))

    @property
    def is_stale(self) -> bool:
        """Who was shown an earlier version decides about nothing that is asked now."""
        given_up = "_shown" in vars(self) and self.status not in (self.Status.OPEN, self.Status.PAUSED)
        return super().is_stale or (given_up and self._later().exists())

    def _later(self) -> ReviewQuerySet:
        return Review.objects.about(self.subject).filter(number__gt=self.number)

    @property
    def facts(self) -> str:
        """Digest of what the checks find now, on which a vote rests beside the content."""
        return digest_of(self.subject.review_facts())

    def as_shown(self, **shown: Any) -> Self:
        """What the checks found runs the checks, and so is compared under the lock of the vote only."""
        self._facts_shown = shown.pop("facts", "")
        return super().as_shown(**shown)

    def asked_anew(self, shown: Mapping[str, Any]) -> list[Event]:
        """What differs between the version that was shown and the newest one."""
        if "facts" in shown:
            what = "found something else than what you were shown"
            return [Event(clock.now(), "The checks", what, reason="Read what stands in the way now, then vote.")]
        versions = list(Review.objects.about(self.subject).select_related("requester").order_by("-number"))
        number, digest = str(shown.get("number", "")), shown.get("digest", self.digest)
        seen = next((r for r in versions if r.digest == digest and number in ("", str(r.number))), None)
        newest = versions[0]
        if seen is None or seen == newest:
            return []
        changes = tuple(differences(seen.content, newest.content))
        what = f"submitted version {newest.number} in place of version {seen.number}"
        nothing = "" if changes else "Nothing of what is asked for changed."
        return [Event(newest.created_at, str(newest.requester), what, reason=nothing, changes=changes)]

    def lock(self) -> None:
        """Lock the subject first, as its own transitions do, so that two steps never wait for each other."""
        if self.is_held:
            return
        type(self.subject)._base_manager.select_for_update(no_key=True).get(pk=self.object_id)
        super().lock()

    @classmethod
    def open(cls, subject: ReviewedModel, *, by: User) -> Review:
        content = subject.review_content()
        review = cls(
            subject=subject,
            number=cls.objects.about(subject).count() + 1,
            requester=by,
            required_roles=[role.value for role in subject.review_roles()],
            content=content,
            digest=digest_of(content),
            due_on=clock.today() + DECIDE_WITHIN,
        )
        review.on_behalf(by, "submit").save()
        return review

    @classmethod
    def prefetch_seats(cls, reviews: Sequence[Review]) -> None:
        """Load for all these reviews at once what their seats ask."""
        models.prefetch_related_objects(reviews, "subject", all_cast())
        by_model: dict[type[ReviewedModel], list[ReviewedModel]] = {}
        for review in reviews:
            by_model.setdefault(type(review.subject), []).append(review.subject)
        for model, subjects in by_model.items():
            model.prefetch_barred(subjects)

    def roles(self) -> list[Role]:
        """The roles that must approve: those asked at first, and those that newer facts add."""
        asked = [Role(name) for name in self.required_roles]
        return asked + [role for role in self.subject.review_roles() if role not in asked]

    def vote(self, *, by: User, role: Role, verdict: str, reason: str = "", conditions: Sequence[Ask] = ()) -> Vote:
        """Cast a vote for a role. The last required approval approves the subject in the same transaction.

        Raises Conflict when the review is not open or what is reviewed was changed, PermissionDenied when this
        person may not vote for this role, Blocked when adopted rules object to an approval.
        """
        try:
            self.refresh_from_db()
            if self.is_stale and (why := self.why_not(by, role)):
                raise PermissionDenied(why)
            self.require_shown()
            # A vote that is refused anyway asks no checks; under the lock all of this is asked again.
            with reading():
                self._require_votable(by, role)
            self.subject.take_stock()
            with db.atomic():
                self.lock()
                with self.held(), self.subject.held():
                    with reading():
                        self._require_votable(by, role)
                        facts = self._facts_for(verdict)
                    vote = Vote.cast(
                        self, by=by, role=role, facts=facts, verdict=verdict, reason=reason, conditions=conditions
                    )
                    # The checks ask about voters who may not take part. Under this lock it was asked whether this
                    # one may, so the vote adds nothing to what they found.
                    newest_reviews.tell(self.subject, self)
                    self._conclude(vote)
        except (Blocked, PermissionDenied) as refusal:
            self.record_refusal(f"vote_{verdict}", self.status, by=by, note=reason, refusal=refusal)
            raise
        return vote

    def _require_votable(self, by: User, role: Role) -> None:
        if self.status != self.Status.OPEN:
            raise Conflict(f"Nobody can vote while the review is {self.get_status_display().lower()}.")
        if self.content_changed():
            raise Conflict(
                "What is reviewed was changed after it was submitted. It has to be revised and submitted again."
            )
        if why := self.why_not(by, role):
            raise PermissionDenied(why)

    def _facts_for(self, verdict: str) -> str:
        """The digest of what the checks find. Raises Blocked where they object to this verdict."""
        if verdict in Vote.APPROVING:
            self.subject.guard(self.subject.transitions["approve"])
        if self._facts_shown not in ("", self.facts):
            raise StaleEdit(self, {"facts": self._facts_shown})
        return self.facts

    def _conclude(self, vote: Vote) -> None:
        if vote.verdict == Vote.Verdict.REFUSE:
            self.refuse(by=vote.by, note=vote.reason)
        elif all(seat.is_carried for seat in self.seats()):
            self.approve(by=vote.by)

    def content_changed(self) -> bool:
        """Whether something material changed. How somebody is named is not: who it is stays the same."""
        return material(self.subject.review_content()) != material(self.content)

    def require_carried(self) -> None:
        waiting = [seat.role for seat in self.seats() if not seat.is_carried]
        if self.content_changed():
            raise Conflict("What was reviewed has changed. It has to be revised and submitted again.")
        if waiting:
            raise Conflict(f"The approval of {' and '.join(waiting)} is missing.")

    def latest_votes(self) -> list[Vote]:
        """Each person's newest vote for each role."""
        return list({(vote.by_id, vote.role): vote for vote in self.all_votes()}.values())

    def all_votes(self) -> list[Vote]:
        cast: list[Vote] | None = vars(self).get("cast")  # loaded for a batch, see all_cast
        return list(self.votes.in_order()) if cast is None else cast

    def seats(self) -> list[Seat]:
        """One seat for each required role, judged by what is known now."""
        known = Electorate(self.subject, self.created_at, RoleGrant.objects.all_in_effect(), self.latest_votes())
        return [known.seat(role) for role in self.roles()]

    def why_not(self, user: User, role: Role) -> str:
        """Why this user cannot vote for this role now, as a sentence; empty when they can."""
        seat = next((seat for seat in self.seats() if seat.role == role), None)
        return seat.why_not(user) if seat else f"This review does not ask for the role {role}."

    def conditions_before_activation(self) -> models.QuerySet[Condition]:
        """Unmet conditions without a date, of the verdicts that stand."""
        return Condition.objects.filter(vote__in=self.latest_votes(), due_on=None, met_at=None)


def all_cast() -> models.Prefetch[str]:
    """The votes of a batch of reviews, where `all_votes` looks for them."""
    return models.Prefetch("votes", Vote.objects.in_order(), "cast")


@of_each
def newest_reviews(subjects: list[ReviewedModel]) -> dict[int, Review | None]:
    """The newest review of each of these records, with its votes."""
    newest = Review.objects.about_any(subjects).order_by("object_id", "-number").distinct("object_id")
    found = {review.object_id: review for review in newest.select_related("requester").prefetch_related(all_cast())}
    return {subject.pk: found.get(subject.pk) for subject in subjects}


class ReviewedModel(GovernedModel):
    """A governed model that people approve.

    Subclasses declare the steps `submit`, `approve`, `reject`, `return_to_draft` (the last three `by_review`) and
    `revise`; what these mean for the review is said here.
    """

    # Steps that ask for approval, that rely on it, and before which the conditions of the votes have to be met.
    opens_review: ClassVar[tuple[str, ...]] = ("submit",)
    needs_approval: ClassVar[tuple[str, ...]] = ()
    needs_conditions: ClassVar[tuple[str, ...]] = ()
    # The fields that people vote on, unless `review_content` says more.
    material: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def in_short(self) -> str:
        """What is asked, in one or two sentences, for the top of the decision sheet."""
        return str(self)

    def review_roles(self) -> list[Role]:
        """Whose approval is needed."""
        return [Role.LEGAL, Role.PRIVACY]

    def review_content(self) -> list[list[str]]:
        """The material facts, each as [label, value in words, identity]. Their digest is what people vote on.

        The identity says what is material: of another record its key, since its name may be spelled anew.
        """
        return list(content_of(self, self.material))

    def review_facts(self) -> list[str]:
        """What the checks find now. When it changes, votes have to be confirmed."""
        return []

    def barred_people(self) -> dict[int, str]:
        """{user id: why this user cannot take part in deciding}."""
        return {}

    @classmethod
    def prefetch_barred(cls, records: Sequence[Any]) -> None:
        """Load for all these records at once what `barred_people` and `review_roles` ask."""
        cls.prefetch_readers(records)

    def barred(self, user: User) -> str:
        """Why this user cannot take part in deciding; empty when they can."""
        return self.barred_people().get(user.pk, "")

    @classmethod
    def prepare(cls, records: Sequence[Any]) -> None:
        super().prepare(records)
        newest_reviews.know(records)

    @property
    def review(self) -> Review | None:
        """The newest review of this record."""
        if is_reading() or newest_reviews.knows(self):
            return newest_reviews.of(self)
        # What comes may be a vote, so that none is loaded before it is asked for.
        return Review.objects.about(self).order_by("-number").first()

    @property
    def review_in_effect(self) -> Review | None:
        """The newest review that was not given up: a renewal that is returned leaves the approval before it."""
        given_up = (Review.Status.RETURNED, Review.Status.WITHDRAWN)
        return Review.objects.about(self).exclude(status__in=given_up).order_by("-number").first()

    def after_step(self, step: Transition, *, by: User | None, note: str) -> None:
        if step.name in self.opens_review and by is not None:
            Review.open(self, by=by)
        review = self.review_in_effect if step.name == "revise" else None
        if review and review.status in review.transitions["void"].sources:
            review.void(by=by, note=note)

    def why_not_now(self, step: Transition) -> str:
        """A step that relies on the approval needs one of what the record says now."""
        if step.name not in self.needs_approval:
            return ""
        review = self.review_in_effect
        if review is None or review.status != Review.Status.APPROVED:
            return f"No approval of {self} is in force."
        if review.content_changed():
            return f"{self} is not what was approved: it was changed after the votes. Revise it and submit it again."
        waiting = review.conditions_before_activation() if step.name in self.needs_conditions else ()
        texts = "; ".join(condition.text for condition in waiting)
        return f"Conditions of the approval are not met yet: {texts}." if texts else ""

    def require_permission(self, step: Transition, by: User | None) -> None:
        super().require_permission(step, by)
        if step.by_review:
            self._require_outcome(step)

    def _require_outcome(self, step: Transition) -> None:
        outcomes = {
            "approve": (Review.Status.APPROVED,),
            "reject": (Review.Status.REFUSED,),
            "return_to_draft": (Review.Status.RETURNED, Review.Status.WITHDRAWN),
        }
        review = self.review
        if review is None or review.status not in outcomes[step.name]:
            raise Conflict(f"The step “{step.label}” is the outcome of a review and cannot be taken by itself.")
        if step.name == "approve":
            review.require_carried()
