"""Every finding and every outbox row exists once, every mail is sent under one Message-ID, whatever becomes of workers.

With real workers on a real broker and a real mail server.
"""

import os
from collections import Counter
from uuid import uuid4

import pytest
from celery import Celery
from django.db import connection, transaction

from apps.agreements.models import Agreement
from apps.findings.models import Finding
from apps.notifications.models import Message, NightlyRun
from apps.notifications.tasks import queue_digests, sweep_findings
from tests.factories import make_agreement
from tests.notifications.background import Background, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.broker]
BROKERS = {
    "redis": os.environ.get("CI_REDIS_URL", "redis://127.0.0.1:6379/13"),
    "rabbitmq": os.environ.get("CI_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//"),
}
NIGHTLY = "apps.notifications.tasks.nightly"


@pytest.fixture(params=BROKERS)
def background(request, case, support, postbox, tmp_path):
    """Workers on that broker, with a queue that nobody else uses."""
    url, queue = BROKERS[request.param], f"test-{uuid4().hex}"
    with Background(tmp_path, CELERY_BROKER_URL=url, CELERY_QUEUE=queue, EMAIL_URL=postbox.url) as background:
        background.app = Celery("tests", broker=url, set_as_current=False)
        background.app.conf.task_default_queue = queue
        yield background
        with background.app.connection_for_write() as broker:
            broker.default_channel.queue_delete(queue)
    background.app.close()


redis_only = pytest.mark.parametrize("background", ["redis"], indirect=True)


def all_sent():
    return Message.objects.exists() and not Message.objects.filter(sent_at=None).exists()


def connections(condition="true"):
    """How many connections others have to the test database, of those that meet the condition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            f"AND {condition}"
        )
        return cursor.fetchone()[0]


def identity(finding):
    return finding.requirement_id, finding.content_type_id, finding.object_id, finding.fingerprint


def assert_each_exists_once(postbox):
    """And nothing is missing: doing all of it again, here and now, adds nothing."""
    found = Counter(identity(finding) for finding in Finding.objects.all())
    assert set(found.values()) == {1}
    rows = Message.objects.values_list("message_id", flat=True)
    assert set(postbox.ids) == set(rows)
    assert len({tuple(mail.to) for mail in postbox.mails}) == len(rows) > 5
    assert queue_digests() == 0
    sweep_findings()
    assert Finding.objects.count() == len(found)


def test_two_runs_at_once_and_one_after_them(background, postbox):
    background.worker()
    background.worker()  # each makes up for the night when it is ready
    until(NightlyRun.objects.finished().exists, "The nightly run ended")
    until(all_sent, "The mails were sent")
    background.app.send_task(NIGHTLY)
    until(lambda: NightlyRun.objects.finished().count() >= 2, "The second run ended")
    assert_each_exists_once(postbox)
    assert len(postbox.ids) == len(set(postbox.ids))


@redis_only
def test_a_worker_killed_while_the_mail_server_holds_its_answer(background, postbox):
    postbox.hold_after = 2
    worker = background.worker()
    until(lambda: len(postbox.mails) == 3, "The third mail was accepted")
    background.kill(worker)
    assert Message.objects.exclude(sent_at=None).count() == 2
    postbox.release()
    background.worker()
    until(all_sent, "The other mails were sent")
    assert_each_exists_once(postbox)
    # The one that was accepted when the worker died came again, as the same mail.
    assert [mail for mail, count in Counter(postbox.ids).items() if count > 1] == [postbox.ids[2]]


@redis_only
def test_a_worker_killed_during_the_sweep(background, postbox, support, requester):
    # Nothing was asked of it yet, so the sweep has something to write, and locks it.
    new = make_agreement(requester, support.counterparty, [], title="New", ends_on=None)
    with transaction.atomic():
        Agreement.objects.select_for_update().get(pk=new.pk)  # so that the sweep stands still at this record
        worker = background.worker()
        until(NightlyRun.objects.exists, "The nightly run began")
        until(lambda: connections("wait_event_type = 'Lock'"), "The sweep reached the record")
        background.kill(worker)
    until(lambda: not connections(), "The server noticed")
    assert not NightlyRun.objects.finished().exists()
    assert not Message.objects.exists()
    background.worker()
    until(NightlyRun.objects.finished().exists, "The night was made up for")
    until(all_sent, "The mails were sent")
    assert_each_exists_once(postbox)
