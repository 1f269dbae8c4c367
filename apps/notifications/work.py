"""What waits for somebody, and what is theirs: said alike on the home page and in mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Model, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import RoleGrant, User
from apps.agreements.models import Agreement, Transfer
from apps.core import clock
from apps.core.isolation import by_number
from apps.datasets.models import Dataset
from apps.disclosures.models import Claim, NoticeVersion, PublicStatement
from apps.findings.models import Finding, Severity
from apps.ledger.models import Verification
from apps.notifications.models import NightlyRun
from apps.vendors.models import InterestDeclaration, Organisation
from apps.workflow.models import Comment, GovernedModel, Mention, Redaction, Review
from apps.workflow.models.comment import UNNAMED

MOST_LOOKED_AT = 20  # of each kind that the home page looks through; each review asks who is barred
MOST_SHOWN = 8  # of each kind of one's own records


@dataclass(frozen=True)
class Task:
    """One thing that waits: what is asked, by whom, since when, and until when.

    `in_mails` says it without any name or title; `about` is the record that is asked about.
    """

    what: str
    title: str
    in_mails: str
    url: str
    by: str
    since: date
    due_on: date | None = None
    about: GovernedModel | None = None

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < clock.today()


def reviews_waiting_for(user: User) -> QuerySet[Review]:
    """Open reviews that ask for a role of this user in which this user has not voted yet, the most urgent first."""
    waiting = Review.objects.visible_to(user).filter(status=Review.Status.OPEN).of_roles(sorted(user.roles))
    # A subject's requester never votes on it; other bars show on the sheet, where the reason stands beside them.
    return waiting.exclude(requester=user).exclude(votes__by=user)


def tasks_of(user: User) -> list[Task]:
    """Everything that waits for this user, the most urgent first."""
    makers = (_ledger, _night, _votes, _transfers, _claims, _questions, _confirmations, _declaration)
    tasks = [task for make in makers for task in make(user)]
    return sorted(tasks, key=lambda task: (task.due_on or date.max, task.since))


def _votes(user: User) -> list[Task]:
    waiting = reviews_waiting_for(user).select_related("requester").prefetch_related("subject")[:MOST_LOOKED_AT]
    return [
        _review_task("Decide", "{} waits for your decision", review)
        for review in waiting
        if not review.subject.barred(user)
    ]


def _questions(user: User) -> list[Task]:
    asked = Review.objects.filter(status=Review.Status.PAUSED, requester=user).select_related("requester")
    return [
        _review_task("Answer a question", "A question about {} waits for your answer", review)
        for review in asked.prefetch_related("subject")
    ]


def _review_task(what: str, in_mails: str, review: Review) -> Task:
    return Task(
        what=what,
        title=str(review.subject),
        in_mails=sentence(in_mails.format(numbered(review.subject))),
        about=review.subject,
        url=review.get_absolute_url(),
        by=str(review.requester),
        since=review.created_at.date(),
        due_on=review.due_on,
    )


def _confirmations(user: User) -> list[Task]:
    tasks = []
    if user.has_perm("accounts.grant_role"):
        grants = RoleGrant.objects.current().filter(effective_at=None).exclude(granted_by=user).exclude(user=user)
        tasks += [
            Task(
                "Confirm a role",
                str(g),
                "A role waits for a second administrator to confirm it",
                g.user.get_absolute_url(),
                str(g.granted_by),
                g.created_at.date(),
            )
            for g in grants.select_related("user", "role", "granted_by")
        ]
    if user.has_perm("workflow.request_redaction"):
        asked = Redaction.objects.visible_to(user).filter(status=Redaction.Status.REQUESTED)
        redactions = asked.exclude(requested_by=user)
        tasks += [
            Task(
                "Carry out or decline",
                str(r),
                sentence(f"{numbered(r)} waits to be carried out or declined"),
                r.get_absolute_url(),
                str(r.requested_by),
                r.created_at.date(),
            )
            for r in redactions.select_related("requested_by")
            if not user.has_role(r.side)
        ]
    return tasks


def _transfers(user: User) -> list[Task]:
    """Reported transfers whose outcome waits for the user's side."""
    if not user.has_perm("agreements.propose_transfer"):
        return []
    undecided = Transfer.objects.visible_to(user).undecided().order_by("reported_at")
    undecided = undecided.select_related("dataset", "recipient", "executor", "reporter")[:MOST_LOOKED_AT]
    return [
        Task(
            what=what,
            title=transfer.title,
            in_mails=sentence(f"{numbered(transfer)} waits for its outcome"),
            url=transfer.get_absolute_url(),
            by=str(transfer.reporter) if transfer.shows_reporter_to(user) else UNNAMED,
            since=transfer.reported_at.date(),
            due_on=transfer.heard_from.date(),
            about=transfer,
        )
        for transfer in undecided
        if (what := transfer.awaits(user))
    ]


