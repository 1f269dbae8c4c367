"""What waits for somebody about agreements and transfers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db.models import Q

from apps.accounts.models import User
from apps.agreements.models import Agreement, Transfer
from apps.core import clock
from apps.core.waiting import Task, Waiting, waits_for
from apps.workflow.models.comment import UNNAMED

# How long before its last day whoever looks after an agreement is asked what comes after it.
ASKED_BEFORE_END = timedelta(days=60)
# What legal does with an agreement in each of these states, and how a mail says it.
LEGAL_DOES = {
    Agreement.Status.APPROVED: ("Sign", "{} is approved and waits to be signed"),
    Agreement.Status.SIGNED: ("Activate", "{} is signed and waits to be activated"),
    Agreement.Status.SUSPENDED: ("Resume or terminate", "{} is suspended and waits to be resumed or terminated"),
}


@waits_for
def agreements(user: User) -> Iterator[Waiting]:
    """What legal does next, and what ends soon, for whoever looks after it."""
    ending = Q(status=Agreement.Status.ACTIVE, ends_on__lte=clock.today() + ASKED_BEFORE_END)
    wanted = Agreement.objects.kept_by(user).filter(ending)
    if user.has_perm("agreements.sign_agreement"):
        wanted |= Agreement.objects.filter(status__in=LEGAL_DOES)
    yield Waiting(_do_next, wanted & Agreement.objects.visible_to(user))


def _do_next(user: User, agreements: Sequence[Agreement]) -> Iterator[Task]:
    for agreement in agreements:
        is_ending = agreement.status == Agreement.Status.ACTIVE
        plain = ("Renew, or let it end", "{} ends soon")
        what, mail = plain if is_ending else LEGAL_DOES[Agreement.Status(agreement.status)]
        dates = {Agreement.Status.ACTIVE: agreement.ends_on, Agreement.Status.SIGNED: agreement.starts_on}
        yield Task.of(agreement, what, mail, due_on=dates.get(Agreement.Status(agreement.status)))


@waits_for
def transfers(user: User) -> Iterator[Waiting]:
    """Reported transfers whose outcome waits for the user's side."""
    if user.has_perm("agreements.propose_transfer"):
        undecided = Transfer.objects.visible_to(user).undecided().order_by("reported_at")
        yield Waiting(_look_into, undecided, names=("dataset", "recipient__same_as", "executor__same_as", "reporter"))


def _look_into(user: User, transfers: Sequence[Transfer]) -> Iterator[Task]:
    for transfer in transfers:
        if what := transfer.awaits(user):
            yield Task(
                what=what,
                title=transfer.title,
                mail="{} waits for its outcome",
                about=transfer,
                url=transfer.get_absolute_url(),
                by=str(transfer.reporter) if transfer.shows_reporter_to(user) else UNNAMED,
                since=clock.day_of(transfer.reported_at),
                due_on=clock.day_of(transfer.released_at),
            )
