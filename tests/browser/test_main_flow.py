"""From a request to an agreement in force, with three people in three browsers, and a request that is held up."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from apps.agreements.models import Agreement
from apps.core import clock
from tests.browser.conftest import field, person, sign_in
from tests.hostile_files import PDF


@pytest.fixture
def requester(open_page):
    page = open_page()
    sign_in(page, "requester")
    return page


@pytest.fixture
def legal(open_page):
    page = open_page()
    sign_in(page, "legal")
    return page


@pytest.fixture
def privacy(open_page):
    page = open_page()
    sign_in(page, "privacy")
    return page


def open_sheet(page, title):
    """The decision sheet of a request, found as people find it."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Agreements").click()
    field(page, "Search").fill(title)
    page.get_by_role("button", name="Show").click()
    # The rows also follow while typing: nobody clicks before they stand still.
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("link", name="Decision sheet").click()
    expect(page.get_by_role("heading", name="In short")).to_be_visible()


AMOUNTS = ("40 %", "25 %", "12 %", "4.8 %", "in effect")


class TestTheCase:
    def test_the_requester_sees_in_plain_words_why_it_is_held_up(self, requester, case):
        open_sheet(requester, case.title)
        main = requester.get_by_role("main")
        for fact in (
            "The sponsor, Adrian Marsh, may not take part in decisions about Lumen Vision.",
            "No independent justification is signed for this version of the request.",
            "Lumen Vision is not an approved vendor.",
            "The uses recorded when “Profile photos” was collected do not include: Share with Another Company",
            "No end date is set.",
        ):
            expect(main.get_by_text(fact).first).to_be_visible()
        assert [amount for amount in AMOUNTS if amount in main.inner_text()] == []

    def test_legal_reads_the_amounts_and_why_the_button_is_grey(self, legal, case):
        open_sheet(legal, case.title)
        main = legal.get_by_role("main")
        expect(main.get_by_text("4.8 % in effect").first).to_be_visible()
        expect(main.get_by_text("3 % in effect").first).to_be_visible()
        approve = main.get_by_role("button", name="Approve", exact=True)
        expect(approve).to_be_disabled()
        expect(approve).to_have_accessible_description(re.compile("Not possible while 11 adopted rules object"))

    def test_the_founder_does_not_see_the_conflict_findings(self, open_page, case):
        founder = open_page()
        sign_in(founder, "founder")
        open_sheet(founder, case.title)
        text = founder.get_by_role("main").inner_text()
        assert "No end date is set." in text
        for hidden in (
            "The sponsor, Adrian Marsh",
            "path of interests",
            "justification",
            *AMOUNTS,
            "Interests of our people",
        ):
            assert hidden not in text
        withheld = "Comments are withheld from you, since this is about your own interest."
        expect(founder.get_by_text(withheld)).to_be_visible()


def test_a_healthy_request_from_the_form_to_force(requester, privacy, legal):
    title = "Help desk for members"
    fill_in(requester, title)
    submit(requester)
    ask_and_answer(privacy, requester, title)
    approve(legal, title, "The processing terms are complete.")
    approve(privacy, title, "Only the address leaves our house.")
    sign(legal, title)
    activate(legal)
    history_tells_all_steps(requester, title)
    assert Agreement.objects.get(title=title).status == Agreement.Status.ACTIVE
    assert requester.complaints + privacy.complaints + legal.complaints == []


def fill_in(page, title):
    page.get_by_role("link", name="Ask to share data").click()
    today = clock.today()
    field(page, "Title").fill(title)
    field(page, "Who receives the data").select_option("Deskalot Support (Ireland, approved)")
    field(page, "Which of our companies").select_option("Tandrel Dating (Ireland, ourselves)")
    field(page, "Type").select_option("Processor: acts on our instructions")
    field(page, "Why").fill("They answer what members ask.")
    page.get_by_label("Support tickets").check()
    page.get_by_role("group", name="Which categories of data they get").get_by_label("Email").first.check()
    page.get_by_label("Essential for Operations Support").check()
    field(page, "Sponsor").select_option("Victor Almeida")
    field(page, "From").fill(today.isoformat())
    field(page, "Until (that day included)").fill((today + timedelta(days=365)).isoformat())
    for question in ("May they train models?", "May they derive other data?", "May they pass it on?"):
        field(page, question).select_option("No")
    field(page, "Return or delete within days of the end").fill("30")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    expect(page.locator(".page-status")).to_have_text("Draft")


def submit(page):
    page.get_by_role("link", name="Submit").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".page-status")).to_have_text("In review")


def ask_and_answer(privacy, requester, title):
    open_sheet(privacy, title)
    expect(privacy.get_by_text(re.compile(r"No objection found in \d+ checks"))).to_be_visible()
    expect(privacy.get_by_role("heading", name="Not asked")).to_be_visible()
    privacy.get_by_role("link", name="Ask back").click()
    field(privacy, "Reason or remark").fill("Who sees the tickets?")
    privacy.get_by_role("button", name="Ask back").click()
    expect(privacy.get_by_text("Nobody votes until the question is answered.")).to_be_visible()
    requester.get_by_role("link", name="Home").click()
    requester.get_by_role("row", name=re.compile("Answer a question")).get_by_role("link", name=title).click()
    # The list leads to the form itself, above which the question stands.
    expect(requester.get_by_role("blockquote").get_by_text("Who sees the tickets?")).to_be_visible()
    field(requester, "Reason or remark").fill("The four people of the help desk.")
    requester.get_by_role("button", name="Answer").click()


def approve(page, title, reason):
    open_sheet(page, title)
    expect(page.get_by_text("The four people of the help desk.")).to_be_visible()
    field(page, "Your reason").fill(reason)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("Your vote is recorded.")).to_be_visible()


def sign(page, title):
    page.goto(Agreement.objects.get(title=title).get_absolute_url())
    expect(page.locator(".page-status")).to_have_text("Approved")
    page.get_by_role("link", name="Sign", exact=True).click()
    field(page, "Signed on").fill(clock.today().isoformat())
    field(page, "Who signed for both sides").fill("V. Almeida for us, O. Desk for them")
    document = {"name": "agreement.pdf", "mimeType": "application/pdf", "buffer": PDF}
    field(page, "The signed document").set_input_files(document)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".page-status")).to_have_text("Signed")
    expect(page.get_by_text("SHA-256 of the document")).to_be_visible()


def activate(page):
    page.get_by_role("link", name="Activate").click()
    page.get_by_role("button", name="Activate").click()
    expect(page.locator(".page-status")).to_have_text("Active")


def history_tells_all_steps(page, title):
    page.goto(Agreement.objects.get(title=title).get_absolute_url())
    page.get_by_role("link", name="History").click()
    told = re.sub(r"\s+", " ", page.locator(".history").inner_text())
    for step in (
        "Status Draft → became In review",
        "Status In review → became Approved",
        "Status Approved → became Signed",
        "Status Signed → became Active",
    ):
        assert step in told
    for name in ("requester", "privacy", "legal"):
        assert str(person(name)) in told
