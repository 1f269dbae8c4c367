"""The Celery application. Started as `celery -A governance worker` and `celery -A governance beat`."""

import os
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.signals import beat_init, celeryd_init, worker_init, worker_ready
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")


class PortalTask(Task):
    """A task that runs only where the clock agrees with the database's: nearly all of them ask what time it is.

    What is left undone is found by the next run.
    """

    any_clock = False

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        from apps.core import clock  # noqa: PLC0415 - settings are there only from here on

        if not self.any_clock:
            clock.require_right()


app = Celery("governance", task_cls=PortalTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def make_broker_folders(**kwargs: Any) -> None:
    """Where messages are files, both write into folders that have to exist."""
    for name, folder in app.conf.broker_transport_options.items():
        if "folder" in name:
            Path(folder).mkdir(parents=True, exist_ok=True)


@worker_init.connect
@beat_init.connect
def require_fit_to_start(**kwargs: Any) -> None:
    from governance.starting import require_fit  # noqa: PLC0415 - models are there only from here on

    try:
        require_fit()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error  # any other exception Celery logs, and goes on


@worker_ready.connect
def catch_up(**kwargs: Any) -> None:
    """Make up for nights in which no worker ran, and for what a killed one left undone."""
    app.send_task("apps.notifications.tasks.catch_up")
