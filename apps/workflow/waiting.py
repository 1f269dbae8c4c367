"""Reviews, questions, conditions, mentions, redactions and changes that wait for somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from apps.accounts.models import Role, RoleGrant, User
from apps.core import clock
from apps.core.waiting import Task, Waiting, waits_for
from apps.workflow.models import Comment, Condition, Decision, Mention, Proposal, Redaction, Review, Seat, Vote
from apps.workflow.models.comment import UNNAMED

LONGEST_QUOTE = 300


@waits_for
def decisions(user: User) -> Iterator[Waiting]:
    """Open reviews with a seat that the user can fill, and the user's own ones that nobody can decide."""
    asked = Review.objects.visible_to(user).filter(status=Review.Status.OPEN)
    # An independent reviewer may stand in for any role. A subject's requester never votes on it.
    if not user.has_role(Role.INDEPENDENT):
        asked = asked.filter(Q(required_roles__overlap=sorted(user.roles)) | Q(requester=user))
    yield Waiting(_decide, asked, names=("requester",))


def _decide(user: User, reviews: Sequence[Review]) -> Iterator[Task]:
    for review in reviews:
        if what := _asked_of(user, review.seats()):
            yield _about_review(review, what, "{} waits for your decision", due_on=review.due_on)
        elif review.requester_id == user.pk and (stuck := [seat for seat in review.seats() if seat.is_stuck]):
            why = " ".join(seat.advice for seat in stuck)
            yield _about_review(review, "Nobody can decide", "Nobody can decide about {} now", why=why)


def _asked_of(user: User, seats: list[Seat]) -> str:
    if any(seat.waits_for(user) for seat in seats):
        return "Decide"
    # Only where every seat seems filled does it matter whether the facts changed, which asks the checks.
    settled = all(seat.is_cast for seat in seats)
    return "Confirm your vote" if settled and any(seat.asks_again(user) for seat in seats) else ""


def _about_review(review: Review, what: str, mail: str, *, due_on: date | None = None, why: str = "") -> Task:
    return Task(
        what=what,
        mail=mail,
        about=review.subject,
        url=review.get_absolute_url(),
        by=str(review.requester),
        since=review.created_on,
        due_on=due_on,
        why=why,
    )


@waits_for
def roles_without_holder(user: User) -> Iterator[Waiting]:
    """Roles that open reviews need and nobody holds, for those who grant them."""
    if user.has_perm("accounts.grant_role"):
        held = {grant.role.name for grant in RoleGrant.objects.all_in_effect()}
        lacking = Review.objects.running().exclude(required_roles__contained_by=sorted(held))
        yield Waiting(_grant, lacking.order_by("created_at"))


def _grant(user: User, reviews: Sequence[Review]) -> Iterator[Task]:
    held = {grant.role.name for grant in RoleGrant.objects.all_in_effect()}
    needed: dict[str, date] = {}
    for review in sorted(reviews, key=lambda review: review.created_at, reverse=True):
        needed |= dict.fromkeys(review.required_roles, review.created_on)
    for role in sorted(needed.keys() - held):
        yield Task(
            what="Grant a role",
            title=f"Nobody holds the role {role}, and a request waits for it",
            mail="A request waits for a role that nobody holds",
            url=reverse("accounts:user_list"),
            since=needed[role],
        )


@waits_for
def questions(user: User) -> Iterator[Waiting]:
    yield Waiting(_answer, Review.objects.filter(status=Review.Status.PAUSED, requester=user))


def _answer(user: User, reviews: Sequence[Review]) -> Iterator[Task]:
    keys = [review.object_id for review in reviews]
    written = Comment.objects.filter(kind=Comment.Kind.QUESTION, object_id__in=keys).select_related("author")
    asked = {(comment.content_type_id, comment.object_id): comment for comment in written}
    for review in reviews:
        question = asked.get((review.content_type_id, review.object_id))
        yield Task(
            what="Answer a question",
            mail="A question about {} waits for your answer",
            about=review.subject,
            url=f"{reverse('workflow:review_step', args=[review.pk, 'answer'])}",
            by=question.author_name if question else UNNAMED,
            since=question.created_on if question else clock.day_of(review.updated_at),
            why=question.body[:LONGEST_QUOTE] if question else "",
        )


