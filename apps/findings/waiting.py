"""Findings that wait for somebody, a line for each record, and proposals that wait for the other side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Min, Q
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.core import clock
from apps.core.waiting import MOST_OF_A_KIND, Task, waits_for
from apps.findings.models import CheckedModel, Finding, Severity
from apps.findings.models.requirement import SEVERITY_ORDER
from apps.workflow.models import ReviewedModel
from apps.workflow.models.sides import SIDES, sides_of

MOST_RECORDS = 30
SEVERITIES = {rank: Severity(severity).label.lower() for severity, rank in SEVERITY_ORDER.items()}


@waits_for
def findings(user: User) -> Iterator[Task]:
    """Those of the user's role and about the user's records that nobody takes care of, or that are late.

    Executives hear of what is critical and late, whoever's it is.
    """
    late = Q(due_on__lt=clock.today())
    theirs = Finding.objects.filter(owner_role__in=sorted(user.roles)) | Finding.objects.about_kept_by(user)
    wanted = theirs.filter(Q(status=Finding.Status.OPEN) | (late & Q(status=Finding.Status.ACKNOWLEDGED)))
    if user.has_role(Role.EXECUTIVE):
        wanted |= Finding.objects.standing().filter(late, severity=Severity.CRITICAL)
    seen = wanted & Finding.objects.visible_to(user)
    groups = seen.worst_first().order_by().values("content_type_id", "object_id")
    groups = groups.annotate(
        count=Count("pk"), worst=Min("rank"), due=Min("due_on"), since=Min("created_at"), first=Min("pk")
    )
    rows: list[Any] = list(groups.order_by("worst", "due", "object_id")[: MOST_RECORDS + 1])
    facts = Finding.objects.in_bulk([row["first"] for row in rows if row["count"] == 1])
    records = _records(rows[:MOST_RECORDS])
    for row in rows[:MOST_RECORDS]:
        if record := records.get((row["content_type_id"], row["object_id"])):
            yield _about(record, row, facts.get(row["first"]))
    if len(rows) > MOST_RECORDS:
        more = groups.count() - MOST_RECORDS
        yield Task(
            what="Look into findings",
            title=f"Findings about {more} more records",
            mail=f"Findings about {more} more records wait for you",
            url=f"{reverse('findings:list')}?status=standing",
            since=clock.day_of(rows[-1]["since"]),
            due_on=rows[-1]["due"],
        )


def _records(rows: Sequence[Any]) -> dict[tuple[int, int], Any]:
    """The records that these groups are about, one query for each kind."""
    found: dict[tuple[int, int], Any] = {}
    for kind, group in groupby(
        sorted(rows, key=lambda row: row["content_type_id"]), lambda row: row["content_type_id"]
    ):
        model = ContentType.objects.get_for_id(kind).model_class()
        keys = [row["object_id"] for row in group]
        found |= {(kind, pk): record for pk, record in (model._base_manager.in_bulk(keys) if model else {}).items()}
    return found


def _about(record: Any, row: Any, only: Finding | None) -> Task:
    worst, checks = SEVERITIES[row["worst"]], "checks/" if isinstance(record, CheckedModel) else ""
    return Task(
        what="Look into a finding" if only else f"Look into {row['count']} findings",
        mail=f"{{}} has a finding of {worst} severity"
        if only
        else f"{{}} has {row['count']} findings, the gravest {worst}",
        about=record,
        url=only.get_absolute_url() if only else f"{record.get_absolute_url()}{checks}",
        by="the checks",
        since=clock.day_of(row["since"]),
        due_on=row["due"],
        why=only.fact if only else "",
    )


@waits_for
def proposals(user: User) -> Iterator[Task]:
    """Proposals to close a finding, for the other side than the one that made them."""
    if not user.has_role(*SIDES):
        return
    proposed = Finding.objects.visible_to(user).filter(status=Finding.Status.PROPOSED).exclude(proposed_by=user)
    found = list(proposed.select_related("proposed_by").prefetch_related("subject")[:MOST_OF_A_KIND])
    for model in {type(finding.subject) for finding in found if isinstance(finding.subject, ReviewedModel)}:
        model.know_barred([finding.subject for finding in found if type(finding.subject) is model])
    for finding in found:
        if set(sides_of(user)) - {finding.proposed_for} and not finding.barred(user):
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
