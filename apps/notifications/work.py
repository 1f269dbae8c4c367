"""What waits for somebody, and what is theirs: said alike on the home page, in mails and in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from apps.accounts.models import User
from apps.agreements.models import Agreement, Transfer
from apps.core.waiting import Task, made_for
from apps.datasets.models import Dataset
from apps.disclosures.models import NoticeVersion, PublicStatement
from apps.findings.models import Finding, Severity
from apps.vendors.models import Organisation, Person
from apps.workflow.models import Comment, Mention

MOST_SHOWN = 8  # of each kind of one's own records


def tasks_of(user: User) -> list[Task]:
    """Everything that waits for this user, the most urgent first, alike on Home, in the badge, in mails and in the API.

    Nobody gets a line about a record whose remarks are hidden from them.
    """
    tasks = made_for(user)
    if not Person.objects.filter(user=user).exists():  # no path of interests leads from them
        return tasks
    return [task for task in tasks if task.about is None or not task.about.hides_remarks_from(user)]


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
