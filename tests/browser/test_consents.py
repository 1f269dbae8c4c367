"""Answers of people in a real browser: a file comes in, a cohort is screened, one person is looked up and withdraws."""

import re

import pytest
from playwright.sync_api import expect

from apps.consents.intake.uploads import begin_import, carry_on
from apps.consents.models import Cohort, ConsentImport, ImportRun, Screening
from apps.consents.screening.services import add_cohort
from apps.consents.tasks import screen_and_trace
from apps.taxonomy.models import DataUse
from tests.browser.conftest import field, person
from tests.consents.files import lines, upload

TRAINING = "train_ai_system"
ANSWERS = lines(
    *((f"photo-{n}", TRAINING, "given" if n % 3 else "refused", f"2026-0{1 + n % 6}-11T10:00:00Z") for n in range(30))
)
PEOPLE = "subject\n" + "".join(f"photo-{n}\n" for n in range(40))


@pytest.fixture
def answered(demo):
    """Thirty people were asked; twenty said yes."""
    if not ConsentImport.objects.filter(file_name="photos.csv").exists():
        begin_import(upload(ANSWERS, "photos.csv"), {}, by=person("privacy"))


@pytest.fixture
def screening(answered):
    """Of forty people, in the eyes of legal."""
    cohort = (
        Cohort.objects.filter(name="Photos").first() or add_cohort("Photos", upload(PEOPLE), by=person("privacy"))[0]
    )
    asked = {"uses": DataUse.objects.filter(key=TRAINING), "recipient": "", "basis": "opt_in"}
    return screen_and_trace(cohort, {**asked, "occurred_by": None, "known_by": None}, by=person("legal"))


def test_a_long_file_shows_how_far_it_is_and_then_what_it_made(page_of, demo, monkeypatch):
    monkeypatch.setattr("apps.consents.intake.uploads.WHILE_WAITING", 0)
    monkeypatch.setattr("apps.consents.tasks.run_import.delay", lambda pk: None)
    page = page_of("privacy")
    page.goto("/consents/")
    page.get_by_role("link", name="Import answers").click()
    content = lines(("late-1", "marketing", "given", "2026-03-01T10:00:00Z"))
    field(page, "File").set_input_files({"name": "late.csv", "mimeType": "text/csv", "buffer": content.encode()})
    page.get_by_role("button", name="Import the file").click()
    expect(page.get_by_role("status")).to_contain_text("Waiting")
    carry_on(ImportRun.objects.get(file_name="late.csv"))
    # Without anybody pressing anything.
    expect(page.get_by_text("Done:")).to_be_visible()
    page.get_by_role("link", name="Show the import").click()
    expect(page.get_by_role("main")).to_contain_text("1 answer was recorded")
    assert page.complaints == []


def test_wrong_lines_are_shown_with_their_reason(page_of, demo):
    page = page_of("engineer")
    page.goto("/consents/imports/new/")
    content = lines(("late-1", "marketing", "perhaps", "2026-03-01T10:00:00Z"))
    field(page, "File").set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": content.encode()})
    page.get_by_role("button", name="Import the file").click()
    expect(page.get_by_role("alert")).to_contain_text("The state is none of")
    expect(page.get_by_role("alert")).to_be_focused()


def test_a_cohort_is_screened_and_the_page_draws_how_it_went(page_of, screening):
    page = page_of("legal")
    page.goto(screening.cohort.get_absolute_url())
    page.get_by_role("link", name="Screen this cohort").click()
    page.get_by_role("checkbox", name=re.compile("^\u2003*Train AI System$")).check()
    page.get_by_role("button", name="Screen", exact=True).click()
    expect(page.get_by_text("20 of 40 people permitted")).to_be_visible()
    made = Screening.objects.latest("pk")
    canvas = page.get_by_role("img", name=re.compile("The table below holds every point"))
    expect(canvas).to_be_visible()
    page.wait_for_function(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v)",
        arg=canvas.element_handle(),
    )
    page.get_by_text("The same as a table").click()
    expect(page.locator("#over-time tbody tr")).to_have_count(made.points.count())
    assert page.complaints == []


def test_the_exclusion_list_is_a_file_of_digests(page_of, screening):
    page = page_of("engineer")
    page.goto(screening.get_absolute_url())
    with page.expect_download() as caught:
        page.get_by_role("link", name="Exclusion list").click()
    rows = caught.value.path().read_text().split()
    assert (rows[0], len(rows)) == ("digest,key_version", 1 + 20)


def test_a_person_is_looked_up_gets_a_link_and_withdraws_without_an_account(
    page_of, open_page, answered, server, settings
):
    settings.PORTAL_URL = server.url
    page = page_of("privacy")
    page.goto("/consents/look-ups/new/")
    field(page, "Key of the person").fill("photo-1")
    field(page, "Why you need to know").fill("Letter 2026-17")
    page.get_by_role("button", name="Look up", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("This person permits Train AI System")
    record = page.url
    # What was typed does not stay in the browser either.
    assert "photo-1" not in page.evaluate("JSON.stringify([sessionStorage, localStorage])")
    page.get_by_role("button", name="Make a link to withdraw").click()
    link = page.get_by_label("Send this to the person").input_value()

    outside = open_page()
    outside.goto(link)
    expect(outside.get_by_role("checkbox", name=re.compile("Train AI System"))).to_be_checked()
    outside.get_by_role("button", name="Withdraw what is chosen").click()
    expect(outside.get_by_role("status")).to_contain_text("You withdrew Train AI System")
    assert outside.context.cookies() == []
    outside.reload()
    outside.goto(link)
    expect(outside.get_by_role("main")).to_contain_text("You permit nothing that could be withdrawn")
    page.goto(record)
    expect(page.get_by_role("main")).to_contain_text("This person permits nothing of what they were asked about")
    assert page.complaints + outside.complaints == []
