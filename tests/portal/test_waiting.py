"""One who holds a lock does not hold everybody: what waits is told so in time, and everything else goes on."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from apps.core import unavailable
from apps.datasets.models import Dataset
from governance.environment import BASE_DIR
from tests.notifications.background import database_url, until
from tests.web import Browser, web_process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.whole]
LEDGER = "SELECT pg_advisory_lock(hashtext('ledger chain'))"
# More than the web process has threads.
MANY = 12


@contextmanager
def held(statement):
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute(statement)
        yield


def test_a_held_lock_of_the_ledger_stops_no_one_who_reads_and_is_named(engineer, tickets, tmp_path):
    with web_process(tmp_path, DATABASE_LOCK_SECONDS="2") as port:
        browser = Browser(port, engineer)
        with held(LEDGER), ThreadPoolExecutor(MANY) as threads:
            began = time.monotonic()
            by_api = [
                threads.submit(browser.post_json, "/api/v1/datasets/", {"name": f"Logs {n}"}) for n in range(MANY // 2)
            ]
            by_page = [
                threads.submit(browser.post, "/datasets/new/", {"name": f"Set {n}", "obtained": "unknown"})
                for n in range(MANY // 2)
            ]
            status, report = browser.health()
            read = browser.get("/datasets/")
            assert time.monotonic() - began < 30
            answers = [asked.result(30) for asked in by_api]
            pages = [asked.result(30) for asked in by_page]
        assert (status, report["saving"], report["database"]) == (
            503,
            "Nothing can be saved: something holds the lock of the ledger.",
            "ok",
        )
        assert (read.status, tickets.name in read.text) == (200, True)
        assert {answer.status for answer in (*answers, *pages)} == {503}
        assert {answer.headers["Retry-After"] for answer in (*answers, *pages)} == {"5"}
        assert {json.loads(answer.text)["detail"] for answer in answers} == {unavailable.BUSY}
        assert all(unavailable.BUSY in page.text for page in pages)
        assert Dataset.objects.count() == 1
        assert browser.post_json("/api/v1/datasets/", {"name": "Logs 0"}).status == 201
        assert browser.health()[1]["saving"] == "ok"


def test_a_held_row_is_told_alike(engineer, tickets, tmp_path):
    with web_process(tmp_path, DATABASE_LOCK_SECONDS="1") as port:
        browser = Browser(port, engineer)
        with psycopg.connect(database_url()) as other:
            other.execute("SELECT FROM datasets_dataset WHERE id = %s FOR UPDATE", [tickets.pk])
            answer = browser.post_json(
                f"/api/v1/datasets/{tickets.pk}/transitions/submit/", {"revision": tickets.revision}
            )
        assert (answer.status, json.loads(answer.text)) == (503, {"detail": unavailable.BUSY})


def limits(module, **env):
    """What the server allows a process that begins with this module."""
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    code = (
        f"import {module}, json\nfrom django.db import connection\nfound = []\n"
        f"for name in {names!r}:\n"
        "    with connection.cursor() as cursor:\n        cursor.execute('SHOW ' + name)\n"
        "        found.append(cursor.fetchone()[0])\nprint(json.dumps(found))"
    )
    env = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "governance.settings"} | env
    ended = subprocess.run([sys.executable, "-c", code], env=env, cwd=BASE_DIR, capture_output=True, check=True)
    return json.loads(ended.stdout)


def test_who_answers_people_waits_less_than_who_works():
    assert limits("governance.wsgi") == ["1min", "5s", "1min"]
    assert limits("governance.celery") == ["4h", "1min", "30min"]
    assert limits("governance.wsgi", DATABASE_LOCK_SECONDS="7")[1] == "7s"


HOLDER = """
import os, time, psycopg
from governance.patience import Patience, connection_options
with psycopg.connect(os.environ["DATABASE_URL"], **connection_options(Patience(600, 60, 2))) as connection:
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('ledger chain'))")
    print("holds", flush=True)
    {}
"""


@contextmanager
def holder(does):
    """A process that holds the lock of the ledger in a transaction in which it does this."""
    command, env = [sys.executable, "-c", HOLDER.format(does)], os.environ | {"DATABASE_URL": database_url()}
    with subprocess.Popen(command, env=env, cwd=BASE_DIR, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"holds\n"
        try:
            yield process
        finally:
            process.kill()


def until_the_lock_is_free(seconds):
    with psycopg.connect(database_url(), autocommit=True) as other:
        free = "SELECT pg_try_advisory_lock(hashtext('ledger chain'))"
        until(lambda: other.execute(free).fetchone()[0], "The lock is free", seconds)


def test_what_a_killed_process_held_in_the_middle_of_a_statement_is_free_soon():
    with holder("connection.execute('SELECT pg_sleep(600)')") as process:
        time.sleep(1)  # so that the server is at the long statement
        process.kill()
        until_the_lock_is_free(25)


def test_what_a_process_holds_that_hangs_in_a_transaction_is_free_soon():
    with holder("time.sleep(600)"):
        until_the_lock_is_free(10)
