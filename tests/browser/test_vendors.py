"""Due diligence and the picture of ownership in a real browser."""

import re

import pytest
from django.db import transaction
from playwright.sync_api import expect

from apps.vendors.models import DueDiligence, Organisation
from tests.browser.conftest import person


@pytest.fixture
def lumen(demo):
    return Organisation.objects.get(name="Lumen Vision")


@pytest.fixture
def asked(demo):
    """Due diligence of the cloud processor, asked again."""
    vendor = Organisation.objects.get(name="Cumulon Hosting")
    running = vendor.due_diligence.running().first()
    with transaction.atomic():
        return running or DueDiligence.start(vendor, by=person("legal"))


class TestQuestions:
    def test_a_draft_is_kept_and_what_is_missing_is_said_beside_each_question(self, page_of, asked):
        page = page_of("requester")
        page.goto(f"/vendors/due-diligence/{asked.pk}/answers/")
        trains = page.get_by_role("group", name=re.compile("Do they train models"))
        trains.get_by_label("Yes").check()
        page.get_by_label("Remark: Do they train models").fill("Only on synthetic data.")
        page.get_by_label("Evidence: Which independent report").set_input_files(
            {"name": "iso.txt", "mimeType": "text/plain", "buffer": b"Certificate"}
        )
        page.get_by_role("button", name="Save the draft").click()
        expect(page.get_by_text("Your answers are saved.")).to_be_visible()
        expect(trains.get_by_label("Yes")).to_be_checked()
        expect(page.get_by_role("link", name="iso.txt")).to_be_visible()
        page.get_by_role("button", name="Save and hand in").click()
        expect(page.get_by_role("alert")).to_contain_text("Some answers need your attention")
        expect(page.get_by_text("This answer is needed before you hand in.").first).to_be_visible()
        expect(trains.get_by_label("Yes")).to_be_checked()
        assert page.complaints == []
        asked.refresh_from_db()
        assert asked.status == "open"


class TestPicture:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_is_drawn_with_a_sentence_for_those_who_cannot_see_it(self, page_of, lumen, scheme):
        page = page_of("legal", color_scheme=scheme)
        page.goto(lumen.get_absolute_url())
        picture = page.get_by_role("img", name=re.compile("Corona Capital holds 12 % of the economic interest"))
        expect(picture).to_be_visible()
        expect(picture.locator("canvas").first).to_be_visible()
        assert picture.bounding_box()["height"] > 150
        assert page.complaints == []

    def test_a_node_leads_to_its_record(self, page_of, lumen):
        page = page_of("legal")
        page.goto(f"/vendors/{lumen.pk}/ownership/")
        picture = page.get_by_role("img", name=re.compile("Corona Capital holds"))
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        # What is owned stands lowest and, with one owner, in the middle below it.
        for step in range(int(box["width"]) // 20):
            page.mouse.move(box["x"] + step * 20, box["y"] + box["height"] - 35)
            if picture.evaluate("canvas => canvas.style.cursor") == "pointer":
                page.mouse.click(box["x"] + step * 20, box["y"] + box["height"] - 35)
                break
        expect(page).to_have_url(re.compile(rf"{lumen.get_absolute_url()}$"))

    def test_fits_a_phone(self, page_of, lumen):
        page = page_of("legal", viewport={"width": 390, "height": 800})
        page.goto(lumen.get_absolute_url())
        expect(page.get_by_role("img", name=re.compile("Corona Capital"))).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    def test_without_scripts_the_sentence_stays(self, page_of, lumen):
        page = page_of("legal", java_script_enabled=False)
        page.goto(lumen.get_absolute_url())
        expect(page.get_by_text("4.8 % in effect").first).to_be_visible()
        expect(page.locator(".ownership")).to_be_hidden()

    def test_is_for_nobody_who_may_not_see_interests(self, page_of, lumen):
        page = page_of("privacy")
        page.goto(lumen.get_absolute_url())
        expect(page.get_by_text("Adrian Marsh may not take part").first).to_be_visible()
        expect(page.locator("[data-ownership]")).to_have_count(0)
