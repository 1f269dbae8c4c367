"""Reviews, questions, redactions, and changes that wait for somebody."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core import clock
from apps.core.waiting import MOST_OF_A_KIND, Task, waits_for
from apps.workflow.models import Proposal, Redaction, Review


def reviews_waiting_for(user: User) -> QuerySet[Review]:
    """Open reviews that ask for a role of this user in which this user has not voted yet, the most urgent first."""
    waiting = Review.objects.visible_to(user).filter(status=Review.Status.OPEN).of_roles(sorted(user.roles))
    # A subject's requester never votes on it; other bars show on the sheet, where the reason stands beside them.
    return waiting.exclude(requester=user).exclude(votes__by=user)


@waits_for
def votes(user: User) -> Iterator[Task]:
    waiting = reviews_waiting_for(user).select_related("requester").prefetch_related("subject")[:MOST_OF_A_KIND]
    for review in waiting:
        if not review.subject.barred(user):
            yield _about_review("Decide", "{} waits for your decision", review)


@waits_for
def questions(user: User) -> Iterator[Task]:
    asked = Review.objects.filter(status=Review.Status.PAUSED, requester=user).select_related("requester")
    for review in asked.prefetch_related("subject"):
        yield _about_review("Answer a question", "A question about {} waits for your answer", review)


def _about_review(what: str, mail: str, review: Review) -> Task:
    return Task(
        what=what,
        mail=mail,
        about=review.subject,
        url=review.get_absolute_url(),
        by=str(review.requester),
        since=clock.day_of(review.created_at),
        due_on=review.due_on,
    )


@waits_for
def redactions(user: User) -> Iterator[Task]:
    if not user.has_perm("workflow.request_redaction"):
        return
    asked = Redaction.objects.visible_to(user).filter(status=Redaction.Status.REQUESTED).exclude(requested_by=user)
    for redaction in asked.select_related("requested_by"):
        if not user.has_role(redaction.side):
            yield Task(
                what="Carry out or decline",
                mail="{} waits to be carried out or declined",
                about=redaction,
                url=redaction.get_absolute_url(),
                by=str(redaction.requested_by),
                since=clock.day_of(redaction.created_at),
            )


@waits_for
def proposals(user: User) -> Iterator[Task]:
    """What others want to change and this user may confirm as the second person."""
    waiting = Proposal.objects.visible_to(user).waiting().exclude(requested_by=user).order_by("pk")
    for proposal in waiting.select_related("requested_by").prefetch_related("subject")[:MOST_OF_A_KIND]:
        if user.has_perm("workflow.confirm_proposal", proposal):
            yield Task(
                what="Confirm or decline",
                mail="{} waits to be confirmed or declined",
                about=proposal,
                url=proposal.get_absolute_url(),
                by=str(proposal.requested_by),
                since=clock.day_of(proposal.created_at),
                why=proposal.reason,
            )
