"""The Celery application. Started as `celery -A governance worker` and `celery -A governance beat`."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

app = Celery("governance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def catch_up(**kwargs: Any) -> None:
    """Make up for nights in which no worker ran, and for what a killed one left undone."""
    app.send_task("apps.notifications.tasks.catch_up")
