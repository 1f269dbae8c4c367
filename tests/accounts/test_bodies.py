"""How much may be sent: decided before anything of it is read, and little from somebody who is not signed in."""

import json
import tracemalloc

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.urls import resolve
from rest_framework.test import APIClient

from apps.vendors.ownership.bods import MOST_STATEMENTS, import_bods
from tests.api_cast import api_of

KB, MB = 1024, 1024 * 1024
JSON = "application/json"
# Each value of it takes many times more memory than it has bytes.
EMPTY_LISTS = b"[" + b",".join([b"[]"] * 6_000_000) + b"]"


def file_of(size, name="notes.txt"):
    return SimpleUploadedFile(name, b"x" * size)


@pytest.fixture
def unread(monkeypatch):
    """A test that fails when a form is read, which puts files on the disk."""

    def read(self, *args):
        raise AssertionError("The body was read.")

    monkeypatch.setattr(HttpRequest, "parse_file_upload", read)
    monkeypatch.setattr(HttpRequest, "body", property(read))


@pytest.mark.usefixtures("db", "unread")
class TestWithoutLogin:
    @pytest.mark.parametrize(
        "url", ["/", "/accounts/login/", "/withdraw/guess/", "/nothing/", "/consents/imports/new/"]
    )
    def test_a_large_form_is_read_at_no_address(self, client, url):
        answer = client.post(url, {"file": file_of(65 * KB)})
        assert answer.status_code == 413
        assert "64 KB" in answer.content.decode()
        assert "Sign in" in answer.content.decode()

    @pytest.mark.parametrize("content_type", [JSON, "application/x-www-form-urlencoded", "text/plain"])
    def test_nor_is_anything_else_that_is_large(self, client, content_type):
        assert client.post("/accounts/login/", b"x" * 65 * KB, content_type=content_type).status_code == 413

    @pytest.mark.parametrize("url", ["/api/v1/datasets/", "/api/v1/consent-imports/", "/api/v1/nothing/"])
    @pytest.mark.parametrize("key", ["", "Token guessed", "Token", "Basic Zm9vOmJhcg=="])
    def test_the_api_says_so_in_its_own_shape(self, url, key):
        answer = APIClient().post(url, {"file": file_of(65 * KB)}, format="multipart", HTTP_AUTHORIZATION=key)
        assert (answer.status_code, list(answer.json())) == (413, ["detail"])

    def test_a_session_that_has_ended_is_none(self, client, legal, sign_in):
        sign_in(legal)
        client.session.flush()
        assert client.post("/vendors/bods/", {"file": file_of(65 * KB)}).status_code == 413

    def test_a_token_is_good_for_the_api_only(self, legal):
        answer = api_of(legal).client.post("/vendors/bods/", {"file": file_of(65 * KB)}, format="multipart")
        assert answer.status_code == 413


@pytest.mark.usefixtures("db")
def test_without_login_what_is_small_is_answered_as_ever(client):
    assert client.post("/accounts/login/", {"login": "a@example.org", "password": "x" * 30 * KB}).status_code == 200
    assert APIClient().post("/api/v1/datasets/", b"{}", content_type=JSON).status_code == 401


class TestSignedIn:
    def test_files_are_taken_up_to_ten_times_the_largest(self, legal, sign_in, settings):
        settings.UPLOAD_MAX_BYTES = 50 * KB
        client = sign_in(legal)
        said = client.post("/vendors/bods/", {"file": file_of(100 * KB)})
        assert said.status_code == 422  # read, and refused by its form
        assert client.post("/vendors/bods/", {"file": file_of(500 * KB + MB)}).status_code == 413

    def test_a_token_opens_the_api(self, legal, settings):
        settings.UPLOAD_MAX_BYTES = 50 * KB
        url, client = "/api/v1/ownership-statements/", api_of(legal).client
        assert client.post(url, {"file": file_of(100 * KB)}, format="multipart").status_code == 400
        assert client.post(url, {"file": file_of(500 * KB + MB)}, format="multipart").status_code == 413

    @pytest.mark.parametrize("page", ["import", "cohort"])
    def test_answers_and_members_come_in_larger_files(self, privacy, sign_in, settings, page):
        settings.UPLOAD_MAX_BYTES = 10 * KB
        url = f"/consents/{page}s/new/"
        assert url in settings.LARGE_FILE_PATHS
        answer = sign_in(privacy).post(url, {"name": "Members", "file": file_of(2 * MB, "members.csv")})
        assert answer.status_code in (302, 422)
        settings.CONSENT_FILE_MAX_BYTES = 100 * KB
        assert sign_in(privacy).post(url, {"file": file_of(2 * MB, "members.csv")}).status_code == 413

    def test_without_files_five_megabytes_are_the_most(self, legal, sign_in, settings):
        client, limit = sign_in(legal), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        assert client.post("/vendors/new/", b"x" * (limit + 1), content_type="text/plain").status_code == 413
        answer = api_of(legal).post("datasets/", b"x" * (limit + 1), content_type=JSON)
        assert (answer.status_code, answer.json()["detail"][-8:]) == (413, "at once.")


def test_every_address_for_large_files_is_one(settings):
    views = [resolve(path).func for path in settings.LARGE_FILE_PATHS]
    assert len({getattr(view, "cls", view) for view in views}) == len(views) == 4


class TestMemory:
    """JSON of a few bytes a value may take fifty times as much when it is read."""

    @pytest.fixture(autouse=True)
    def measured(self):
        tracemalloc.start()
        yield
        tracemalloc.stop()

    def more_than(self, megabytes):
        return tracemalloc.get_traced_memory()[1] > megabytes * MB

    @pytest.mark.parametrize("door", ["datasets/", "roles/", "tokens/", "ledger/verification/"])
    def test_of_a_body_full_of_values_is_bounded(self, administrator, door):
        body = EMPTY_LISTS[: 4 * MB] + b"[]]"
        api = api_of(administrator)
        tracemalloc.reset_peak()
        assert api.post(door, body, content_type=JSON).status_code in (201, 403, 413)
        assert not self.more_than(40)

    def test_of_a_body_of_18_megabytes_is_that_of_nothing(self, administrator):
        api = api_of(administrator)
        tracemalloc.reset_peak()
        assert api.post("tokens/", EMPTY_LISTS, content_type=JSON).status_code == 413
        assert not self.more_than(40)

    def test_of_a_file_full_of_values_is_bounded(self, legal):
        tracemalloc.reset_peak()
        result = import_bods(EMPTY_LISTS, by=legal, dry_run=True, most=MOST_STATEMENTS)
        assert [problem.reason for problem in result.errors] == [
            "The file holds more than 1,000,000 values, the most that is read at once. Split it."
        ]
        assert not self.more_than(60)

    def test_of_an_attachment_full_of_values_is_bounded(self, case, legal):
        api, file = api_of(legal), SimpleUploadedFile("list.json", EMPTY_LISTS)
        given = {"subject_kind": "agreement", "subject_id": case.pk, "body": "See", "file": file}
        tracemalloc.reset_peak()
        assert api.post("comments/", given, format="multipart").status_code == 400
        assert not self.more_than(120)

    def test_leaves_honest_lists_alone(self, legal):
        body = json.dumps([{"statementId": f"x{number}"} for number in range(5000)]).encode()
        [*problems] = import_bods(body, by=legal, dry_run=True, most=MOST_STATEMENTS).errors
        assert "values" not in problems[0].reason
