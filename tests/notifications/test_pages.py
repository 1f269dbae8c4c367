"""Who sees which mails in the portal."""

import pytest

from apps.notifications.models import Line, Message, NightlyRun

LINE = Line(group="Waiting for you", text="Agreement no. 77 waits.", path="/agreements/77/")


@pytest.fixture
def message(legal):
    Message.queue(legal, Message.Kind.DIGEST, "one", subject="1 thing waits for you", lines=[LINE])
    return Message.objects.get()


class TestList:
    @pytest.mark.parametrize("reader", ["auditor", "administrator"])
    def test_shows_to_whom_the_portal_wrote_and_not_what(self, message, cast, sign_in, reader):
        page = sign_in(cast[reader]).get("/mail/").content.decode()
        assert "Legal" in page
        assert message.subject not in page
        assert "Agreement no. 77" not in page
        assert message.get_absolute_url() not in page

    def test_shows_others_their_own(self, message, privacy, legal, sign_in):
        assert message.get_absolute_url() in sign_in(legal).get("/mail/").content.decode()
        assert "The portal has not written to you yet" in sign_in(privacy).get("/mail/").content.decode()

    def test_says_when_the_last_night_was(self, legal, sign_in):
        NightlyRun.objects.create().finish()
        assert "The last nightly run ended on" in sign_in(legal).get("/mail/").content.decode()

    def test_is_searched_by_name(self, message, auditor, sign_in):
        assert "Legal" in sign_in(auditor).get("/mail/?q=legal").content.decode()
        assert "Legal" not in sign_in(auditor).get("/mail/?q=nobody").content.decode()

    def test_is_narrowed_to_what_was_not_sent(self, message, auditor, sign_in):
        assert "Legal" in sign_in(auditor).get("/mail/?sent=no").content.decode()
        assert "Legal" not in sign_in(auditor).get("/mail/?sent=yes").content.decode()


class TestMessage:
    def test_is_read_by_its_recipient(self, message, legal, sign_in):
        assert LINE["text"] in sign_in(legal).get(message.get_absolute_url()).content.decode()

    @pytest.mark.parametrize("reader", ["auditor", "administrator", "privacy", "stranger"])
    def test_and_by_nobody_else(self, message, cast, sign_in, reader):
        assert sign_in(cast[reader]).get(message.get_absolute_url()).status_code == 404
