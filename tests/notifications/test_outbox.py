"""The outbox: each message once, sent at least once, under one Message-ID, whatever the mail server says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.core import mail
from django.db import connection

from apps.core import clock
from apps.notifications.models import Line, Message
from apps.notifications.tasks import queue_digests, send_messages

LINE = Line(group="Waiting for you", text="Agreement no. 1 waits.", path="/agreements/1/")


def queue(user, key="one"):
    Message.queue(user, Message.Kind.DIGEST, key, subject="1 thing waits for you", lines=[LINE])
    return Message.objects.get(dedupe_key=key)


@pytest.fixture
def by_smtp(settings, postbox):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, _, port = postbox.url.removeprefix("smtp://").partition(":")
    settings.EMAIL_PORT = int(port)
    return postbox


class TestSending:
    def test_marks_it_sent(self, legal):
        message = queue(legal)
        assert send_messages() == 1
        message.refresh_from_db()
        assert (message.state_words, message.attempts) == ("Sent", 1)

    def test_only_once(self, legal):
        queue(legal)
        assert (send_messages(), send_messages()) == (1, 0)
        assert len(mail.outbox) == 1

    def test_carries_its_message_id_and_says_that_a_machine_wrote(self, legal, by_smtp):
        message = queue(legal)
        send_messages()
        headers = by_smtp.mails[0]
        assert headers["Message-ID"] == message.message_id
        assert headers["Auto-Submitted"] == "auto-generated"
        assert parseaddr(headers["To"])[1] == legal.email
        assert headers["Date"]

    def test_text_and_html_say_the_same_with_whole_links(self, legal, settings):
        settings.PORTAL_URL = "https://portal.example.org"
        email = queue(legal).as_email()
        for words in (email.body, email.alternatives[0].content):
            assert LINE["text"] in words
            assert "https://portal.example.org/agreements/1/" in words

    def test_a_message_with_the_same_key_is_not_added(self, legal):
        first = queue(legal)
        assert queue(legal) == first
        assert Message.objects.count() == 1

    def test_each_has_a_message_id_of_its_own(self, legal, privacy):
        assert queue(legal).message_id != queue(privacy, "two").message_id

    def test_a_deactivated_person_gets_nothing(self, legal):
        queue(legal)
        legal.is_active = False
        legal.save()
        assert send_messages() == 0


class TestFailure:
    def test_of_the_server_is_tried_again_later_as_the_same_mail(self, legal, by_smtp):
        message = queue(legal)
        by_smtp.answer = "451 Try later"
        assert send_messages() == 0
        message.refresh_from_db()
        assert (message.state_words, message.attempts, message.last_error) == ("Waiting", 1, "SMTPRecipientsRefused")
        by_smtp.answer = ""
        assert send_messages() == 0, "not before the pause is over"
        with clock.travel_to(clock.now() + timedelta(minutes=6)):
            assert send_messages() == 1
        assert by_smtp.ids == [message.message_id]

    def test_of_a_server_that_is_not_there(self, legal, settings, by_smtp):
        settings.EMAIL_PORT = 1
        message = queue(legal)
        assert send_messages() == 0
        message.refresh_from_db()
        assert message.last_error == "ConnectionRefusedError"

    def test_of_one_address_holds_up_nobody_and_is_not_tried_again(self, legal, privacy, by_smtp):
        refused, other = queue(legal), queue(privacy, "two")
        by_smtp.unknown = legal.email
        assert send_messages() == 1
        refused.refresh_from_db()
        assert refused.state_words == "Refused by the mail server"
        assert by_smtp.ids == [other.message_id]
        with clock.travel_to(clock.now() + timedelta(days=1)):
            assert send_messages() == 0

    @pytest.mark.parametrize(
        ("spoiled", "error"), [({"subject": "Two\nlines"}, "BadHeaderError"), ({"lines": [{}]}, "KeyError")]
    )
    def test_of_a_message_that_cannot_be_made_into_a_mail_holds_up_nobody(self, legal, privacy, spoiled, error):
        bad, _ = queue(legal), queue(privacy, "two")
        Message.objects.filter(pk=bad.pk).update(**spoiled)
        assert send_messages() == 1
        bad.refresh_from_db()
        assert (bad.state_words, bad.last_error) == ("Waiting", error)
        assert bad.retry_at > clock.now()

    def test_is_remembered_without_any_address(self, legal, by_smtp):
        message = queue(legal)
        by_smtp.unknown = legal.email
        send_messages()
        message.refresh_from_db()
        assert "@" not in message.last_error

    def test_pauses_grow_and_end_after_three_days(self, legal, by_smtp):
        message = queue(legal)
        by_smtp.answer = "451 Try later"
        start, moments = clock.now(), range(0, 96 * 60, 5)
        for minutes in moments:
            with clock.travel_to(start + timedelta(minutes=minutes)):
                send_messages()
        message.refresh_from_db()
        assert 10 < message.attempts < 25


@pytest.mark.django_db(transaction=True)
@pytest.mark.service
class TestAtOnce:
    def in_threads(self, work):
        def run(_):
            try:
                return work()
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as threads:
            return list(threads.map(run, range(4)))

    def test_digests_are_queued_once(self, in_review, legal, settings, tmp_path):
        settings.LEDGER_SIGNING_KEY_FILE = tmp_path / "key.pem"
        self.in_threads(queue_digests)
        keys = list(Message.objects.values_list("dedupe_key", flat=True))
        assert Message.objects.filter(recipient=legal).count() == 1
        assert len(keys) == len(set(keys))

    def test_each_message_is_sent_once(self, legal, privacy, by_smtp):
        for number in range(6):
            queue(legal if number % 2 else privacy, str(number))
        assert sum(self.in_threads(send_messages)) == 6
        assert len(by_smtp.ids) == len(set(by_smtp.ids)) == 6
