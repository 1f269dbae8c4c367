"""A notice from its first word to its publication, and what is read about it, by people with a browser."""

from itertools import count

import pytest
from playwright.sync_api import expect

from apps.agreements.models import Agreement
from apps.core import clock
from apps.disclosures.models import Claim, NoticeVersion, PublicStatement
from apps.portal.demo.agreements import CASE
from apps.portal.demo.disclosures import STATEMENT
from tests.browser.conftest import field
from tests.browser.test_every_page import AXE, look

ONLY = "We share your photos only with service providers."
_number = count(1)


def main(page):
    return page.get_by_role("main")


def write_version(page):
    """Register a notice and write its first version."""
    page.goto("/disclosures/")
    page.get_by_role("link", name="Register a notice").click()
    field(page, "Product").fill(f"Photo printing {next(_number)}")
    field(page, "Owner").select_option(label="Daniel Petrov")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Write a version").click()
    field(page, "Version").fill("1")
    field(page, "In force from").fill(str(clock.today()))
    field(page, "Text").fill(f"This is our notice. {ONLY} Nothing else happens.")
    page.get_by_role("button", name="Save").click()
    expect(main(page).get_by_text("Nobody has entered what this text says.")).to_be_visible()


def select(page, words):
    """Select words of the text with the mouse, as somebody would who reads it."""
    page.evaluate(
        """(words) => {
            const node = document.querySelector("[data-quotable]").firstChild;
            const start = node.data.indexOf(words);
            document.getSelection().setBaseAndExtent(node, start, node, start + words.length);
        }""",
        words,
    )


def vote(page, address):
    page.goto(f"{address}review/")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(main(page).get_by_text("Your vote is recorded.")).to_be_visible()


def take_step(page, label):
    page.get_by_role("link", name=label, exact=True).click()
    page.get_by_role("button", name=label, exact=True).click()


def test_from_draft_to_published(page_of):
    author, legal, privacy = page_of("legal2"), page_of("legal"), page_of("privacy")
    write_version(author)
    address = author.url
    author.get_by_role("link", name="Enter a claim").click()
    select(author, ONLY)
    expect(field(author, "Sentence")).to_have_value(ONLY)
    field(author, "Kind").select_option(label="Who receives data")
    field(author, "What it says").select_option(label="It says: only this, and what else it names so")
    field(author, "Class of recipients").select_option(label="Service providers, who act for us")
    author.get_by_role("button", name="Save").click()
    expect(main(author).locator("mark")).to_contain_text(ONLY)
    take_step(author, "Submit")
    legal.goto(address)
    legal.get_by_role("button", name="It says so").click()
    expect(main(legal).get_by_text("checked by Clara Lindqvist")).to_be_visible()
    vote(legal, address)
    vote(privacy, address)
    privacy.goto(address)
    take_step(privacy, "Publish")
    expect(main(privacy).get_by_text("Published", exact=True)).to_be_visible()
    author.goto(address)
    expect(author.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    assert author.complaints + legal.complaints + privacy.complaints == []


def test_a_sentence_is_pasted_where_no_script_runs(page_of):
    page = page_of("privacy", java_script_enabled=False)
    version = NoticeVersion.objects.get(label="2015")
    page.goto(f"{version.get_absolute_url()}new-claim/")
    field(page, "Sentence").fill("You can stop our offers at any time.")
    field(page, "Kind").select_option(label="A choice to opt out before")
    field(page, "What it says").select_option(label="It says that this may happen")
    field(page, "Class of recipients").select_option(label="Business partners")
    page.get_by_role("button", name="Save").click()
    expect(main(page).get_by_text("entered by Samir Haddad")).to_be_visible()


def test_the_case_quotes_what_people_read(page_of):
    page = page_of("privacy")
    page.goto(f"{Agreement.objects.get(title=CASE).get_absolute_url()}checks/")
    expect(main(page).get_by_text("We share your information only with service providers").first).to_be_visible()
    expect(main(page).get_by_text("and you may opt out").first).to_be_visible()


@pytest.mark.parametrize("login", ["legal", "stranger"])
def test_the_pages_are_accessible(page_of, login):
    login = "requester" if login == "stranger" else login
    page = page_of(login, bypass_csp=True)
    page.context.add_init_script(path=AXE)
    version = NoticeVersion.objects.get(label="2012")
    statement = PublicStatement.objects.get(title=STATEMENT)
    claim = Claim.objects.filter(version=version).first()
    places = [
        "/disclosures/",
        "/disclosures/notices/",
        version.notice.get_absolute_url(),
        f"{version.notice.get_absolute_url()}compare/",
        version.get_absolute_url(),
        f"{version.get_absolute_url()}new-claim/",
        f"/disclosures/claims/{claim.pk}/edit/",
        "/disclosures/statements/",
        statement.get_absolute_url(),
        f"{statement.get_absolute_url()}checks/",
        "/disclosures/offers/",
        "/disclosures/offers/new/",
    ]
    assert {place: look(page, place) for place in places} == {place: [] for place in places}
