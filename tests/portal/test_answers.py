"""What holds for every answer: nobody keeps it, and under /api/ each error has the one shape."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.datasets.kinds import DATASETS
from apps.records.api import viewset_of
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

        monkeypatch.setattr(viewset_of(DATASETS), "list", fail)
        answer = browser.get("/api/v1/datasets/")
        assert "fault of its own" in self.detail(answer, 500)
        assert b"secret" not in answer.content
        assert answer["X-Request-ID"]

    def test_elsewhere_are_pages(self, browser):
        assert browser.get("/nowhere/")["Content-Type"].startswith("text/html")
        assert browser.get("/", HTTP_HOST="evil.example")["Content-Type"].startswith("text/html")


# Longer than any key of the database, and than what is kept about an address.
TOO_LONG = ["1" + "0" * 600, "0" * 600 + "1", "1" * 5000, str(2**63), "9" * 19]


class TestNumbersThatNoRecordHas:
    """They are no fault of the portal: nothing is found, or the number is refused."""

    @pytest.mark.parametrize("number", TOO_LONG)
    def test_in_an_address_of_the_api(self, legal, number):
        key = {"headers": {"Idempotency-Key": "k"}}
        for path in (f"agreements/{number}/", f"datasets/{number}/history/", f"files/{number}/download/"):
            assert api_of(legal).get(path).status_code == 404
        for path in (f"agreements/{number}/transitions/submit/", f"reviews/{number}/votes/"):
            assert [api_of(legal).post(path, {}, **options).status_code for options in ({}, key)] == [404, 404]

    def test_so_that_a_record_has_one_address(self, legal, support):
        assert api_of(legal).get(f"agreements/{support.pk}/").status_code == 200
        assert api_of(legal).get(f"agreements/0{support.pk}/").status_code == 404

    def test_nor_is_a_long_name_in_an_address(self, requester, support):
        path = f"agreements/{support.pk}/transitions/{'a' * 600}/"
        assert api_of(requester).post(path, {}, headers={"Idempotency-Key": "k"}).status_code == 404

    @pytest.mark.parametrize("number", TOO_LONG)
    def test_in_an_address_of_a_page(self, legal, sign_in, number):
        for url in (f"/vendors/{number}/", f"/agreements/{number}/do/submit/"):
            assert sign_in(legal).get(url).status_code == 404

    @pytest.mark.parametrize("number", [*TOO_LONG, "nan", "1e400", "%00"])
    def test_in_a_filter(self, legal, sign_in, number):
        for query in (f"agreements/?counterparty={number}", f"findings/?subject_id={number}", f"users/?page={number}"):
            assert api_of(legal).client.get(f"/api/v1/{query}").status_code in (200, 400, 404)
        assert sign_in(legal).get(f"/agreements/?page={number}&per_page={number}&q={number}").status_code == 400

    def test_nor_does_a_page_hold_as_many_rows_as_somebody_asks_for(self, legal, sign_in):
        answer = sign_in(legal).get("/rules/?per_page=500")
        assert (answer.status_code, len(answer.context["table"].page.object_list)) == (400, 0)

    @pytest.mark.parametrize("number", [10**600, 2**63, -(10**30), "1" * 600, "1\x00"])
    def test_in_a_body(self, engineer, requester, number):
        bodies = {"agreements/": "counterparty", "transfers/": "dataset", "comments/": "subject_id"}
        for path, field in bodies.items():
            assert api_of(requester).post(path, {field: number}).status_code == 400

    @pytest.mark.world("api")
    def test_nor_does_a_key_hold_a_nul(self, legal, named, privacy):
        claim = {"version": named("version").pk, "kind": "use", "sentence": "x", "use": "a\x00"}
        assert "use" in api_of(legal).post("notice-claims/", claim).json()["fields"]
        answer = {"subject": "ann", "use": "a\x00", "state": "given", "occurred_at": "2026-01-01T00:00:00Z"}
        assert "use" in api_of(privacy).post("consent-events/", answer).json()["fields"]
