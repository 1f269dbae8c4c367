"""What the verification of the ledger asks about schedules, and cannot say about mails."""

from __future__ import annotations

from collections.abc import Iterator

from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.ledger.verify import Chain, Discrepancy, Reader, asks, leaves_out
from apps.ledger.verify.records import read_records

leaves_out(
    "Mails and nightly runs: they decide nothing and say only what records say. A mail that was written or sent past "
    "the portal is not noticed.",
    "notifications_message",
    "notifications_nightlyrun",
)
leaves_out(
    "When each task last ran, and how often: the scheduler counts for itself. Times of sun and single dates, which no "
    "task uses, are not compared either.",
    "django_celery_beat_periodictasks",
    "django_celery_beat_solarschedule",
    "django_celery_beat_clockedschedule",
)


@asks
def schedules(reader: Reader, chain: Chain) -> Iterator[Discrepancy]:
    """What runs when: as the history on the ledger says, but for what the scheduler counts."""
    for model in (PeriodicTask, CrontabSchedule, IntervalSchedule):
        yield from read_records(reader, model)
