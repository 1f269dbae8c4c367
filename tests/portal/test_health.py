"""Whether /healthz tells the truth, and tells it in time."""

import os
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from apps.core import clock
from apps.notifications import heartbeat
from apps.notifications.models import NightlyRun
from apps.portal import health
from apps.portal.health import Examination, Unhealthy

pytestmark = pytest.mark.django_db(transaction=True)


def beat_asked(ago=timedelta()):
    PeriodicTask.objects.filter(name=heartbeat.SCHEDULE).update(last_run_at=timezone.now() - ago)


def test_says_that_everything_works(client):
    heartbeat.write()
    beat_asked()
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, dict.fromkeys(health.ALL, "ok"))


class TestHeartbeat:
    """With real processes in tests/notifications/test_heartbeat.py."""

    def said(self, client, part):
        return client.get("/healthz").json()[part]

    def test_of_a_portal_that_never_ran_is_missing(self, client):
        assert self.said(client, "worker") == "No worker has run a task yet."
        assert self.said(client, "beat") == "Beat has asked for nothing yet."

    def test_that_is_old_is_told_with_its_age(self, client, monkeypatch):
        beat_asked()
        self.write(monkeypatch, ago=timedelta(minutes=3))
        assert self.said(client, "worker") == "No worker has run a task for 3 minutes."

    def test_says_whose_fault_it_is(self, client, monkeypatch):
        beat_asked(timedelta(minutes=4))
        self.write(monkeypatch, ago=timedelta(minutes=3))
        assert self.said(client, "beat") == "Beat has asked for nothing for 4 minutes, or its clock is wrong."
        assert self.said(client, "worker") == "Nobody knows whether a worker runs, since beat asks for nothing."

    def test_is_not_asked_of_a_worker_that_is_busy(self, client, monkeypatch, settings):
        beat_asked()
        self.write(monkeypatch, ago=timedelta(minutes=3))
        task = SimpleNamespace(name="something long", request=SimpleNamespace(is_eager=False))
        heartbeat.begin_work(task)
        assert self.said(client, "worker") == "ok"
        settings.CELERY_TASK_TIME_LIMIT = 60  # longer than the longest task nobody is busy
        assert self.said(client, "worker") == "No worker has run a task for 3 minutes."
        heartbeat.end_work(task)

    def test_that_was_switched_off_is_no_sign_of_health(self, client):
        PeriodicTask.objects.filter(name=heartbeat.SCHEDULE).update(enabled=False)
        assert "switched off" in self.said(client, "beat")

    def test_of_a_clock_that_is_ahead_names_it(self, client):
        beat_asked(-timedelta(days=2))
        assert self.said(client, "beat") == "The clock of beat is 2 days ahead of the database's."

    def write(self, monkeypatch, ago):
        with monkeypatch.context() as patch:
            then = timezone.now() - ago
            patch.setattr(clock, "database_now", lambda: then)
            patch.setattr(timezone, "now", lambda: then)
            heartbeat.write()


class TestNights:
    def said(self, client):
        return client.get("/healthz").json()["nights"]

    def test_that_left_something_undone_are_told_until_one_does_everything(self, client):
        NightlyRun.objects.create(problems=["Step “expire” of agreement no. 3 failed: ValueError."]).finish()
        assert self.said(client) == "The last nightly run has 1 problem; administrators read which."
        NightlyRun.objects.create().finish()
        assert self.said(client) == "ok"

    def test_that_never_end_are_told(self, client):
        NightlyRun.objects.create(started_at=timezone.now() - timedelta(days=3))
        assert self.said(client) == "No nightly run has ended for 3 days."


class TestClock:
    @pytest.mark.parametrize(("ahead", "words"), [(40.1, "40 days ahead of"), (-1.1, "1 day behind")])
    def test_of_the_web_process_is_compared_with_the_databases(self, client, monkeypatch, ahead, words):
        wrong = timezone.now() + timedelta(days=ahead)
        monkeypatch.setattr(timezone, "now", lambda: wrong)
        assert health.WEB["clock"] is health.check_clock
        with pytest.raises(Unhealthy, match=f"The clock of this machine is {words} the database's."):
            health.check_clock()


def test_names_a_broker_that_does_not_answer_without_its_password(client, settings):
    settings.CELERY_BROKER_URL = "redis://:secret@127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["broker"] == "The message broker does not answer."
    assert "secret" not in response.content.decode()
    # People can be answered all the same.
    assert client.get("/healthz/web").json() == dict.fromkeys(health.WEB, "ok")


@pytest.mark.broker
def test_reaches_the_redis_of_the_machine(client, settings):
    settings.CELERY_BROKER_URL = os.environ.get("CI_REDIS_URL", "redis://127.0.0.1:6379/13")
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    assert client.get("/healthz").json()["broker"] == "ok"


class TestExamination:
    @pytest.fixture(autouse=True)
    def _soon(self, monkeypatch):
        monkeypatch.setattr(health, "ANSWER_SECONDS", 0.2)

    def test_does_not_wait_for_what_hangs_and_tells_what_came_before(self):
        asked = []

        def hang():
            asked.append("hang")
            time.sleep(1)

        examination = Examination({"quick": lambda: None, "slow": hang, "later": lambda: None})
        began = time.monotonic()
        first, second = examination.report(), examination.report()
        assert time.monotonic() - began < 0.9
        assert first == second == {"quick": "ok", "slow": health.NO_ANSWER, "later": health.NO_ANSWER}
        assert asked == ["hang"]  # nobody asks again while somebody waits for the answer

    def test_asks_the_others_when_one_fails(self):
        def fail():
            raise RuntimeError("postgres://user:secret@db")

        def be_wrong():
            raise Unhealthy("Something is wrong.")

        found = Examination({"broken": fail, "wrong": be_wrong, "right": lambda: None}).report()
        assert (found["wrong"], found["right"]) == ("Something is wrong.", "ok")
        assert "secret" not in found["broken"]
