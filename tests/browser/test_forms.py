"""What happens to what somebody typed: errors, two people at once, and sending a form twice."""

import re

import pytest
from playwright.sync_api import expect

from apps.agreements.models import Agreement
from tests.browser.conftest import field, person


def votes_of(agreement, login):
    return agreement.review.votes.filter(by=person(login)).count()


class TestWrongInput:
    def test_errors_stand_beside_the_field_and_nothing_typed_is_lost(self, page_of):
        page = page_of("requester")
        page.goto("/agreements/new/")
        field(page, "Title").fill("A request with mistakes")
        field(page, "Who receives the data").select_option("Deskalot Support (Ireland, approved)")
        field(page, "Which of our companies").select_option("Tandrel Dating (Ireland, ourselves)")
        field(page, "Type").select_option("Processor: acts on our instructions")
        field(page, "Why").fill("They answer\nwhat members ask.")
        page.get_by_label("Support tickets").check()
        field(page, "From").fill("2027-05-01")
        field(page, "Until (that day included)").fill("2027-04-01")
        page.get_by_role("button", name="Save").click()
        until = field(page, "Until (that day included)")
        expect(until).to_have_attribute("aria-invalid", "true")
        expect(until).to_have_accessible_description(re.compile("The last day comes before the first"))
        expect(page.get_by_role("alert")).to_contain_text("One answer needs your attention")
        expect(page.get_by_role("alert")).to_be_focused()
        expect(field(page, "Title")).to_have_value("A request with mistakes")
        expect(field(page, "Why")).to_have_value("They answer\nwhat members ask.")
        chosen = field(page, "Who receives the data").locator("option:checked")
        expect(chosen).to_have_text("Deskalot Support (Ireland, approved)")
        expect(page.get_by_label("Support tickets")).to_be_checked()
        expect(until).to_have_value("2027-04-01")
        assert not Agreement.objects.filter(title="A request with mistakes").exists()

    def test_a_link_in_the_summary_leads_to_the_field(self, page_of):
        page = page_of("requester")
        page.goto("/agreements/new/")
        page.locator("form.question-form").evaluate("form => { form.noValidate = true; }")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("alert").get_by_role("link", name="Title").click()
        expect(field(page, "Title")).to_be_focused()

    def test_what_was_typed_is_there_again_after_leaving_the_page(self, page_of):
        page = page_of("requester")
        page.goto("/agreements/new/")
        field(page, "Title").fill("Half a title")
        page.goto("/agreements/")
        page.goto("/agreements/new/")
        expect(field(page, "Title")).to_have_value("Half a title")
        page.get_by_role("button", name="Start afresh").click()
        expect(field(page, "Title")).to_have_value("")


class TestTwoAtOnce:
    def test_the_second_to_save_sees_both_versions(self, page_of, new_request):
        draft = new_request()
        first, second = page_of("requester"), page_of("executive")
        for page, why in ((first, "Reason of the requester"), (second, "Reason of the sponsor")):
            page.goto(f"{draft.get_absolute_url()}edit/")
            field(page, "Why").fill(why)
        first.get_by_role("button", name="Save").click()
        expect(first.get_by_role("heading", name=draft.title, level=1)).to_be_visible()
        with second.expect_response(lambda answer: answer.request.method == "POST") as answer:
            second.get_by_role("button", name="Save").click()
        assert answer.value.status == 409
        conflict = second.get_by_role("alert")
        expect(conflict).to_contain_text("This was saved again while you were writing")
        both = conflict.get_by_role("row", name=re.compile("why", re.I))
        for words in ("Reason of the sponsor", "Reason of the requester", "Tom Okafor"):
            expect(both).to_contain_text(words)
        expect(field(second, "Why")).to_have_value("Reason of the sponsor")
        draft.refresh_from_db()
        assert draft.purpose == "Reason of the requester"
        both.get_by_role("radio", name=re.compile("Yours")).check()
        second.get_by_role("button", name="Save").click()
        expect(second.get_by_role("heading", name=draft.title, level=1)).to_be_visible()
        draft.refresh_from_db()
        assert draft.purpose == "Reason of the sponsor"


class TestSendingTwice:
    @pytest.fixture
    def sheet(self, page_of, new_request):
        """The decision sheet of a request of its own, open for legal."""
        agreement = new_request(submitted=True)
        page = page_of("legal")
        page.goto(f"{agreement.get_absolute_url()}review/")
        return page, agreement

    def test_a_double_click_votes_once(self, sheet):
        page, agreement = sheet
        page.get_by_role("button", name="Approve", exact=True).dblclick()
        expect(page.get_by_text("Your vote is recorded.")).to_be_visible()
        assert votes_of(agreement, "legal") == 1

    def test_going_back_after_a_vote_does_not_vote_again(self, sheet):
        page, agreement = sheet
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.get_by_text("Your vote is recorded.")).to_be_visible()
        page.go_back()
        page.go_forward()
        page.reload()
        assert votes_of(agreement, "legal") == 1

    def test_a_double_click_saves_one_request(self, page_of):
        page = page_of("requester")
        page.goto("/agreements/new/")
        field(page, "Title").fill("Asked once")
        field(page, "Who receives the data").select_option("Deskalot Support (Ireland, approved)")
        field(page, "Which of our companies").select_option("Tandrel Dating (Ireland, ourselves)")
        field(page, "Type").select_option("Processor: acts on our instructions")
        page.get_by_role("button", name="Save").dblclick()
        expect(page.get_by_role("heading", name="Asked once", level=1)).to_be_visible()
        assert Agreement.objects.filter(title="Asked once").count() == 1
