"""Whether /healthz tells the truth."""

import os

import pytest

pytestmark = pytest.mark.django_db


def test_says_that_everything_works(client):
    response = client.get("/healthz")
    parts = ("database", "migrations", "keys", "broker")
    assert (response.status_code, response.json()) == (200, dict.fromkeys(parts, "ok"))


def test_names_a_broker_that_does_not_answer_without_its_password(client, settings):
    settings.CELERY_BROKER_URL = "redis://:secret@127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["broker"] == "The message broker does not answer."
    assert "secret" not in response.content.decode()


@pytest.mark.broker
def test_reaches_the_redis_of_the_machine(client, settings):
    settings.CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    assert client.get("/healthz").json()["broker"] == "ok"
