"""What the last verification of the ledger found, until one finds that everything fits."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from apps.core.waiting import Task, waits_for
from apps.ledger.models import Verification


@waits_for
def verification(user: User) -> Iterator[Task]:
    if not user.has_perm("portal.view_ledger"):
        return
    last = Verification.objects.exclude(finished_at=None).first()
    if last is not None and not last.ok:
        day = clock.day_of(last.started_at)
        yield Task(
            what="Look into the ledger",
            title=str(last),
            mail="The last verification of the ledger found something that does not fit",
            url=reverse("portal:verification", args=[last.pk]),
            by=last.by_name,
            since=day,
            due_on=day,
        )
