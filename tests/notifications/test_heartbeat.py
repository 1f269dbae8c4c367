"""Whether /healthz notices within half a minute that nobody works any more, with real processes."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery
from django.utils import timezone

from apps.agreements.models import Agreement
from apps.core import clock
from apps.notifications import heartbeat
from apps.notifications.models import NightlyRun
from apps.workflow.models import Decision
from governance.environment import BASE_DIR
from tests.factories import make_agreement
from tests.notifications.background import Background, children_of, database_url, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.whole]
SOON = 30
WRONG_CLOCK = Path(__file__).parent.parent / "wrong_clock"
DAYS_AHEAD = 40
AHEAD = {"PYTHONPATH": str(WRONG_CLOCK), "CLOCK_AHEAD_SECONDS": str(DAYS_AHEAD * 86400)}


@pytest.fixture
def said(client):
    """What /healthz says of a part."""
    return lambda part: client.get("/healthz").json()[part]


def test_a_worker_that_hangs_and_a_killed_beat_are_named_and_new_ones_go_on(said, tmp_path):
    with Background(tmp_path) as background:
        worker, beat = background.worker(), background.beat()
        until(lambda: said("worker") == said("beat") == "ok", "Both are well")
        until(NightlyRun.objects.finished().exists, "The nightly run ended")
        # It has no children of which one could be killed without the others: see CELERY_WORKER_POOL.
        assert children_of(worker) == []
        time.sleep(1)  # so that it is idle
        worker.suspend()
        until(lambda: said("worker").startswith("No worker has run a task for"), "The worker that hangs is told", SOON)
        assert said("beat") == "ok"
        background.kill(worker)
        background.worker()
        until(lambda: said("worker") == "ok", "The new worker is told")
        background.kill(beat)
        until(lambda: said("beat").startswith("Beat has asked for nothing for"), "The dead beat is told", SOON)
        until(lambda: "beat asks for nothing" in said("worker"), "And that nothing is known of the worker", SOON)


@pytest.mark.broker
@pytest.mark.parametrize(
    "url",
    [
        os.environ.get("CI_REDIS_URL", "redis://127.0.0.1:6379/13"),
        os.environ.get("CI_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//"),
    ],
    ids=["redis", "rabbitmq"],
)
def test_a_worker_goes_on_when_its_idle_child_is_killed(url, said, tmp_path):
    queue = f"test-{uuid4().hex}"
    with Background(tmp_path, CELERY_BROKER_URL=url, CELERY_QUEUE=queue) as background:
        worker = background.worker()
        until(lambda: NightlyRun.objects.finished().exists(), "The nightly run ended")
        background.beat()
        for _ in range(3):
            until(lambda: said("worker") == "ok", "The worker works")
            [child] = children_of(worker)
            child.kill()
            killed_at = clock.database_now()
            until(lambda then=killed_at: heartbeat.last_at() > then, "A task is run again", SOON)
        app = Celery("tests", broker=url, set_as_current=False)
        with app.connection_for_write() as broker:
            broker.default_channel.queue_delete(queue)


@pytest.fixture
def in_force(requester, cloudy, tickets):
    """An agreement that ends in twenty days."""
    dates = {"starts_on": clock.today() - timedelta(days=9), "ends_on": clock.today() + timedelta(days=20)}
    return make_agreement(requester, cloudy, [tickets], status="active", **dates)


def require_still_in_force(agreement):
    agreement.refresh_from_db()
    assert (agreement.status, Decision.objects.about(agreement).exists()) == (Agreement.Status.ACTIVE, False)


def test_a_worker_whose_clock_is_ahead_does_nothing_that_time_brings(said, in_force, tmp_path):
    with Background(tmp_path, **AHEAD) as background:
        background.worker()
        until(NightlyRun.objects.exists, "The worker came to the night")
        for name in AHEAD:
            background.env.pop(name)
        background.beat()
        told = until(lambda: "clock" in said("worker") and said("worker"), "The wrong clock is told", SOON)
    assert f"The clock of a worker is {DAYS_AHEAD} days ahead of the database's" in told
    [run] = NightlyRun.objects.all()
    assert (run.finished_at, len(run.problems), f"{DAYS_AHEAD} days ahead" in run.problems[0]) == (None, 1, True)
    assert clock.database_now() - run.started_at < timedelta(minutes=5)
    require_still_in_force(in_force)
    with Background(tmp_path) as background:
        background.worker()
        until(NightlyRun.objects.finished().exists, "The night is made up for by a worker whose clock is right")


def test_nor_does_a_command(in_force):
    env = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "governance.settings"} | AHEAD
    command = [sys.executable, "manage.py", "sweep"]
    ended = subprocess.run(command, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"The clock of this machine is {DAYS_AHEAD} days ahead of the database's" in ended.stderr
    require_still_in_force(in_force)


def test_nor_does_a_process_whose_clock_was_set_meanwhile(in_force, monkeypatch):
    clock.require_right()
    right, seconds = time.time, DAYS_AHEAD * 86400
    monkeypatch.setattr(time, "time", lambda: right() + seconds)
    wrong = timezone.now() + timedelta(days=DAYS_AHEAD)
    monkeypatch.setattr(timezone, "now", lambda: wrong)
    with pytest.raises(clock.WrongClock, match="ahead of the database's"):
        in_force.expire(by=None)
    require_still_in_force(in_force)


def test_the_demo_may_travel(in_force):
    with clock.travel_to(clock.now() + timedelta(days=DAYS_AHEAD)):
        in_force.expire(by=None)
    assert in_force.status == Agreement.Status.EXPIRED
