"""A step says before it is pressed why it cannot be taken, and an error says what is wrong, where, and what to do."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core import clock
from tests.everywhere import Answer
from tests.factories import make_agreement, make_approved, make_dataset, make_notice, make_version
from tests.roles import put_in


def said(response):
    return Answer.of(response).words


class TestSubmitWithSomethingMissing:
    def test_the_head_names_each_field_and_links_to_it_in_the_form(self, requester, cloudy, sign_in):
        draft = make_agreement(requester, cloudy, [], purpose="")
        page = sign_in(requester).get(draft.get_absolute_url()).content.decode()
        assert f'href="/agreements/{draft.pk}/edit/#id_purpose"' in page
        assert f'href="/agreements/{draft.pk}/edit/#div_id_datasets"' in page
        assert 'disabled aria-describedby="step-submit"' in page

    @pytest.mark.parametrize("kind", ["agreement", "dataset"])
    def test_the_step_says_each_field_once_and_keeps_what_was_typed(self, kind, requester, engineer, cloudy, sign_in):
        owner, record = {
            "agreement": lambda: (requester, make_agreement(requester, cloudy, [], purpose="")),
            "dataset": lambda: (engineer, make_dataset(engineer, uses=())),
        }[kind]()
        page = sign_in(owner).post(f"{record.get_absolute_url()}do/submit/", {"note": "Before Friday."})
        assert page.status_code == 422
        assert "Before Friday." in page.content.decode()
        for name in record.missing_for(record.transitions["submit"]):
            assert len(re.findall(f'/edit/#(?:div_)?id_{name}"', page.content.decode())) == 1


class TestNotYet:
    def test_activation_before_the_first_day_is_disabled_and_says_why(self, support, requester, legal, sign_in):
        support.starts_on = clock.today() + timedelta(days=3)
        support.save()
        make_approved(support, requester)
        put_in(support, "signed")
        page = sign_in(legal).get(support.get_absolute_url())
        assert "cannot be activated before" in said(page)
        assert f"/agreements/{support.pk}/do/activate/" not in page.content.decode()

    def test_publication_beside_a_version_of_the_same_day(self, legal, second_lawyer, sign_in):
        notice = make_notice(second_lawyer)
        make_version(notice, "1")
        version = make_approved(make_version(notice, "2", status="draft"), second_lawyer)
        page = sign_in(legal).get(version.get_absolute_url())
        assert "took effect on the same day" in said(page)
        refused = sign_in(legal).post(f"{version.get_absolute_url()}do/publish/", {"note": "Seen in the archive."})
        assert refused.status_code == 409
        assert "Seen in the archive." in refused.content.decode()
        assert f'href="{version.get_absolute_url()}"' in refused.content.decode()

    def test_signing_says_what_must_be_at_hand(self, support, requester, legal, sign_in):
        make_approved(support, requester)
        page = said(sign_in(legal).get(support.get_absolute_url()))
        assert "Have the signed document and the names of those who signed at hand." in page

    def test_the_signed_contract_is_linked_from_the_overview(self, support, requester, legal, sign_in):
        make_approved(support, requester)
        file = SimpleUploadedFile("contract.txt", b"Both sides have signed.")
        support.sign(by=legal, note="", signed_on=clock.today(), signatories="A & B", document=file)
        page = sign_in(requester).get(support.get_absolute_url()).content.decode()
        assert f'href="{support.signed_document.get_absolute_url()}">contract.txt' in page


class TestRefusedVote:
    def test_keeps_the_reason_and_offers_only_ones_own_role(self, case, legal, sign_in):
        sent = {"role": "Legal", "verdict": "approve", "reason": "Checked with the vendor."}
        page = sign_in(legal).post(f"{case.get_absolute_url()}review/vote/", sent)
        assert page.status_code == 409
        assert "Checked with the vendor." in page.content.decode()
        assert 'value="Privacy"' not in page.content.decode()

    def test_for_a_role_one_does_not_hold_keeps_the_reason_too(self, in_review, legal, sign_in):
        sent = {"role": "Privacy", "verdict": "approve", "reason": "By mistake."}
        page = sign_in(legal).post(f"{in_review.get_absolute_url()}review/vote/", sent)
        assert page.status_code == 403
        assert "By mistake." in page.content.decode()
        assert 'value="Privacy"' not in page.content.decode()


class TestReload:
    def test_the_address_of_a_vote_leads_to_the_sheet(self, in_review, legal, sign_in):
        sheet = f"{in_review.get_absolute_url()}review/"
        assert sign_in(legal).get(f"{sheet}vote/")["Location"] == sheet

    def test_that_of_opening_an_account_to_the_account(self, legal, administrator, sign_in):
        assert sign_in(administrator).get(f"/users/{legal.pk}/reopen/")["Location"] == f"/users/{legal.pk}/"


def test_the_page_of_an_answer_shows_the_question_and_who_asked(in_review, legal, requester, sign_in):
    in_review.review.ask(by=legal, note="Why tickets of 2012?")
    page = said(sign_in(requester).get(f"/reviews/{in_review.review.pk}/do/answer/"))
    assert "Why tickets of 2012?" in page
    assert f"{legal} asked on" in page
