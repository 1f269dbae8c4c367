"""A report of data that moved: told by one, looked into by legal and privacy, with three people in three browsers."""

from itertools import count

import pytest
from playwright.sync_api import expect

from apps.agreements.models import Transfer
from apps.core import clock
from tests.browser.conftest import field
from tests.browser.test_every_page import AXE, look

_number = count(1)


def report(page, **more):
    """Tell of a transfer; the words that find it again."""
    words = f"a list of tickets, number {next(_number)}"
    page.goto("/transfers/")
    page.get_by_role("link", name="Report data that moved").click()
    field(page, "What moved?").select_option(label="Support tickets")
    field(page, "Who received it?").select_option(label="Deskalot Support (Ireland, approved)")
    field(page, "On which day?").fill(str(clock.today()))
    field(page, "Which way did it take?").select_option(label="Removable media")
    field(page, "Or how much, in your own words").fill(words)
    field(page, "A file that shows it").set_input_files(
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"Handed over at noon."}
    )
    for label in more.get("checked", ()):
        field(page, label).check()
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_role("heading", name="Support tickets to Deskalot Support on")).to_be_visible()
    return words


def take_step(page, label, note):
    page.get_by_role("link", name=label, exact=True).click()
    field(page, "Reason or remark").fill(note)
    page.get_by_role("button", name=label, exact=True).click()


def test_told_proposed_and_confirmed(page_of):
    requester, legal, privacy = page_of("requester"), page_of("legal"), page_of("privacy")
    words = report(requester)
    address = requester.url
    legal.goto(address)
    expect(legal.get_by_role("main").get_by_text(words)).to_be_visible()
    expect(legal.get_by_role("main").get_by_text("Only legal, privacy and the reporter")).to_be_visible()
    legal.get_by_role("link", name="Propose an outcome").click()
    field(legal, "Confirmed: the data moved as reported").check()
    field(legal, "Reason or remark").fill("The stick is at hand.")
    legal.get_by_role("button", name="Propose an outcome").click()
    expect(legal.get_by_role("link", name="Do not agree")).to_be_visible()
    expect(legal.get_by_role("link", name="Confirm: it happened")).to_have_count(0)
    privacy.goto(address)
    take_step(privacy, "Confirm: it happened", "I have seen it too.")
    main = privacy.get_by_role("main")
    expect(main.get_by_text("Confirmed, proposed by Clara Lindqvist for Legal")).to_be_visible()
    requester.goto(address)
    expect(requester.get_by_role("main").get_by_text("I have seen it too.")).to_be_visible()
    assert legal.complaints + privacy.complaints + requester.complaints == []


def test_the_pages_are_accessible_before_and_after_the_outcome(page_of):
    page = page_of("legal", bypass_csp=True)
    page.context.add_init_script(path=AXE)
    open_one = Transfer.objects.filter(status="reported").first()
    confirmed = Transfer.objects.get(recipient__name="Lumen Vision")
    places = [record.get_absolute_url() for record in (open_one, confirmed)]
    places += [f"{places[0]}do/propose/", f"{places[1]}checks/", "/transfers/", "/transfers/new/"]
    assert {place: look(page, place) for place in places} == {place: [] for place in places}


def test_a_confidential_reporter_is_named_to_legal_only(page_of):
    requester, legal, privacy = page_of("requester"), page_of("legal"), page_of("privacy")
    report(requester, checked=["Keep my name confidential"])
    address = requester.url
    for page, named in ((legal, True), (privacy, False)):
        page.goto(address)
        assert ("Tom Okafor" in page.get_by_role("main").inner_text()) is named
        page.goto(f"{address}history/")
        assert "Tom Okafor" not in page.get_by_role("main").inner_text()


@pytest.mark.parametrize("login", ["auditor", "executive", "engineer"])
def test_the_transfer_of_the_case_is_there_for_those_who_read_everything(page_of, login):
    page = page_of(login)
    page.goto(Transfer.objects.get(recipient__name="Lumen Vision").get_absolute_url())
    expect(page.get_by_role("main").get_by_text("Nothing on record.")).to_be_visible()
