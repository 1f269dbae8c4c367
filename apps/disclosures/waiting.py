"""What waits for somebody about notices, offers to opt out and public statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.accounts.models import User
from apps.core import clock
from apps.core.waiting import Task, Waiting, waits_for
from apps.disclosures.models import Claim, NoticeVersion, OptOutOffer, PublicStatement


@waits_for
def claims_to_check(user: User) -> Iterator[Waiting]:
    """Versions with claims that others entered and nobody has checked yet, the oldest claim first."""
    if user.has_perm("disclosures.check_claim"):
        unchecked = Claim.objects.visible_to(user).filter(checked_by=None).exclude(entered_by=user)
        oldest = unchecked.exclude(version__status=NoticeVersion.Status.REJECTED).order_by("version_id", "created_at")
        yield Waiting(
            _check,
            oldest.distinct("version_id"),
            names=("version__notice", "entered_by"),
            left_out=("version__text",),
            about="version",
        )


def _check(user: User, claims: Sequence[Claim]) -> Iterator[Task]:
    for claim in claims:
        yield Task(
            what="Check claims",
            mail="{} has claims that wait to be checked",
            about=claim.version,
            url=claim.get_absolute_url(),
            by=str(claim.entered_by),
            since=claim.created_on,
        )


@waits_for
def texts_to_bring_out(user: User) -> Iterator[Waiting]:
    """Approved versions to publish and cleared statements to make."""
    if user.has_perm("disclosures.publish_noticeversion"):
        yield Waiting(
            _publish,
            NoticeVersion.objects.filter(status=NoticeVersion.Status.APPROVED),
            names=("notice",),
            left_out=("text",),
        )
        cleared = PublicStatement.objects.visible_to(user).filter(status=PublicStatement.Status.PRE_CLEARED)
        yield Waiting(_make, cleared)


def _publish(user: User, versions: Sequence[NoticeVersion]) -> Iterator[Task]:
    for version in versions:
        yield Task.of(version, "Publish", "{} is approved and waits to be published", due_on=version.effective_from)


def _make(user: User, statements: Sequence[PublicStatement]) -> Iterator[Task]:
    for statement in statements:
        mail = "{} is cleared and waits to be made"
        yield Task.of(statement, "Record as made, or revise", mail, due_on=statement.said_on)


@waits_for
def offers_to_finish(user: User) -> Iterator[Waiting]:
    """Offers to opt out whose last day is over, until the list of those who opted out was applied."""
    if user.has_perm("disclosures.change_optoutoffer"):
        over = OptOutOffer.objects.filter(state=OptOutOffer.State.RUNNING, offered_until__lt=clock.today())
        yield Waiting(_finish, over, names=("version__notice",))


def _finish(user: User, offers: Sequence[OptOutOffer]) -> Iterator[Task]:
    for offer in offers:
        yield Task(
            what="Apply the exclusion list and finish",
            mail="{} is over and waits to be finished",
            about=offer,
            url=offer.get_absolute_url(),
            since=offer.offered_until or clock.today(),
            due_on=offer.offered_until,
        )
