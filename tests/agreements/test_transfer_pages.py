"""Transfers as people report, list and read them."""

import csv
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.agreements.models import Transfer
from apps.core import clock
from apps.findings.models import Finding, reconcile
from apps.vendors.services import recheck_conflicts
from apps.workflow.models import Attachment, Decision
from tests.factories import make_stake, make_transfer


@pytest.fixture
def answers(tickets, cloudy):
    """What the form is filled in with."""
    return {
        "dataset": tickets.pk,
        "recipient": cloudy.pk,
        "transferred_on": str(clock.today()),
        "channel": "sftp",
        "consideration": "none",
        "ground": "none",
    }


@pytest.fixture
def listed(sign_in):
    def listed(user, **query):
        page = sign_in(user).get("/transfers/", query)
        return {row.record.pk for row in page.context["table"].page.object_list}

    return listed


class TestForm:
    def test_tells_of_a_transfer_with_a_file(self, answers, sign_in, stranger):
        file = SimpleUploadedFile("note.txt", b"I saw it.")
        answer = sign_in(stranger).post("/transfers/new/", {**answers, "file": file})
        transfer = Transfer.objects.get()
        assert answer.url == transfer.get_absolute_url()
        assert transfer.reporter == stranger
        assert Attachment.objects.get().comment.subject == transfer

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("transferred_on", "2999-01-01", "lies in the future"),
            ("ground", "legal_process", "Give the number"),
            ("ground_reference", "14-CV-1", "Choose the ground"),
            ("digest", "123", "64 characters"),
            ("dataset", "", "in your own words"),
            ("dataset_words", "Tickets", "not both"),
        ],
    )
    def test_says_what_is_wrong(self, answers, sign_in, stranger, field, value, words):
        answer = sign_in(stranger).post("/transfers/new/", {**answers, field: value})
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Transfer.objects.exists()

    def test_refuses_a_file_that_is_not_what_its_name_says(self, answers, sign_in, stranger):
        file = SimpleUploadedFile("note.pdf", b"MZ")
        answer = sign_in(stranger).post("/transfers/new/", {**answers, "file": file})
        assert answer.status_code == 422
        assert not Transfer.objects.exists()

    def test_is_not_for_auditors(self, answers, sign_in, auditor):
        client = sign_in(auditor)
        assert client.get("/transfers/new/").status_code == 403
        assert client.post("/transfers/new/", answers).status_code == 403
        assert "Report data that moved" not in client.get("/transfers/").content.decode()


class TestList:
    def test_shows_what_may_be_seen(self, told, listed, stranger, legal, executive, requester):
        assert [listed(user) for user in (stranger, legal)] == [{told.pk}, {told.pk}]
        assert [listed(user) for user in (executive, requester)] == [set(), set()]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"cover": "no"}, True),
            ({"cover": "yes"}, False),
            ({"status": "reported"}, True),
            ({"status": "confirmed"}, False),
            ({"channel": "sftp"}, True),
            ({"q": "cloud"}, True),
            ({"q": "lumen"}, False),
            ({"since": "2020-01-01"}, True),
            ({"until": "2020-01-01"}, False),
        ],
    )
    def test_is_filtered(self, told, listed, legal, query, found):
        assert (listed(legal, **query) == {told.pk}) is found

    def test_is_exported_without_names_of_reporters(self, told, sign_in, privacy):
        answer = sign_in(privacy).get("/transfers/", {"export": "csv"})
        header, row = csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines())
        assert header[:6] == ["Day", "What moved", "Recipient", "Way", "Status", "Worst finding"]
        assert row[1:6] == ["Tickets", "Cloudy", "SFTP", "Reported", "Critical"]
        assert not {"Reporter", "Reported by"} & set(header)
        assert str(told.reporter) not in " ".join(row)


