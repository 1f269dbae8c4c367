"""Statements of registers through the page and the API: looked at first, then imported whole or not at all."""

import gzip
import json
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from apps.vendors.models import Interest, Organisation, Statement
from apps.vendors.ownership.bods import spool
from tests.api_cast import api_of
from tests.factories import make_interest, make_organisation, make_person
from tests.vendors.test_bods import entity, history_counts, person, relationship, shares

PAGE, CONFIRM, API = "/vendors/bods/", "/vendors/bods/import/", "ownership-statements/"
pytestmark = pytest.mark.django_db
FILE = [entity(), person(), relationship(shares(40))]


def upload(content):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return SimpleUploadedFile("register.json", content, "application/json")


def look(client, content=FILE):
    return client.post(PAGE, {"file": upload(content)})


def confirm(client, page):
    return client.post(CONFIRM, {"digest": page.context["digest"], "plan": page.context["preview"].plan})


class TestPreview:
    def test_shows_what_would_be_done_by_name_and_writes_nothing(self, sign_in, legal):
        before = history_counts()
        page = look(sign_in(legal)).content.decode()
        assert history_counts() == before
        for words in ("Added", "Visage Ltd", "Ada Rossi", "40 %", "3 records are added"):
            assert words in page

    def test_shows_a_change_before_and_after(self, sign_in, legal):
        client = sign_in(legal)
        confirm(client, look(client))
        page = look(client, [relationship(shares(30), status="updated", on="2025-01-01")]).content.decode()
        assert "40 % → 30 %" in page

    def test_says_when_a_file_is_known(self, sign_in, legal):
        client = sign_in(legal)
        confirm(client, look(client))
        assert "Importing it would change nothing." in look(client).content.decode()

    @pytest.mark.parametrize("name", ["privacy", "auditor", "requester", "administrator"])
    def test_is_for_legal(self, sign_in, cast, name):
        client = sign_in(cast[name])
        assert [client.get(PAGE).status_code, look(client).status_code, client.post(CONFIRM).status_code] == [403] * 3


class TestConfirm:
    def test_imports_what_was_shown(self, sign_in, legal):
        client = sign_in(legal)
        assert confirm(client, look(client)).status_code == 302
        assert (Interest.objects.get().share_exact, Statement.objects.count()) == (40, 3)
        assert Interest.objects.get().history.get().history_user == legal

    def test_twice_imports_once(self, sign_in, legal):
        client = sign_in(legal)
        page = look(client)
        assert [confirm(client, page).status_code, confirm(client, page).status_code] == [302, 409]
        assert Interest.objects.count() == 1

    def test_is_refused_when_something_else_would_happen_now(self, sign_in, legal):
        client = sign_in(legal)
        page = look(client)
        make_organisation("Visage Ltd", record_id="org")
        response = confirm(client, page)
        assert response.status_code == 409
        assert "Nothing was imported" in response.content.decode()
        assert not Statement.objects.exists()

    def test_takes_nobody_elses_file(self, sign_in, legal, second_lawyer):
        page = look(sign_in(legal))
        assert confirm(sign_in(second_lawyer), page).status_code == 409

    @pytest.mark.parametrize("digest", ["", "../../secret", "0" * 64])
    def test_of_no_file_is_refused(self, sign_in, legal, digest):
        assert sign_in(legal).post(CONFIRM, {"digest": digest, "plan": ""}).status_code == 409

    def test_of_a_file_changed_on_disk_is_refused(self, sign_in, legal):
        client = sign_in(legal)
        page = look(client)
        place = spool._place(page.context["digest"], legal)
        with spool.default_storage.open(place, "wb") as file:
            file.write(json.dumps([entity()]).encode())
        assert confirm(client, page).status_code == 409
        spool.default_storage.delete(place)

    def test_files_that_waited_a_day_are_removed(self, legal, settings):
        digest = spool.keep(b"[]", by=legal)
        spool.KEPT_FOR, kept = -spool.KEPT_FOR, spool.KEPT_FOR
        try:
            spool.sweep()
        finally:
            spool.KEPT_FOR = kept
        assert spool.waiting(digest, by=legal) is None


