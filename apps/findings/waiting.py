"""Findings that wait for somebody, a line for each record, and proposals that wait for the other side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.core import clock
from apps.core.waiting import Task, Waiting, waits_for
from apps.findings.models import CheckedModel, Finding, Severity
from apps.findings.models.requirement import SEVERITY_ORDER
from apps.workflow.models.four_eyes import APPROVER_ROLES, approver_roles

MOST_RECORDS = 30
SEVERITIES = {rank: Severity(severity).label.lower() for severity, rank in SEVERITY_ORDER.items()}


@dataclass
class Group:
    """The findings about one record that wait for somebody."""

    content_type_id: int
    object_id: int
    count: int
    worst: int
    due: date | None
    since: datetime
    first: int
    fact: str
    # How many other records there are, where these are the last that are told one by one.
    more: int = 0
    subject: Any = None


@waits_for
def findings(user: User) -> Iterator[Waiting]:
    """Those of the user's role and about the user's records that nobody takes care of, or that are late.

    Executives hear of what is critical and late, whoever's it is.
    """
    late = Q(due_on__lt=clock.today())
    theirs = Finding.objects.filter(owner_role__in=sorted(user.roles)) | Finding.objects.about_kept_by(user)
    wanted = theirs.filter(Q(status=Finding.Status.OPEN) | (late & Q(status=Finding.Status.ACKNOWLEDGED)))
    if user.has_role(Role.EXECUTIVE):
        wanted |= Finding.objects.open().filter(late, severity=Severity.CRITICAL)
    seen = wanted & Finding.objects.visible_to(user)
    groups = seen.worst_first().order_by().values("content_type_id", "object_id")
    groups = groups.annotate(
        count=Count("pk"),
        worst=Min("rank"),
        due=Min("due_on"),
        since=Min("created_at"),
        first=Min("pk"),
        fact=Min("fact"),
    )
    rows: list[Any] = list(groups.order_by("worst", "due", "object_id")[: MOST_RECORDS + 1])
    found = [Group(**row) for row in rows]
    if len(found) > MOST_RECORDS:
        found[-1].more = groups.count() - MOST_RECORDS
    yield Waiting(_look_into, told=found)


def _look_into(user: User, groups: Sequence[Group]) -> Iterator[Task]:
    for group in groups:
        if group.more:
            yield Task(
                what="Look into findings",
                title=f"Findings about {group.more} more records",
                mail=f"Findings about {group.more} more records wait for you",
                url=f"{reverse('findings:finding_list')}?status=not_closed",
                since=clock.day_of(group.since),
                due_on=group.due,
            )
        elif group.subject:
            yield _about(group.subject, group)


def _about(record: Any, group: Group) -> Task:
    worst, checks = SEVERITIES[group.worst], "checks/" if isinstance(record, CheckedModel) else ""
    only = group.count == 1
    return Task(
        what="Look into a finding" if only else f"Look into {group.count} findings",
        mail=f"{{}} has a finding of {worst} severity"
        if only
        else f"{{}} has {group.count} findings, the gravest {worst}",
        about=record,
        url=reverse("findings:finding_detail", args=[group.first]) if only else f"{record.get_absolute_url()}{checks}",
        by="the checks",
        since=clock.day_of(group.since),
        due_on=group.due,
        why=group.fact if only else "",
    )


@waits_for
def proposals(user: User) -> Iterator[Waiting]:
    """Proposals to close a finding, for the other side than the one that made them."""
    if user.has_role(*APPROVER_ROLES):
        proposed = Finding.objects.visible_to(user).filter(status=Finding.Status.PROPOSED).exclude(proposed_by=user)
        yield Waiting(_confirm, proposed, names=("proposed_by",))


def _confirm(user: User, proposed: Sequence[Finding]) -> Iterator[Task]:
    for finding in proposed:
        if set(approver_roles(user)) - {finding.proposed_for} and not finding.barred(user):
            yield Task(
                what="Confirm or reopen",
                mail="{} waits for the other side to confirm how it is closed",
                about=finding,
                url=finding.get_absolute_url(),
                by=str(finding.proposed_by),
                since=clock.day_of(finding.updated_at),
                due_on=finding.due_on,
                why=finding.get_proposal_display(),
            )
