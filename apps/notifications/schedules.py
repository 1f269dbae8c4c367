"""When tasks run by themselves. Administrators change it; the portal only adds what is missing."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.notifications import heartbeat

# A worker that was away does not work through the messages of days: what they stand for is done once.
KEPT_SECONDS = 1800
# The rule that asks whether they do, in apps/findings/catalogue.py.
SCHEDULES_RUN = "HOUSE-18"


class Schedule(NamedTuple):
    """A task and when it runs: as in a crontab, in the portal's time zone, or every so many seconds."""

    task: str
    name: str
    minute: str
    hour: str = "*"
    seconds: int = 0

    def times(self) -> dict[str, Any]:
        if self.seconds:
            every, _ = IntervalSchedule.objects.get_or_create(every=self.seconds, period=IntervalSchedule.SECONDS)
            # It would seem to have come too late to a worker whose clock is ahead, and nobody would hear of that.
            return {"interval": every, "expire_seconds": None}
        crontab, _ = CrontabSchedule.objects.get_or_create(
            minute=self.minute, hour=self.hour, timezone=settings.TIME_ZONE
        )
        return {"crontab": crontab, "expire_seconds": KEPT_SECONDS}


SCHEDULES: dict[str, Schedule] = {}


def schedule(key: str, task: str, name: str, *, minute: str = "*", hour: str = "*", seconds: int = 0) -> None:
    """Let a task run by itself. Called by any room for its own tasks, from `AppConfig.ready`."""
    SCHEDULES[key] = Schedule(task, name, minute, hour, seconds)


schedule("nightly", "apps.notifications.tasks.nightly", "Nightly run", minute="15", hour="2")
schedule("digests", "apps.notifications.tasks.queue_digests", "Daily mail", minute="0", hour="6")
schedule("sending", "apps.notifications.tasks.send_messages", "Sending of mails", minute="*/5")
schedule("checkpoint", "apps.ledger.tasks.anchor_checkpoint", "Checkpoint of the ledger", minute="15")
schedule("verification", "apps.ledger.tasks.verify_nightly", "Verification of the ledger", minute="30", hour="3")
schedule("keys", "apps.ledger.tasks.forget_idempotency_keys", "Forgetting of idempotency keys", minute="40")
schedule("imports", "apps.consents.tasks.resume_imports", "Imports of answers left behind", minute="*/10")
schedule("answers-due", "apps.consents.tasks.apply_due_answers", "Beginning and end of answers", minute="*")
schedule("heartbeat", heartbeat.TASK, heartbeat.SCHEDULE, seconds=heartbeat.EVERY_SECONDS)
schedule("catch_up", "apps.notifications.tasks.catch_up", "Making up for missed nights", minute="*/30")


def make_schedules(using: str = "default", **kwargs: Any) -> None:
    """Add the schedules that are not there yet. Runs after each migration; what people changed stays.

    Which task a schedule starts is said by the code alone.
    """
    for wanted in SCHEDULES.values():
        if there := PeriodicTask.objects.filter(name=wanted.name).first():
            if there.task != wanted.task:
                there.task = wanted.task
                there.save()
            continue
        PeriodicTask.objects.create(name=wanted.name, task=wanted.task, **wanted.times())


def switched_off() -> list[str]:
    """Names of the portal's own schedules that are disabled or gone."""
    running = set(PeriodicTask.objects.filter(enabled=True).values_list("task", flat=True))
    return [wanted.name for wanted in SCHEDULES.values() if wanted.task not in running]


def is_switched_off(key: str) -> bool:
    return SCHEDULES[key].name in switched_off()
