"""What waits for somebody about agreements and transfers."""

from __future__ import annotations

from collections.abc import Iterator

from apps.accounts.models import User
from apps.agreements.models import Transfer
from apps.core import clock
from apps.core.waiting import MOST_OF_A_KIND, Task, waits_for
from apps.workflow.models.comment import UNNAMED


@waits_for
def transfers(user: User) -> Iterator[Task]:
    """Reported transfers whose outcome waits for the user's side."""
    if not user.has_perm("agreements.propose_transfer"):
        return
    undecided = Transfer.objects.visible_to(user).undecided().order_by("reported_at")
    undecided = undecided.select_related("dataset", "recipient", "executor", "reporter")[:MOST_OF_A_KIND]
    for transfer in undecided:
        if what := transfer.awaits(user):
            yield Task(
                what=what,
                title=transfer.title,
                mail="{} waits for its outcome",
                about=transfer,
                url=transfer.get_absolute_url(),
                by=str(transfer.reporter) if transfer.shows_reporter_to(user) else UNNAMED,
                since=clock.day_of(transfer.reported_at),
                due_on=clock.day_of(transfer.heard_from),
            )
