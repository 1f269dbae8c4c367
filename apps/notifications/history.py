"""Who changed when the portal works by itself: schedules belong to another package, their history to our ledger."""

from __future__ import annotations

from typing import Any

from django.db import models
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from simple_history import register

from apps.ledger.models import RecordedHistory

# What beat writes for itself each time it starts a task.
BOOKKEEPING = frozenset({"last_run_at", "total_run_count", "date_changed", "no_changes"})


class ScheduleHistory(RecordedHistory):
    """History of what people decide about a schedule, without a row for each time it ran."""

    def fields_included(self, model: type[models.Model]) -> list[Any]:
        return [field for field in model._meta.fields if field.name not in BOOKKEEPING]

    def post_save(self, instance: Any, created: bool, using: str | None = None, **kwargs: Any) -> None:
        if created or self._differs(instance):
            super().post_save(instance, created, using=using, **kwargs)

    def _differs(self, instance: Any) -> bool:
        names = [field.attname for field in self.fields_included(type(instance))]
        last = instance.history.order_by("-history_id").values(*names).first()
        return bool(last != {name: getattr(instance, name) for name in names})


def keep_history() -> None:
    for model in (PeriodicTask, CrontabSchedule, IntervalSchedule):
        register(model, app="apps.notifications", records_class=ScheduleHistory)
