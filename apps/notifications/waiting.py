"""What the last nightly run could not do, until one does all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from apps.core.waiting import Task, Waiting, waits_for
from apps.notifications.models import NightlyRun


@waits_for
def nightly_run(user: User) -> Iterator[Waiting]:
    if user.has_perm("notifications.view_all_messages"):
        yield Waiting(_look_into_run, NightlyRun.objects.order_by("-pk")[:1])


def _look_into_run(user: User, last: Sequence[NightlyRun]) -> Iterator[Task]:
    for run in last:
        if run.problems:
            day = clock.day_of(run.started_at)
            yield Task(
                what="Look into the nightly run",
                title=str(run),
                mail="The last nightly run left something undone",
                url=reverse("admin:notifications_nightlyrun_change", args=[run.pk]),
                since=day,
                due_on=day,
            )
