"""What the last verification of the ledger found, until one finds that everything fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from apps.core.waiting import Task, Waiting, waits_for
from apps.ledger.models import Verification


@waits_for
def verification(user: User) -> Iterator[Waiting]:
    if user.has_perm("portal.view_ledger"):
        yield Waiting(_look_into_ledger, Verification.objects.exclude(finished_at=None)[:1])


def _look_into_ledger(user: User, last: Sequence[Verification]) -> Iterator[Task]:
    for verification in last:
        if not verification.ok:
            day = clock.day_of(verification.started_at)
            yield Task(
                what="Look into the ledger",
                title=str(verification),
                mail="The last verification of the ledger found something that does not fit",
                url=reverse("portal:verification", args=[verification.pk]),
                by=verification.by_name,
                since=day,
                due_on=day,
            )
