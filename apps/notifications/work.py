"""What waits for somebody, and what is theirs: said alike on the home page, in mails and in the API."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet, Value
from django.urls import reverse

from apps.accounts.models import User
from apps.agreements.models import Agreement, Transfer
from apps.core.waiting import Task, made_for
from apps.datasets.models import Dataset
from apps.disclosures.models import NoticeVersion, PublicStatement
from apps.findings.models import Finding, Severity
from apps.vendors.models import Organisation, Person
from apps.workflow.models import Subject

MOST_SHOWN = 8  # of each kind of one's own records


def tasks_of(user: User) -> list[Task]:
    """Everything that waits for this user, the most urgent first, alike on Home, in the badge, in mails and in the API.

    Nobody gets a line about a record whose remarks are hidden from them.
    """
    tasks = made_for(user)
    if not Person.objects.keys_of(user):  # no path of interests leads from them
        return tasks
    about: dict[type[Subject], list[Any]] = {}
    for task in tasks:
        if isinstance(task.about, Subject):
            about.setdefault(type(task.about), []).append(task.about)
    for model, records in about.items():
        model.know_readers(records)
    return [task for task in tasks if not isinstance(task.about, Subject) or not task.about.hides_remarks_from(user)]


def records_of(user: User) -> list[tuple[str, str, QuerySet[Any]]]:
    """Records that this user asks for or looks after, as (kind, url of the list, records)."""
    return [
        ("Agreements", reverse("agreements:list"), Agreement.objects.kept_by(user)),
        ("Datasets", reverse("datasets:list"), Dataset.objects.kept_by(user)),
        ("Disclosures", reverse("disclosures:list"), NoticeVersion.objects.kept_by(user)),
        ("Public statements", reverse("disclosures:statements"), PublicStatement.objects.kept_by(user)),
        ("Transfers", reverse("agreements:transfers"), Transfer.objects.kept_by(user)),
        ("Vendors", reverse("vendors:list"), Organisation.objects.kept_by(user)),
    ]


def mine(user: User) -> list[tuple[str, str, QuerySet[Any]]]:
    """The newest of them, for the home page. Kinds of which there are none cost no query of their own."""
    kinds = records_of(user)
    asked = [records.order_by().values_list(Value(place))[:1] for place, (_, _, records) in enumerate(kinds)]
    held = {place for (place,) in asked[0].union(*asked[1:], all=True)}
    return [(kind, url, records[:MOST_SHOWN]) for place, (kind, url, records) in enumerate(kinds) if place in held]


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
