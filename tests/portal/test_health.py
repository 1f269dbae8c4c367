"""Whether /healthz tells the truth, and tells it in time."""

import os
import time

import pytest

from apps.portal import health
from apps.portal.health import Examination, Unhealthy

pytestmark = pytest.mark.django_db(transaction=True)


def test_says_that_everything_works(client):
    response = client.get("/healthz")
    parts = ("broker", "files", "database", "migrations", "keys", "saving")
    assert (response.status_code, response.json()) == (200, dict.fromkeys(parts, "ok"))


def test_names_a_broker_that_does_not_answer_without_its_password(client, settings):
    settings.CELERY_BROKER_URL = "redis://:secret@127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["broker"] == "The message broker does not answer."
    assert "secret" not in response.content.decode()
    # People can be answered all the same.
    assert client.get("/healthz/web").json() == dict.fromkeys(("database", "migrations", "keys"), "ok")


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
