"""One record that nobody can read costs the night nothing but itself, and administrators hear of it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from apps.agreements.models import Transfer
from apps.core import clock
from apps.findings.models import Finding
from apps.notifications import tasks
from apps.notifications.models import Message, NightlyRun
from apps.notifications.tasks import nightly, send_messages
from apps.notifications.work import tasks_of
from tests.factories import make_agreement

pytestmark = pytest.mark.django_db
BEFORE_CHRIST = "0044-03-15 BC"  # a day that the database knows, and Python does not


@pytest.fixture
def ended(requester, cloudy, tickets):
    """Two agreements that ended yesterday, the first of which cannot be read."""
    yesterday = clock.today() - timedelta(days=1)
    dates = {"status": "active", "starts_on": yesterday - timedelta(days=9), "ends_on": yesterday}
    made = [make_agreement(requester, cloudy, [tickets], title=title, **dates) for title in ("Broken", "Good")]
    spoil(made[0], "starts_on", "ends_on")
    return made


def spoil(record, *fields):
    changed = ", ".join(f"{field} = '{BEFORE_CHRIST}'" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {record._meta.db_table} SET {changed} WHERE id = %s", [record.pk])


def test_the_others_end_and_are_checked_and_people_are_told(ended, requester, administrator):
    broken, good = ended
    nightly()
    good.refresh_from_db()
    assert good.status == "expired"
    assert Finding.objects.about(good).exists()
    run = NightlyRun.objects.get()
    assert run.finished_at
    assert (run.counts["agreements"]["moved"], run.counts["agreements"]["failed"]) == (1, 1)
    assert run.counts["findings"]["failed"] == 1
    assert f"Step “expire” of agreement no. {broken.pk} failed: DataError." in run.problems
    assert f"The checks of agreement no. {broken.pk} failed: DataError." in run.problems
    assert "Broken" not in str(run.problems)
    # Whoever asked for it has a mail all the same, and administrators hear what the run left undone.
    assert Message.objects.filter(recipient=requester, sent_at__isnull=False).exists()
    told = [line["text"] for line in Message.objects.get(recipient=administrator).lines]
    assert any(text.startswith("The last nightly run left something undone") for text in told)


def test_another_kind_of_record(of_2014, confirmed, engineer, lumen):
    transfer = Transfer.objects.order_by("pk").first()
    spoil(transfer, "updated_at")
    nightly()
    run = NightlyRun.objects.get()
    assert f"Asking who has a path of interests of transfer no. {transfer.pk} failed: DataError." in run.problems
    assert f"The checks of transfer no. {transfer.pk} failed: DataError." in run.problems
    assert run.counts["digests"]


def test_a_part_that_fails_stops_no_other(case, monkeypatch, administrator, sign_in):
    def fail():
        raise RuntimeError("Somebody's name")

    monkeypatch.setitem(tasks.PARTS, "agreements", fail)
    nightly()
    run = NightlyRun.objects.get()
    assert run.problems == ["The part “agreements” failed: RuntimeError."]
    assert set(run.counts) == set(tasks.PARTS) - {"agreements"}
    [task] = [task for task in tasks_of(administrator) if task.what == "Look into the nightly run"]
    page = sign_in(administrator).get(task.url)
    assert "The part “agreements” failed: RuntimeError." in page.content.decode()
    monkeypatch.undo()
    nightly()
    assert "Look into the nightly run" not in [task.what for task in tasks_of(administrator)]


def test_a_message_that_cannot_be_sent_holds_up_no_other(legal, privacy, monkeypatch):
    for user in (legal, privacy):
        Message.queue(user, Message.Kind.DIGEST, f"one {user.pk}", subject="One", lines=[])
    first = Message.objects.order_by("pk").first()
    save = Message.save

    def fail_for_first(self, **details):
        if self.pk == first.pk:
            raise RuntimeError("No")
        save(self, **details)

    monkeypatch.setattr(Message, "save", fail_for_first)
    assert send_messages() == 1
    assert len(mail.outbox) == 2
