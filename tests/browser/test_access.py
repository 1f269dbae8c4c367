"""Getting in, and working without a script, without a mouse, and on paper."""

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import expect

from apps.accounts.models import User
from tests.browser.conftest import PASSWORD, field, person, sign_in
from tests.browser.test_every_page import AXE, look


def code_now(secret):
    """What the authenticator app shows; the next one when this one is about to change."""
    return format_hotp_value(hotp_value(secret, int(time.time() + 2) // 30))


class TestLogin:
    def test_a_wrong_password_is_said_plainly(self, open_page):
        page = open_page()
        sign_in(page, "requester", "not the password")
        expect(page.get_by_role("alert")).to_contain_text("email address and/or password you specified are not correct")
        expect(page.get_by_label("Email")).to_have_value("requester@example.org")
        sign_in(page, "requester")
        expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()

    def test_login_leads_to_the_page_that_was_asked_for(self, open_page):
        page = open_page()
        page.goto("/vendors/?status=lapsed")
        page.get_by_label("Email").fill("requester@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Vendors", level=1)).to_be_visible()
        assert page.url.endswith("/vendors/?status=lapsed")

    def test_logging_out_ends_it(self, page_of):
        page = page_of("requester")
        page.goto("/")
        page.locator(".account-menu summary").click()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        page.goto("/agreements/")
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()

    def test_a_second_factor_is_set_up_and_then_asked_for(self, open_page, demo):
        User.objects.create_user("second.factor@example.org", PASSWORD, full_name="Second Factor")
        page = open_page(reduced_motion="reduce")
        sign_in(page, "second.factor")
        page.locator(".account-menu summary").click()
        page.get_by_role("link", name="Two-factor login").click()
        page.get_by_role("link", name="Set up an app").click()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        secret = page.get_by_label("Secret").input_value()
        page.get_by_label("Authenticator code").fill(code_now(secret))
        page.get_by_role("button", name="Set up").click()
        expect(page.get_by_text("The authenticator app is set up.")).to_be_visible()
        page.add_init_script(path=AXE)
        for part in ("", "recovery-codes/", "recovery-codes/generate/", "totp/deactivate/"):
            assert look(page, f"/accounts/2fa/{part}") == []
        page.context.clear_cookies()
        sign_in(page, "second.factor")
        expect(page.get_by_role("heading", name="Two-factor login")).to_be_visible()
        assert look(page, page.url) == []
        page.get_by_label("Code").fill("000000")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_contain_text("Incorrect code")
        cache.clear()  # the code that set the app up does not work a second time
        page.get_by_label("Code").fill(code_now(secret))
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()


class TestWithoutScripts:
    def test_login_filter_and_vote(self, open_page, new_request):
        agreement = new_request("Without scripts", submitted=True)
        page = open_page(java_script_enabled=False)
        sign_in(page, "legal")
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Agreements").click()
        field(page, "Search").fill("Without scripts")
        page.get_by_role("button", name="Show").click()
        assert page.locator("tbody tr").count() == 1
        page.get_by_role("link", name=agreement.title).click()
        page.get_by_role("link", name="Decision sheet").click()
        page.get_by_role("button", name="Approve", exact=True).click()
        expect(page.get_by_text("Your vote is recorded.")).to_be_visible()
        assert agreement.review.votes.get().by == person("legal")

    def test_the_menu_is_open_on_a_narrow_screen(self, page_of, open_page):
        page = page_of("legal", java_script_enabled=False, viewport={"width": 390, "height": 800})
        page.goto("/")
        expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Vendors")).to_be_visible()


class TestFilters:
    def test_rows_follow_while_typing_and_the_export_with_them(self, page_of):
        page = page_of("legal")
        page.goto("/vendors/")
        field(page, "Search").fill("Quer")
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.get_by_role("link", name="Querkwell Surveys")).to_be_visible()
        assert "q=Quer" in page.url
        assert "q=Quer" in page.get_by_role("link", name="Export as CSV").get_attribute("href")

    def test_going_back_to_a_filtered_list_shows_the_whole_page(self, page_of):
        page = page_of("legal")
        page.goto("/vendors/")
        field(page, "Search").fill("Quer")
        expect(page.locator("tbody tr")).to_have_count(1)
        page.get_by_role("link", name="Querkwell Surveys").click()
        expect(page.get_by_role("heading", name="Querkwell Surveys", level=1)).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", name="Vendors", level=1)).to_be_visible()
        expect(page.locator("tbody tr")).to_have_count(1)

    def test_no_copy_of_a_page_stays_behind(self, page_of):
        page = page_of("legal")
        page.goto("/vendors/")
        field(page, "Search").fill("Quer")
        expect(page.locator("tbody tr")).to_have_count(1)
        kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
        assert "Querkwell" not in kept
        assert "<" not in kept

    def test_a_filter_is_taken_away_again(self, page_of):
        page = page_of("legal")
        page.goto("/vendors/?status=lapsed")
        expect(page.locator("tbody tr")).to_have_count(2)
        page.get_by_role("link", name=re.compile("Take away the filter")).click()
        expect(page.get_by_role("link", name="Cumulon Hosting")).to_be_visible()


class TestKeyboard:
    def test_the_first_tab_leads_past_the_navigation(self, page_of):
        page = page_of("legal")
        page.goto("/agreements/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.getElementById('main').contains(document.activeElement)")

    def test_a_slash_searches_and_enter_opens_what_was_found(self, page_of, case):
        page = page_of("legal")
        page.goto("/vendors/")
        page.keyboard.press("/")
        expect(page.get_by_label("Search the portal")).to_be_focused()
        page.keyboard.type("face recognition")
        page.keyboard.press("Enter")
        result = page.get_by_role("main").get_by_role("link", name=case.title, exact=True)
        page.keyboard.press("Tab")
        for _ in range(60):
            if result.evaluate("link => link === document.activeElement"):
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=case.title, level=1)).to_be_visible()

    def test_escape_closes_the_account_menu(self, page_of):
        page = page_of("legal")
        page.goto("/")
        page.locator(".account-menu summary").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Log out")).to_be_hidden()
        expect(page.locator(".account-menu summary")).to_be_focused()


class TestPaper:
    @pytest.mark.parametrize("login", ["legal", "requester"])
    def test_the_decision_sheet_prints_facts_and_no_buttons(self, page_of, case, login):
        page = page_of(login)
        page.goto(f"{case.get_absolute_url()}review/")
        page.emulate_media(media="print")
        for hidden in ("navigation", "button", "textbox"):
            assert page.get_by_role(hidden).locator("visible=true").count() == 0
        assert (
            page.locator(".sidebar, .topbar, .tabs, .btn, input, textarea, select").locator("visible=true").count() == 0
        )
        expect(page.get_by_role("heading", name=case.title, level=1)).to_be_visible()
        expect(page.get_by_text("Lumen Vision is not an approved vendor.")).to_be_visible()
        expect(page.get_by_role("heading", name="Decision", exact=True)).to_be_visible()