class TestPage:
    def test_says_in_words_what_covers_it(self, told, sign_in, legal):
        page = sign_in(legal).get(told.get_absolute_url()).content.decode()
        assert "Nothing on record." in page
        assert "Only legal, privacy and the reporter hear of this report until" in page
        assert "Propose an outcome" in page

    def test_is_not_there_for_others(self, told, sign_in, executive):
        for tab in ("", "checks/", "history/", "do/propose/"):
            assert sign_in(executive).get(f"{told.get_absolute_url()}{tab}").status_code == 404

    def test_tells_the_reporter_why_there_is_no_button(self, tickets, cloudy, sign_in, legal):
        page = sign_in(legal).get(make_transfer(legal, tickets, cloudy).get_absolute_url()).content.decode()
        assert "Whoever reported a transfer does not decide about it." in page
        assert "Propose an outcome" not in page

    def test_hides_interests_from_those_concerned(self, confirmed, sign_in, legal, founder):
        heading = "Interests of our people, then and today"
        assert heading in sign_in(legal).get(confirmed.get_absolute_url()).content.decode()
        own = make_transfer(founder, confirmed.dataset, confirmed.recipient)
        page = sign_in(founder).get(own.get_absolute_url()).content.decode()
        assert heading not in page
        assert "path of interests" not in page

    def test_offers_the_other_reports_of_the_same_when_it_was_told_twice(self, told, stranger, sign_in, legal):
        again = make_transfer(stranger, told.dataset, told.recipient)
        form = sign_in(legal).get(f"{again.get_absolute_url()}do/propose/").content.decode()
        assert f'<option value="{told.pk}">' in form
        answer = sign_in(legal).post(
            f"{again.get_absolute_url()}do/propose/",
            {"proposal": "duplicate", "duplicate_of": told.pk, "note": "The same."},
        )
        assert answer.status_code == 302
        again.refresh_from_db()
        assert again.duplicate_of == told

    @pytest.mark.parametrize(("name", "offered"), [("privacy", False), ("legal", True)])
    def test_offers_the_proposed_outcome_to_the_other_side_only(self, told, cast, sign_in, name, offered):
        told.propose(by=cast["privacy"], note="Looked into.", proposal="confirmed")
        page = sign_in(cast[name]).get(told.get_absolute_url()).content.decode()
        assert ("Confirm: it happened" in page) is offered

    def test_is_named_on_the_pages_of_what_it_names(self, told, support, sign_in, legal, requester):
        for record in (told.dataset, told.recipient, support):
            link = f'href="{told.get_absolute_url()}"'
            assert link in sign_in(legal).get(record.get_absolute_url()).content.decode()
            assert link not in sign_in(requester).get(record.get_absolute_url()).content.decode()


class TestHome:
    def test_asks_both_sides_to_look_into_it(self, told, sign_in, legal, privacy, stranger):
        assert "Look into" in sign_in(legal).get("/").content.decode()
        told.propose(by=legal, note="Seen.", proposal="confirmed")
        assert "Confirm or disagree" in sign_in(privacy).get("/").content.decode()
        assert "Confirm or disagree" not in sign_in(legal).get("/").content.decode()

    def test_asks_nobody_with_a_path(self, stranger, tickets, cloudy, sign_in, legal):
        make_stake(legal, cloudy)
        make_transfer(stranger, tickets, cloudy)
        assert "Look into" not in sign_in(legal).get("/").content.decode()


def test_the_search_finds_it_for_those_who_may_see_it(told, sign_in, legal, requester):
    link = f'href="{told.get_absolute_url()}"'
    assert link in sign_in(legal).get("/search/", {"q": "cloudy"}).content.decode()
    assert link not in sign_in(requester).get("/search/", {"q": "cloudy"}).content.decode()


class TestStepPages:
    def test_are_not_shown_to_whoever_may_not_take_the_step(self, confirmed, told, sign_in, auditor, legal):
        with clock.travel_to(clock.now() + timedelta(days=7)):
            assert sign_in(auditor).get(f"{told.get_absolute_url()}do/propose/").status_code == 403
        assert sign_in(legal).get(f"{confirmed.get_absolute_url()}do/propose/").status_code == 409

    def test_refuse_and_record_an_attempt(self, told, sign_in, stranger):
        values = {"proposal": "mistaken", "note": "Nothing moved."}
        assert sign_in(stranger).post(f"{told.get_absolute_url()}do/propose/", values).status_code == 403
        assert Decision.objects.about(told).get().refusal

    def test_refuse_an_incomplete_attempt(self, told, sign_in, stranger):
        assert sign_in(stranger).post(f"{told.get_absolute_url()}do/propose/", {}).status_code == 403

    def test_list_only_reports_that_this_person_sees(self, told, stranger, sign_in, tickets, cloudy, legal):
        seen, unseen = make_transfer(stranger, tickets, cloudy), make_transfer(stranger, tickets, cloudy)
        unseen.withheld_from = [legal.pk]
        unseen.save()
        page = sign_in(legal).get(f"{told.get_absolute_url()}do/propose/").content.decode()
        assert f'<option value="{seen.pk}"' in page
        assert f'<option value="{unseen.pk}"' not in page


def test_the_hold_names_no_recipient_and_no_day_to_those_who_see_the_dataset(tickets, of_2014, engineer):
    with clock.travel_to(clock.now() + timedelta(days=7)):
        outcomes = tickets.outcomes_for(engineer)
    result = next(o.result for o in outcomes if o.requirement.code == "OKC-1-HOLD")
    assert result.fact == f"No cover is on record for transfer no. {of_2014.pk}."
    told = f"{result.fact} {result.detail} {result.sources}"
    assert "2014" not in told
    assert str(of_2014.recipient) not in told


def test_the_hold_is_hidden_from_those_who_come_to_have_a_path(tickets, of_2014, lumen, cast, legal):
    with clock.travel_to(clock.now() + timedelta(days=7)):
        reconcile(tickets)
        stake = make_stake(cast["second_lawyer"], lumen)
        recheck_conflicts(stake.organisation)
    finding = Finding.objects.about(tickets).get(requirement__code="OKC-1-HOLD")
    assert cast["second_lawyer"].pk in finding.hidden_from
