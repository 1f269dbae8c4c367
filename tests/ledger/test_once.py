"""A form that is sent again, by Back or a double click, shows what came of it the first time."""

import re

import pytest

from apps.agreements.models import Agreement, Transfer
from apps.core import clock
from apps.ledger.models import StoredResponse
from apps.ledger.once import new_token
from apps.vendors.models import Organisation
from apps.workflow.models import Comment

AGAIN = "You had sent this form already"


def token_of(page):
    return re.search(r'name="once" value="([^"]+)"', page.content.decode())[1]


@pytest.fixture
def report(tickets, cloudy):
    return {
        "dataset": tickets.pk,
        "recipient": cloudy.pk,
        "transferred_on": clock.today(),
        "channel": "sftp",
        "consideration": "unknown",
        "ground": "none",
        "evidence": "I saw it.",
    }


def test_a_report_that_is_sent_twice_is_one_report(sign_in, stranger, report):
    client = sign_in(stranger)
    sent = report | {"once": token_of(client.get("/transfers/new/"))}
    first, second = (client.post("/transfers/new/", sent) for _ in range(2))
    assert (first.status_code, second.url) == (302, Transfer.objects.get().get_absolute_url())
    assert AGAIN in client.get(second.url).content.decode()


def test_two_forms_are_two_reports(sign_in, stranger, report):
    client = sign_in(stranger)
    for _ in range(2):
        client.post("/transfers/new/", report | {"once": token_of(client.get("/transfers/new/"))})
    assert Transfer.objects.count() == 2


def test_a_comment_that_is_sent_twice_stands_once(sign_in, requester, in_review):
    client, url = sign_in(requester), in_review.get_absolute_url()
    sent = {"comment-body": "Why?", "once": token_of(client.get(f"{url}review/"))}
    assert [client.post(f"{url}comment/", sent).status_code for _ in range(2)] == [302, 302]
    assert Comment.objects.count() == 1


def test_a_form_that_was_shown_again_is_still_to_be_sent(sign_in, requester):
    client = sign_in(requester)
    page = client.get("/vendors/new/")
    wrong = client.post("/vendors/new/", {"name": "", "once": token_of(page)})
    assert (wrong.status_code, token_of(wrong)) == (422, token_of(page))
    client.post("/vendors/new/", {"name": "Right", "kind": "company", "once": token_of(wrong)})
    assert Organisation.objects.filter(name="Right").count() == 1


def test_a_step_that_is_pressed_twice_is_taken_once(sign_in, requester, support):
    client, url = sign_in(requester), f"{support.get_absolute_url()}do/submit/"
    sent = {"once": token_of(client.get(url)), "revision": support.revision}
    assert [client.post(url, sent).status_code for _ in range(2)] == [302, 302]
    assert Agreement.objects.get(pk=support.pk).review.number == 1


def test_an_edit_that_is_sent_again_is_compared_and_never_dropped(sign_in, requester, support):
    assert 'name="once"' not in sign_in(requester).get(f"{support.get_absolute_url()}edit/").content.decode()


def test_a_token_of_somebody_else_counts_for_nothing(sign_in, stranger, requester, report):
    client = sign_in(stranger)
    for _ in range(2):
        client.post("/transfers/new/", report | {"once": new_token(requester.pk)})
    assert (Transfer.objects.count(), StoredResponse.objects.count()) == (2, 0)
