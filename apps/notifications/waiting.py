"""What the last nightly run could not do, until one does all of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from apps.core.waiting import Task, waits_for
from apps.notifications.models import NightlyRun


@waits_for
def nightly_run(user: User) -> Iterator[Task]:
    if not user.has_perm("notifications.view_all_messages"):
        return
    last = NightlyRun.objects.newest()
    if last is not None and last.problems:
        day = clock.day_of(last.started_at)
        yield Task(
            what="Look into the nightly run",
            title=str(last),
            mail="The last nightly run left something undone",
            url=reverse("admin:notifications_nightlyrun_change", args=[last.pk]),
            since=day,
            due_on=day,
        )