@waits_for
def returned(user: User) -> Iterator[Waiting]:
    """Requests that somebody returned or opened again, until they are submitted anew."""
    newer = Review.objects.filter(
        content_type=OuterRef("content_type"), object_id=OuterRef("object_id"), number__gt=OuterRef("number")
    )
    back = Review.objects.filter(status__in=[Review.Status.RETURNED, Review.Status.VOID]).exclude(Exists(newer))
    yield Waiting(_submit_again, back.about_kept_by(user) | back.filter(requester=user))


def _submit_again(user: User, reviews: Sequence[Review]) -> Iterator[Task]:
    steps = Decision.objects.about_any(reviews).filter(transition__in=["request_changes", "void"])
    last = {step.object_id: step for step in steps.made().order_by("pk")}
    for review in reviews:
        step = last.get(review.pk)
        if step and step.by_id != user.pk and review.subject.is_editable:
            yield Task(
                what="Change and submit again",
                mail="{} was returned to you",
                about=review.subject,
                url=review.subject.get_absolute_url(),
                by=step.by_name,
                since=clock.day_of(step.at),
                why=step.note[:LONGEST_QUOTE],
            )


@waits_for
def conditions(user: User) -> Iterator[Waiting]:
    """Conditions and obligations that are not met: for who asked, and for the role that says when they are."""
    again = Vote.objects.filter(
        review=OuterRef("vote__review"), by=OuterRef("vote__by"), role=OuterRef("vote__role"), pk__gt=OuterRef("vote")
    )
    unmet = Condition.objects.filter(met_at=None, vote__review__status=Review.Status.APPROVED).exclude(Exists(again))
    mine = unmet.filter(Q(vote__role__in=sorted(user.roles)) | Q(vote__review__requester=user)).visible_to(user)
    yield Waiting(_meet, mine, names=("vote__review",), about="vote.review")


def _meet(user: User, found: Sequence[Condition]) -> Iterator[Task]:
    for condition in found:
        review = condition.vote.review
        says = user.has_role(Role(condition.vote.role)) and not review.subject.barred(user)
        asks = review.requester_id == user.pk
        if says or asks:
            yield Task(
                what="Say how a condition was met" if says else "Meet a condition",
                mail="{} has a condition that is not met yet",
                about=review.subject,
                url=reverse("workflow:condition_met", args=[condition.pk]) if says else review.get_absolute_url(),
                by=condition.vote.by_name,
                since=clock.day_of(condition.vote.at),
                due_on=condition.due_on,
                why=condition.text[:LONGEST_QUOTE],
            )


@waits_for
def mentions(user: User) -> Iterator[Waiting]:
    yield Waiting(_read, Mention.objects.waiting_for(user), names=("comment__author",), about="comment")


def _read(user: User, named: Sequence[Mention]) -> Iterator[Task]:
    for mention in named:
        comment = mention.comment
        yield Task(
            what="You were mentioned",
            mail="You were mentioned in the thread of {}",
            about=comment.subject,
            url=comment.subject.get_absolute_url(),
            by=comment.author_name,
            since=mention.created_on,
            why=comment.body[:LONGEST_QUOTE],
            done_url=reverse("workflow:mention_read", args=[mention.pk]),
        )


@waits_for
def redactions(user: User) -> Iterator[Waiting]:
    if user.has_perm("workflow.request_redaction"):
        asked = Redaction.objects.visible_to(user).filter(status=Redaction.Status.REQUESTED)
        yield Waiting(_redact, asked.exclude(requested_by=user), names=("requested_by",))


def _redact(user: User, asked: Sequence[Redaction]) -> Iterator[Task]:
    for redaction in asked:
        if not user.has_role(redaction.side):
            yield Task(
                what="Carry out or decline",
                mail="{} waits to be carried out or declined",
                about=redaction,
                url=redaction.get_absolute_url(),
                by=str(redaction.requested_by),
                since=redaction.created_on,
            )


@waits_for
def proposals(user: User) -> Iterator[Waiting]:
    """What others want to change and this user may confirm as the second person."""
    waiting = Proposal.objects.visible_to(user).waiting().exclude(requested_by=user).order_by("pk")
    yield Waiting(_confirm, waiting, names=("requested_by",))


def _confirm(user: User, waiting: Sequence[Proposal]) -> Iterator[Task]:
    for proposal in waiting:
        if user.has_perm("workflow.confirm_proposal", proposal):
            yield Task(
                what="Confirm or decline",
                mail="{} waits to be confirmed or declined",
                about=proposal,
                url=proposal.get_absolute_url(),
                by=str(proposal.requested_by),
                since=proposal.created_on,
                why=proposal.reason,
            )
