"""What holds for every answer: nobody keeps it, and under /api/ each error has the one shape."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.datasets.api import DatasetViewSet
from tests.api_cast import api_of


class TestNobodyKeeps:
    def test_a_page(self, legal, support, sign_in):
        client = sign_in(legal)
        for url in (support.get_absolute_url(), "/", "/nowhere/", "/agreements/?export=csv", "/admin/"):
            assert client.get(url)["Cache-Control"] == "no-store"

    def test_an_answer_of_the_api(self, legal, support):
        for path in ("agreements/", f"agreements/{support.pk}/", "agreements/0/", "nowhere/"):
            assert api_of(legal).get(path)["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("world", [pytest.param("api", marks=pytest.mark.world("api"))])
    def test_a_file(self, world, named, legal, sign_in):
        file = named("file")
        answers = (
            sign_in(legal).get(file.get_absolute_url()),
            api_of(legal).get(f"files/{file.pk}/download/"),
        )
        for answer in answers:
            assert "attachment" in answer["Content-Disposition"]
            assert answer["Cache-Control"] == "no-store"

    def test_the_way_to_the_login(self, db, client):
        assert client.get("/agreements/")["Cache-Control"] == "no-store"
        assert client.get("/accounts/login/")["Cache-Control"] == "no-store"

    def test_but_everybody_keeps_static_files(self, db, settings, tmp_path):
        settings.STATIC_ROOT = tmp_path
        (tmp_path / "portal.css").write_text("body {}")
        answer = Client().get("/static/portal.css")
        assert b"".join(answer.streaming_content) == b"body {}"
        assert "max-age=" in answer["Cache-Control"]


class TestErrorsOfTheApi:
    """They are JSON, whoever finds them."""

    @pytest.fixture
    def browser(self, legal):
        """Signed in as people are, told of faults, and held to what browsers are held to."""
        client = Client(raise_request_exception=False, enforce_csrf_checks=True)
        client.force_login(legal)
        return client

    def detail(self, answer, status):
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
        return answer.json()["detail"]

    @pytest.mark.parametrize(
        "url", ["/api/", "/api/v2/", "/api/v1/nowhere/", "/api/v1/agreements", "/api/%00/", "/api/%ff/"]
    )
    def test_where_nothing_is(self, browser, url):
        assert "nothing at this address" in self.detail(browser.get(url), 404)

    @pytest.mark.parametrize("redirect", [False, True])
    def test_for_another_host(self, browser, settings, redirect):
        settings.SECURE_SSL_REDIRECT = redirect
        assert "could not understand" in self.detail(browser.get("/api/v1/agreements/", HTTP_HOST="evil.example"), 400)

    def test_without_the_token_of_the_form(self, browser):
        assert "CSRF" in self.detail(browser.post("/api/v1/datasets/", {}, "application/json"), 403)

    def test_with_another_method(self, legal, sign_in):
        client = sign_in(legal)
        assert "this method" in self.detail(client.put("/api/v1/docs/"), 405)
        assert "PUT" in self.detail(client.put("/api/v1/agreements/"), 405)

    def test_without_a_login_for_the_description(self, db):
        answer = APIClient().get("/api/v1/schema/")
        assert self.detail(answer, 401)
        assert answer["WWW-Authenticate"] == "Token"

    def test_without_a_second_factor(self, browser, settings):
        settings.REQUIRE_SECOND_FACTOR = True
        assert "second factor" in self.detail(browser.get("/api/v1/agreements/"), 403)

    def test_of_the_portal_itself(self, browser, monkeypatch):
        def fail(*args, **kwargs):
            raise RuntimeError("secret")

        monkeypatch.setattr(DatasetViewSet, "list", fail)
        answer = browser.get("/api/v1/datasets/")
        assert "fault of its own" in self.detail(answer, 500)
        assert b"secret" not in answer.content
        assert answer["X-Request-ID"]

    def test_elsewhere_are_pages(self, browser):
        assert browser.get("/nowhere/")["Content-Type"].startswith("text/html")
        assert browser.get("/", HTTP_HOST="evil.example")["Content-Type"].startswith("text/html")