class TestOwnPaths:
    def test_nobody_imports_what_changes_a_path_of_their_own(self, sign_in, legal, second_lawyer):
        fund, vendor = make_organisation("Fund", record_id="fund"), make_organisation("Visage", record_id="org")
        make_interest(make_person("Legal", user=legal), fund, 10)
        make_interest(fund, vendor, 10, record_id="rel")
        file = [relationship(holder="fund", status="closed")]
        assert "that leads from you" in look(sign_in(legal), file).content.decode()
        assert look(sign_in(second_lawyer), file).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_confirms_at_once_import_once(cast):
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(cast["legal"])
    page = look(clients[0])
    answers, barrier = [], threading.Barrier(2)

    def press(client):
        barrier.wait()
        answers.append(confirm(client, page).status_code)
        connections.close_all()

    threads = [threading.Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 409]
    assert (Organisation.objects.filter(record_id="org").count(), Interest.objects.count()) == (1, 1)


HOSTILE = {
    "nothing": b"",
    "truncated": json.dumps(FILE).encode()[:-40],
    "nested": b"[" * 100_000,
    "nested statement": json.dumps([{**entity(), "x": json.loads("[" * 60 + "]" * 60)}]).encode(),
    "huge number": b"[" + b"9" * 5000 + b"]",
    "infinite number": b"[1e999]",
    "not a number": b"[NaN]",
    "duplicate keys": b'[{"statementId": "a", "statementId": "b"}]',
    "NUL": json.dumps([entity(name="a\x00b")]).encode(),
    "half a surrogate": b'["\\ud800"]',
    "UTF-16": json.dumps(FILE).encode("utf-16"),
    "Latin-1": json.dumps([entity(name="Zoë")], ensure_ascii=False).encode("latin-1"),
    "gzip": gzip.compress(json.dumps(FILE).encode()),
    "zip": b"PK\x03\x04" + b"\x00" * 100,
    "long string": json.dumps([entity(name="a" * 10_000_000)]).encode(),
    "an object": b"{}",
    "numbers": b"[1, 2, 3]",
    "nulls": json.dumps([None] * 10).encode(),
    "formulas": json.dumps([{**entity(), "statementId": "=1+1"}]).encode(),
    "a reference to nothing": json.dumps([relationship(shares(4))]).encode(),
    "too many statements": json.dumps([entity()] * 5001).encode(),
}


class TestHostileFiles:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_the_page_refuses_them_and_changes_nothing(self, sign_in, legal, name):
        before = history_counts()
        response = look(sign_in(legal), HOSTILE[name])
        assert response.status_code == 422
        assert history_counts() == before

    @pytest.mark.parametrize("name", HOSTILE)
    def test_the_api_refuses_them_and_changes_nothing(self, legal, name):
        before = history_counts()
        response = api_of(legal).post(API, {"file": upload(HOSTILE[name])}, format="multipart")
        assert response.status_code == 400, response.content[:300]
        assert response.json()["fields"]
        assert history_counts() == before

    def test_one_that_is_too_large_is_refused(self, sign_in, legal, settings):
        settings.UPLOAD_MAX_BYTES = 1000
        response = look(sign_in(legal), b" " * 2000)
        assert response.status_code == 422

    def test_each_problem_names_its_place_as_a_pointer(self, sign_in, legal):
        page = look(sign_in(legal), [entity(), person(kind="nobody")]).content.decode()
        assert "<code>/1/recordDetails/personType</code>" in page


class TestApi:
    def test_previews_and_imports(self, legal):
        api = api_of(legal)
        preview = api.client.post(f"/api/v1/{API}?preview=true", {"file": upload(FILE)}, format="multipart")
        assert (preview.status_code, preview.json()["records"], Statement.objects.count()) == (200, 3, 0)
        assert preview.json()["effects"][0]["name"] == "Visage Ltd"
        done = api.client.post(f"/api/v1/{API}", {"file": upload(FILE)}, format="multipart")
        assert (done.status_code, done.json()["created"]) == (201, 3)

    def test_takes_statements_in_the_body(self, legal):
        response = api_of(legal).post(API, FILE, format="json")
        assert (response.status_code, Statement.objects.count()) == (201, 3)

    def test_exports_for_those_who_may_see_interests(self, cast, lumen):
        answers = {n: api_of(cast[n]).get(f"vendors/{lumen.pk}/ownership/").status_code for n in ("legal", "privacy")}
        assert answers == {"legal": 200, "privacy": 403}
