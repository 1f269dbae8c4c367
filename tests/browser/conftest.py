"""The portal with the demo case behind a real server, and people who use it in a real browser.

One copy of the demo serves all browser tests of a process. A test that changes something asks for a request of its own
(`new_request`), so that tests do not depend on their order.
"""

import os
import re
import shutil
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.test import Client
from playwright.sync_api import expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import User
from apps.agreements.models import Agreement
from apps.core import clock
from apps.datasets.models import Dataset
from apps.portal.demo.agreements import CASE
from apps.vendors.models import Organisation
from tests.databases import PASSWORD
from tests.factories import make_agreement

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 10_000  # milliseconds
NO_CHROMIUM = (
    "There is no Chromium for the browser tests. Install one, for example Debian's package chromium, "
    "or name it in the variable CHROMIUM."
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # One process has the browser; looking at every page takes as long as all the rest, so another does that.
            item.add_marker(pytest.mark.xdist_group("pages" if item.path.stem == "test_every_page" else "browser"))
            # So that pytest-django lets these tests commit.
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="package")
def chromium():
    """Where Chromium is. Without one these tests are skipped, but never on the build server."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium", path="/usr/bin")
    if found and Path(found).exists():
        return found
    if os.environ.get("CI"):
        pytest.fail(NO_CHROMIUM)
    return pytest.skip(NO_CHROMIUM)


@pytest.fixture(scope="package")
def demo(chromium, django_db_setup, django_db_blocker):
    """The demo case in a database that these tests may write to, until they are over."""
    if not any(isinstance(folder, tuple) and folder[0] == "vendor" for folder in settings.STATICFILES_DIRS):
        pytest.fail("The pages have no styles yet: `make var/assets/.stamp` copies them out of node_modules.")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        # Playwright runs an event loop in this thread, in which Django would refuse to touch the database.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # A thread of the server that keeps its connection would keep the database from being dropped.
        patch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)
        with django_db_setup.entered("everywhere"):
            yield
            django_db_setup.renew()


@pytest.fixture
def _django_db_helper(demo):
    """In place of pytest-django's, which would empty the database after each test."""


@pytest.fixture(scope="package")
def server(demo):
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture(scope="package")
def browser(chromium, server):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()
        # What Playwright's loop has opened cannot be reached from outside of it.
        connections.close_all()


@pytest.fixture
def open_page(browser, server):
    """A page in a browser context of its own. What its console complains about ends in `page.complaints`."""
    contexts = []

    def open_page(**options):
        context = browser.new_context(base_url=server.url, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda said: _note(page, said))
        return page

    expect.set_options(timeout=PATIENCE)
    yield open_page
    for context in contexts:
        context.close()


def _note(page, said):
    # Chromium also logs each answer of 400 and above, which tests provoke on purpose.
    if said.type == "error" and "Failed to load resource: the server responded" not in said.text:
        page.complaints.append(f"{page.url}: {said.text}")


@pytest.fixture
def page_of(open_page, server):
    """A page of somebody who is signed in already."""

    def page_of(login, **options):
        page = open_page(**options)
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(login), "url": server.url}]
        )
        return page

    return page_of


def session_of(login):
    client = Client()
    client.force_login(person(login))
    return client.session.session_key


def person(login):
    return User.objects.get(email=f"{login}@example.org")


def field(page, label):
    """The field of a form with exactly this label; an asterisk behind it marks a required one."""
    return page.get_by_role("main").get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))


def sign_in(page, login, password=PASSWORD):
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(f"{login}@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


@pytest.fixture
def case(demo):
    """The request of the case. Nobody changes it."""
    return Agreement.objects.get(title=CASE)


_number = count(1)


@pytest.fixture
def new_request(demo):
    """A draft that the checks are content with, asked for by the requester."""

    def new_request(title="Tickets", *, submitted=False, **fields):
        wanted = {
            "title": f"{title} {next(_number)}",
            "sponsor": person("executive"),
            "our_entity": Organisation.objects.get(name="Tandrel Dating"),
            "uses": ("essential.service.operations.support",),
            "ends_on": clock.today() + timedelta(days=300),
            **fields,
        }
        with transaction.atomic():
            agreement = make_agreement(
                person("requester"),
                Organisation.objects.get(name="Deskalot Support"),
                [Dataset.objects.get(name="Support tickets")],
                **wanted,
            )
        if submitted:
            agreement.submit(by=person("requester"))
        return agreement

    return new_request
