"""What happens after the start without anybody pressing anything, with messages in files and nothing else installed."""

import re

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from apps.core import clock
from apps.findings.models import Finding
from apps.notifications.models import Message, NightlyRun
from tests.notifications.background import Background, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.whole]


def mails_in(folder):
    """Message-IDs of the mails in the folder. Those of the same moment may lie in one file."""
    texts = [file.read_text() for file in folder.glob("*.log")]
    return [found for text in texts for found in re.findall(r"^Message-ID: (\S+)", text, re.MULTILINE)]


def test_the_night_is_made_up_for_and_the_mails_are_in_the_folder(case, legal, tmp_path):
    # Beat tells the worker to send; the portal's own schedule would let this test wait for five minutes.
    every_second, _ = IntervalSchedule.objects.get_or_create(every=1, period="seconds")
    PeriodicTask.objects.create(name="Often", task="apps.notifications.tasks.send_messages", interval=every_second)
    with Background(tmp_path) as background:
        background.worker()
        until(NightlyRun.objects.finished().exists, "The nightly run ended")
        until(lambda: not Message.objects.due().exists(), "The mails were sent")
        # Where the hour of the night has passed since the tables were made, beat would make up for it as well.
        PeriodicTask.objects.exclude(name="Often").update(last_run_at=clock.now())
        background.beat()
        Message.queue(legal, Message.Kind.DIGEST, "one more", subject="One more", lines=[])
        # The digests may be queued a moment after the run has ended.
        until(lambda: not Message.objects.filter(sent_at=None).exists(), "Beat had all of them sent")
    assert NightlyRun.objects.count() == 1
    assert Finding.objects.about(case).exists()
    assert sorted(mails_in(tmp_path / "mail")) == sorted(Message.objects.values_list("message_id", flat=True))
