"""A report may name no record: legal says later which ones it means. Until then nothing about it reads as fine."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from apps.agreements.models import Transfer
from apps.core import clock
from apps.datasets.models import Dataset
from apps.findings.models import Finding
from apps.vendors.models import Organisation
from tests.api_cast import api_of
from tests.factories import make_organisation, make_stake, make_transfer

WORDS = {"dataset_words": "all photos of members", "recipient_words": "some friends of the founder"}


@pytest.fixture
def told(stranger):
    return make_transfer(stranger, None, None, confidential=True, **WORDS)


def link(client, transfer, **more):
    given = {"note": "The message names them.", "revision": transfer.revision, **more}
    return client.post(f"{transfer.get_absolute_url()}link/", given)


def test_a_confidential_reporter_adds_nothing_in_their_own_name(sign_in, stranger):
    before = Dataset.objects.count(), Organisation.objects.count()
    answers = {"transferred_on": str(clock.today()), "channel": "personal_mail", "consideration": "none"}
    answer = sign_in(stranger).post("/transfers/new/", {**answers, **WORDS, "ground": "none", "confidential": "on"})
    transfer = Transfer.objects.get()
    assert answer.url == transfer.get_absolute_url()
    assert (Dataset.objects.count(), Organisation.objects.count()) == before
    assert transfer.history.get().history_user is None


def test_what_is_not_known_is_said_and_never_fine(told, sign_in, legal):
    page = sign_in(legal).get(told.get_absolute_url()).content.decode()
    assert "Which dataset “all photos of members” means is not known." in page
    assert "Nobody has said yet who received it." in page
    assert "No path of interests" not in page
    finding = Finding.objects.open().get(requirement__code="OKC-1")
    assert "cannot be asked before" in finding.detail
    assert api_of(legal).get(f"transfers/{told.pk}/").json()["covered"] is False


def test_legal_links_it_and_the_record_says_who_and_why(told, sign_in, legal, tickets, cloudy):
    assert "Say which records it means" in sign_in(legal).get("/").content.decode()
    assert link(sign_in(legal), told, dataset=tickets.pk, recipient=cloudy.pk).status_code == 302
    linked = Transfer.objects.get()
    assert (linked.dataset, linked.recipient, linked.dataset_words) == (tickets, cloudy, WORDS["dataset_words"])
    last = linked.history.first()
    assert (last.history_user, last.history_change_reason) == (legal, "linked: The message names them.")
    assert "Say which records it means" not in sign_in(legal).get("/").content.decode()


def test_a_link_on_an_older_version_is_refused(told, sign_in, legal, tickets):
    assert link(sign_in(legal), told, dataset=tickets.pk).status_code == 302
    assert link(sign_in(legal), told, dataset=tickets.pk).status_code == 409
    body = {"dataset": tickets.pk, "note": "x", "revision": told.revision}
    assert api_of(legal).post(f"transfers/{told.pk}/link/", body).status_code == 409


def test_nobody_else_links_it(told, sign_in, privacy, stranger):
    assert [link(sign_in(user), told).status_code for user in (privacy, stranger)] == [403, 403]


def test_whoever_profits_from_the_one_meant_does_not_link_it(told, legal, tickets, cloudy):
    make_stake(legal, cloudy, 40)
    with pytest.raises(PermissionDenied):
        told.link(by=legal, note="Nobody.", dataset=tickets, recipient=cloudy)
    assert Transfer.objects.get().recipient is None


def test_words_that_name_an_organisation_keep_its_people_away(stranger, legal, cloudy):
    make_stake(legal, cloudy, 40)
    told = make_transfer(stranger, None, None, dataset_words="photos", recipient_words="I think it was CLOUDY again")
    assert told.withheld_from == [legal.pk]
    assert not Transfer.objects.visible_to(legal).exists()


def test_it_is_confirmed_once_it_is_linked(told, legal, privacy, tickets, cloudy):
    with pytest.raises(ValidationError, match="Say first which dataset"):
        told.propose(by=privacy, note="Read.", proposal="confirmed")
    told.link(by=legal, note="Read.", dataset=tickets, recipient=cloudy)
    told.propose(by=privacy, note="Read.", proposal="confirmed")
    told.confirm(by=legal, note="Read.")
    assert Transfer.objects.get().status == "confirmed"


def test_what_was_chosen_from_the_list_stays(stranger, legal, tickets, cloudy, ours):
    told = make_transfer(stranger, tickets, cloudy)
    with pytest.raises(ValidationError, match="Choose which"):
        told.link(by=legal, note="Another one.", recipient=ours)
    assert Transfer.objects.get().recipient == cloudy
    with pytest.raises(Exception, match="recorded"), connection.cursor() as cursor:
        cursor.execute("UPDATE agreements_transfer SET recipient_id = %s", [ours.pk])


def test_is_listed_and_found_by_its_words(told, sign_in, legal):
    for query in ({"reported": "words"}, {"q": "friends of the founder"}, {"cover": "no"}):
        page = sign_in(legal).get("/transfers/", query)
        assert [row.record for row in page.context["table"].page.object_list] == [told]


@pytest.mark.parametrize("words", ["Windbox", "windbox ltd.", "They sent it to Windbox again", "Old Zephyr"])
def test_who_profits_takes_no_part_whatever_the_recipient_is_called(words, stranger, cast):
    """By other and former names, as a company writes its own."""
    company = make_organisation("Old Zephyr")
    company.name, company.other_names = "Zephyr Analytics", "Windbox"
    company.save()
    make_stake(cast["second_lawyer"], company)
    told = make_transfer(stranger, None, None, dataset_words="photos", recipient_words=words)
    lawyer = type(cast["second_lawyer"]).objects.get(pk=cast["second_lawyer"].pk)
    assert api_of(lawyer).get(f"transfers/{told.pk}/").status_code == 404
    assert told.barred(lawyer)


def test_only_what_is_possible_is_offered_before_it_is_linked(told, sign_in, legal):
    page = sign_in(legal).get(f"{told.get_absolute_url()}do/propose/").text
    assert 'value="confirmed"' not in page
    assert 'value="mistaken"' in page
    assert "Say first which dataset and which organisation the report means" in page