def _claims(user: User) -> list[Task]:
    """Versions with claims that others entered and nobody has checked yet, the oldest claim first."""
    if not user.has_perm("disclosures.check_claim"):
        return []
    unchecked = Claim.objects.visible_to(user).filter(checked_by=None).exclude(entered_by=user)
    oldest = unchecked.exclude(version__status=NoticeVersion.Status.REJECTED).order_by("version_id", "created_at")
    claims = oldest.distinct("version_id").select_related("version__notice", "entered_by").defer("version__text")
    return [
        Task(
            what="Check claims",
            title=str(claim.version),
            in_mails=sentence(f"{numbered(claim.version)} has claims that wait to be checked"),
            url=claim.get_absolute_url(),
            by=str(claim.entered_by),
            since=claim.created_at.date(),
            about=claim.version,
        )
        for claim in claims[:MOST_LOOKED_AT]
    ]


def _declaration(user: User) -> list[Task]:
    """Insiders declare their interests each year."""
    person = getattr(user, "person", None)
    if person is None or not user.has_perm("vendors.declare_interests"):
        return []
    last = InterestDeclaration.objects.filter(person=person).first()
    today = clock.today()
    if last and last.lapses_on >= today:
        return []
    due_on = last.lapses_on if last else today
    return [
        Task(
            what="Declare",
            title="Your interests",
            in_mails="Your yearly declaration is asked for",
            url=reverse("vendors:my_interests"),
            by="the portal",
            since=due_on,
            due_on=due_on,
        )
    ]


def _ledger(user: User) -> list[Task]:
    """What the last verification of the ledger found, until one finds that everything fits."""
    if not user.has_perm("portal.view_ledger"):
        return []
    last = Verification.objects.exclude(finished_at=None).first()
    if last is None or last.ok:
        return []
    return [
        Task(
            what="Look into the ledger",
            title=str(last),
            in_mails="The last verification of the ledger found something that does not fit",
            url=reverse("portal:verification", args=[last.pk]),
            by=last.by_name,
            since=timezone.localdate(last.started_at),
            due_on=timezone.localdate(last.started_at),
        )
    ]


def _night(user: User) -> list[Task]:
    """What the last nightly run could not do, until one does all of it."""
    if not user.has_perm("notifications.view_all_messages"):
        return []
    last = NightlyRun.objects.newest()
    if last is None or not last.problems:
        return []
    return [
        Task(
            what="Look into the nightly run",
            title=str(last),
            in_mails="The last nightly run left something undone",
            url=reverse("admin:notifications_nightlyrun_change", args=[last.pk]),
            by="the portal",
            since=timezone.localdate(last.started_at),
            due_on=timezone.localdate(last.started_at),
        )
    ]


def records_of(user: User) -> list[tuple[str, str, QuerySet[Any]]]:
    """Records that this user asks for or looks after, as (kind, url of the list, records)."""
    asked = Q(requester=user) | Q(sponsor=user) | Q(business_owner=user)
    return [
        ("Agreements", reverse("agreements:list"), Agreement.objects.filter(asked)),
        ("Datasets", reverse("datasets:list"), Dataset.objects.filter(Q(owner=user) | Q(steward=user))),
        ("Disclosures", reverse("disclosures:list"), _versions_of(user)),
        ("Public statements", reverse("disclosures:statements"), PublicStatement.objects.filter(author=user)),
        ("Transfers", reverse("agreements:transfers"), Transfer.objects.filter(reporter=user)),
        ("Vendors", reverse("vendors:list"), Organisation.objects.vendors().filter(owner=user)),
    ]


def _versions_of(user: User) -> QuerySet[Any]:
    """Versions of notices that the user wrote or whose notice the user owns, without their long texts."""
    theirs = NoticeVersion.objects.filter(Q(author=user) | Q(notice__owner=user))
    return theirs.select_related("notice").defer("text").order_by("-pk")


def mine(user: User) -> list[tuple[str, str, QuerySet[Any]]]:
    """The newest of them, for the home page."""
    return [(kind, url, records[:MOST_SHOWN]) for kind, url, records in records_of(user)]


def findings_by_severity(user: User) -> list[dict[str, Any]]:
    counted = dict(
        Finding.objects.visible_to(user)
        .standing()
        .order_by()
        .values_list("severity")
        .annotate(count=Count("pk"))
        .values_list("severity", "count")
    )
    most = max(counted.values(), default=0) or 1
    return [
        {
            "severity": severity.value,
            "label": severity.label,
            "count": counted.get(severity.value, 0),
            "percent": round(100 * counted.get(severity.value, 0) / most),
            "url": f"{reverse('findings:list')}?severity={severity.value}&status=standing",
        }
        for severity in Severity
    ]


def mentions_of(user: User, since: datetime | None = None) -> list[Mention]:
    seen = Comment.objects.about_visible(user)
    mentions = Mention.objects.filter(user=user, comment__in=seen)
    if since is not None:
        mentions = mentions.filter(created_at__gt=since)
    newest = mentions.select_related("comment__author").prefetch_related("comment__subject")
    return [m for m in newest[:10] if not m.comment.subject.hides_remarks_from(user)][:5]


def numbered(record: Model) -> str:
    """A record without its name: "agreement no. 12"."""
    return by_number(type(record), record.pk)


def sentence(words: str) -> str:
    """With a capital first letter, and all else as it is."""
    return words[:1].upper() + words[1:]
