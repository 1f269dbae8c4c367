"""What runs without anybody pressing anything.

Every task may run twice or be cut off: the database says what is left to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from celery import shared_task
from django.db import transaction

from apps.accounts.models import User
from apps.agreements.tasks import expire_agreements, keep_transfers
from apps.core import clock
from apps.core.isolation import by_number, isolated
from apps.disclosures.tasks import supersede_notices
from apps.findings.models import Requirement, reconcile
from apps.findings.tasks import recheck_marked, sweep_findings
from apps.notifications import heartbeat as heartbeats
from apps.notifications.digest import Records, queue_digest
from apps.notifications.locks import only_one
from apps.notifications.models import Message, NightlyRun
from apps.notifications.schedules import SCHEDULES_RUN, is_switched_off
from apps.vendors.tasks import ask_about_twins, expire_due_diligence, lapse_vendors

logger = logging.getLogger(__name__)

# A night was missed when the last whole run is older. A day and the longest run itself.
MISSED_AFTER = timedelta(hours=26)
MOST_AT_ONCE = 500


@shared_task
def queue_digests() -> int:
    """Put today's digest of everybody into the outbox. Gives how many were added."""
    records, today = Records(), clock.today()
    people = User.objects.filter(is_active=True, is_service=False).order_by("pk")
    return sum(_queue_digest(user, records, today) for user in people)


def _queue_digest(user: User, records: Records, today: date) -> bool:
    with isolated(f"The digest of {by_number(User, user.pk)}"), transaction.atomic():
        return queue_digest(user, records, today)
    return False


@shared_task
def send_messages() -> int:
    """Send what is due, each message in a transaction of its own. Gives how many were sent."""
    due = Message.objects.due().order_by("retry_at", "pk").values_list("pk", flat=True)
    return sum(map(_deliver, list(due[:MOST_AT_ONCE])))


def _deliver(pk: int) -> bool:
    with isolated(f"The sending of {by_number(Message, pk)}"):
        return Message.deliver(pk)
    return False


@shared_task(any_clock=True)
def heartbeat() -> None:
    """Say that tasks are run. Beat asks for it every few seconds; /healthz tells when it stays away."""
    heartbeats.write()


# In this order: what time ends, whom reports are kept from, what the checks then find, what people are told of it.
PARTS: dict[str, Callable[[], Any]] = {
    "notices": supersede_notices,
    "agreements": expire_agreements,
    "due diligence": expire_due_diligence,
    "vendors": lapse_vendors,
    "twins": ask_about_twins,
    "transfers": keep_transfers,
    "findings": sweep_findings,
    "digests": queue_digests,
}


@shared_task(any_clock=True)
def nightly() -> None:
    """Everything that time brings, then the mails about it."""
    with only_one("nightly") as alone:
        if not alone or not _clock_is_right():
            return
        run = NightlyRun.objects.create()
        for name, part in PARTS.items():
            run.take(name, part)
        run.finish()
    send_messages()


def _clock_is_right() -> bool:
    """Whether a run may begin. That it may not stands on record, for whoever asks why nothing happened."""
    try:
        clock.require_right()
    except clock.WrongClock as refusal:
        logger.error("The nightly run did not begin. %s", refusal)
        NightlyRun.refuse(str(refusal))
        return False
    return True


@shared_task(any_clock=True)
def catch_up() -> None:
    """Make up for a missed night, unless nights are switched off. Runs when a worker starts, and every half hour.

    It is also who notices that they are: the night itself could not.
    """
    if not _clock_is_right():
        return
    for rule in Requirement.objects.in_force().filter(code=SCHEDULES_RUN):
        with isolated(f"The checks of {by_number(Requirement, rule.pk)}"):
            reconcile(rule)
    recheck_marked()
    if not is_switched_off("nightly") and not NightlyRun.objects.since(clock.now() - MISSED_AFTER).exists():
        nightly()
    else:
        send_messages()
