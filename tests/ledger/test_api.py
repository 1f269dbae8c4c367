"""What holds for every record: who is let in, pages of a list, edits, and answers to bad input."""

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from apps.accounts.models import ApiToken
from apps.datasets.models import Dataset
from apps.findings.models import Finding
from governance.api import router
from tests.api_cast import Api, api_of
from tests.factories import make_dataset, make_organisation

NUL = "a\x00b"
TOO_BIG = 2**63


@pytest.fixture
def api(engineer):
    return api_of(engineer)


class TestSigningIn:
    def test_without_a_token_is_401_and_says_how(self, db):
        response = Api().get("datasets/")
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Token"

    def test_a_revoked_token_is_401(self, engineer):
        token, key = ApiToken.issue(engineer, "old", by=engineer)
        token.revoke(by=engineer)
        client = APIClient(HTTP_AUTHORIZATION=f"Token {key}")
        assert client.get("/api/v1/datasets/").status_code == 401

    def test_a_deactivated_user_is_401(self, engineer, api):
        engineer.is_active = False
        engineer.save()
        assert api.get("datasets/").status_code == 401

    def test_a_session_reads(self, engineer, sign_in):
        assert sign_in(engineer).get("/api/v1/datasets/").status_code == 200

    def test_a_session_writes_only_with_the_csrf_token(self, engineer):
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(engineer)
        assert client.post("/api/v1/datasets/", {"name": "Logs"}).status_code == 403
        client.cookies["csrftoken"] = "x" * 32
        assert client.post("/api/v1/datasets/", {"name": "Logs"}, HTTP_X_CSRFTOKEN="x" * 32).status_code == 201

    def test_the_schema_is_for_those_signed_in(self, api):
        assert Api().get("schema/").status_code == 401
        assert api.get("schema/").status_code == 200


class TestLists:
    def test_a_page_has_count_next_and_previous(self, api, engineer):
        for number in range(3):
            make_dataset(engineer, f"Set {number}")
        page = api.get("datasets/", page_size=2).json()
        assert (page["count"], len(page["results"]), page["previous"]) == (3, 2, None)
        assert "page=2" in page["next"]

    @pytest.mark.parametrize("page", ["2", "999999999"])
    def test_a_page_that_does_not_exist_is_404(self, api, page):
        response = api.get("datasets/", page=page)
        assert response.status_code == 404
        assert set(response.json()) == {"detail"}

    @pytest.mark.parametrize(
        "query", [{"page": page} for page in ("0", "-1", "x", "", str(TOO_BIG * 10))] + [{"page_size": "201"}]
    )
    def test_what_is_no_number_of_a_page_is_400(self, api, query):
        response = api.get("datasets/", **query)
        assert response.status_code == 400
        assert set(response.json()["fields"]) == set(query)

    @pytest.mark.parametrize(
        "query", [{"status": "nonsense"}, {"owner": "x"}, {"owner": TOO_BIG * 10}, {"owner": "1e400"}, {"search": NUL}]
    )
    def test_a_filter_that_makes_no_sense_is_400_and_named(self, api, query):
        response = api.get("datasets/", **query)
        assert response.status_code == 400
        assert set(response.json()["fields"]) == set(query)

    def test_search_finds_text(self, api, engineer):
        found = make_dataset(engineer, "Profile photos")
        make_dataset(engineer, "Invoices")
        assert api.ids("datasets/", search="PHOTO") == {found.pk}


class TestOrder:
    def test_is_by_the_fields_named(self, api, engineer):
        for name in ("b", "a", "c"):
            make_dataset(engineer, name)
        names = [row["name"] for row in api.get("datasets/", ordering="-name").json()["results"]]
        assert names == ["c", "b", "a"]

    def test_of_equal_rows_is_that_of_their_ids(self, api, engineer):
        made = [make_dataset(engineer, name).pk for name in ("b", "a", "c")]
        assert [row["id"] for row in api.get("datasets/", ordering="status").json()["results"]] == made

    @pytest.mark.parametrize("field", ["owner__password", "nonsense", "--name", "name;", NUL])
    def test_by_anything_else_is_400_and_says_what_is_possible(self, api, field):
        response = api.get("datasets/", ordering=field)
        assert response.status_code == 400
        assert "Use one of name, status" in str(response.json()["fields"]["ordering"]) or field == NUL

    @pytest.mark.parametrize(
        "filterset",
        list(dict.fromkeys(v.filterset_class for _, v, _ in router.registry if hasattr(v, "filterset_class"))),
        ids=lambda filterset: filterset.__name__,
    )
    def test_and_search_exist_for_every_list(self, filterset):
        assert {"ordering", "search"} <= set(filterset.base_filters)


class TestHistory:
    def test_tells_before_and_after(self, api, tickets):
        api.patch(f"datasets/{tickets.pk}/", {"description": "Mails"})
        newest = api.get(f"datasets/{tickets.pk}/history/").json()[0]
        assert newest["changes"] == [{"label": "Description", "before": "", "after": "Mails"}]
        assert newest["who"] == "Engineer"

    def test_of_what_one_does_not_see_is_404(self, stranger, support):
        assert api_of(stranger).get(f"agreements/{support.pk}/history/").status_code == 404

    def test_keeps_what_is_confidential(self, privacy, legal, case):
        finding = Finding.objects.filter(requirement__code="HOUSE-1").exclude(confidential="").first()
        finding.confidential = "40 % of the fund"
        finding.save()
        told = [str(api_of(user).get(f"findings/{finding.pk}/history/").json()) for user in (privacy, legal)]
        assert ["40 %" in text for text in told] == [False, True]

    def test_gives_no_reasons_to_whoever_profits(self, founder, legal, case):
        case.review.request_changes(by=legal, note="Because of Corona.")
        told = [str(api_of(user).get(f"agreements/{case.pk}/history/").json()) for user in (founder, legal)]
        assert ["Corona" in text for text in told] == [False, True]
        review = [str(api_of(user).get(f"reviews/{case.review.pk}/history/").json()) for user in (founder, legal)]
        assert ["Corona" in text for text in review] == [False, True]


class TestRetrieving:
    @pytest.mark.parametrize("pk", [0, TOO_BIG, TOO_BIG**5])
    def test_what_does_not_exist_is_404(self, api, pk):
        assert api.get(f"datasets/{pk}/").status_code == 404

    def test_an_address_that_does_not_exist_is_404_as_json(self, api):
        response = api.get("data-sets/")
        assert response.status_code == 404
        assert "nothing at this address" in response.json()["detail"]

    def test_an_unknown_address_tells_strangers_nothing(self, db):
        assert Api().get("data-sets/").status_code == 401


class TestEditing:
    def test_changes_only_the_fields_that_are_sent(self, api, tickets):
        before = api.get(f"datasets/{tickets.pk}/").json()
        after = api.patch(f"datasets/{tickets.pk}/", {"description": "Mails of customers"}).json()
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"description", "revision"}

    def test_is_recorded_with_who_did_it(self, api, tickets, engineer):
        api.patch(f"datasets/{tickets.pk}/", {"description": "Mails"})
        assert tickets.history.latest().history_user == engineer

    def test_with_the_present_revision_is_saved(self, api, tickets):
        response = api.patch(f"datasets/{tickets.pk}/", {"revision": tickets.revision, "description": "Mails"})
        assert response.status_code == 200
        assert response.json()["revision"] == tickets.revision + 1

    def test_with_a_stale_revision_is_409_and_shows_the_present_record(self, api, tickets):
        opened_on = tickets.revision
        api.patch(f"datasets/{tickets.pk}/", {"description": "First"})
        response = api.patch(f"datasets/{tickets.pk}/", {"revision": opened_on, "description": "Second"})
        assert response.status_code == 409
        assert response.json()["current"]["description"] == "First"
        assert Dataset.objects.get(pk=tickets.pk).description == "First"

    def test_never_changes_the_status(self, api, tickets):
        assert api.patch(f"datasets/{tickets.pk}/", {"status": "approved"}).status_code == 400
        assert Dataset.objects.get().status == "registered"

    def test_while_in_review_is_409(self, api, tickets, engineer):
        tickets.submit(by=engineer)
        response = api.patch(f"datasets/{tickets.pk}/", {"description": "x"})
        assert response.status_code == 409
        assert "cannot be edited while it is in review" in response.json()["detail"]

    def test_by_others_is_403_with_a_sentence_even_when_stale(self, stranger, tickets):
        response = api_of(stranger).patch(f"datasets/{tickets.pk}/", {"revision": 999})
        assert response.status_code == 403
        assert response.json() == {"detail": "The owner and the steward of a dataset edit its record."}

    @pytest.mark.parametrize("method", ["put", "delete"])
    def test_replacing_and_deleting_do_not_exist(self, api, tickets, method):
        assert getattr(api.client, method)(f"/api/v1/datasets/{tickets.pk}/").status_code == 405


BAD_VALUES = [
    {"name": NUL},
    {"name": ""},
    {"name": None},
    {"name": ["a"]},
    {"name": "x" * 201},
    {"name": "Taken"},
    {"steward": TOO_BIG},
    {"steward": 10**400},
    {"steward": "me"},
    {"steward": True},
    {"steward": [1]},
    {"record_count": -1},
    {"record_count": TOO_BIG},
    {"retention_months": 0},
    {"retention_months": 1.5},
    {"collected_from": "2026-02-30"},
    {"collected_from": "yesterday"},
    {"collected_from": 20260101},
    {"obtained": "stolen"},
    {"obtained": {}},
    {"categories": "user.contact.email"},
    {"categories": ["user.nonsense"]},
    {"categories": [NUL]},
    {"categories": [1, None]},
    {"categories": {"a": 1}},
    {"categories": ["user"] * 1001},
]


class TestBadInput:
    @pytest.mark.parametrize("body", BAD_VALUES, ids=repr)
    def test_is_400_and_names_the_field(self, api, engineer, tickets, body):
        make_dataset(engineer, "Taken")
        response = api.patch(f"datasets/{tickets.pk}/", body)
        assert response.status_code == 400
        named = {name.partition(".")[0] for name in response.json()["fields"]}
        assert named == set(body)

    @pytest.mark.parametrize(
        "body", [b"{", b"[" * 100_000, b'{"name": NaN}', b"\xff", b"9" * 5000, b'{"a": "\\ud800"}'], ids=len
    )
    def test_malformed_json_is_400(self, api, body):
        response = api.post("datasets/", body, content_type="application/json")
        assert response.status_code == 400
        assert response.json() == {"detail": "The body is not valid JSON."}

    @pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null", b'{"steward": 1e400, "name": "x"}'])
    def test_json_of_another_shape_is_400(self, api, body):
        assert api.post("datasets/", body, content_type="application/json").status_code == 400

    @pytest.mark.parametrize("revision", ["x", 1.5, [], {}])
    def test_a_revision_that_is_no_number_is_400(self, api, tickets, revision):
        assert api.patch(f"datasets/{tickets.pk}/", {"revision": revision}).status_code == 400

    def test_another_content_type_is_415(self, api):
        assert api.post("datasets/", "a=1", content_type="application/x-www-form-urlencoded").status_code == 415

    def test_an_alien_charset_changes_nothing(self, api):
        response = api.post("datasets/", b'{"name": "Logs"}', content_type="application/json; charset=zlib")
        assert response.status_code == 201

    def test_a_body_beyond_the_limit_is_413(self, api):
        body = b'{"name": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
        assert api.post("datasets/", body, content_type="application/json").status_code == 413

    def test_an_unknown_answer_format_is_406(self, api):
        assert api.client.get("/api/v1/datasets/", HTTP_ACCEPT="text/html").status_code == 406

    def test_a_clash_of_two_writers_is_409(self, api, monkeypatch, ours):
        make_organisation("Taken", lei="5" * 20)
        monkeypatch.setattr("django.db.models.UniqueConstraint.validate", lambda *args, **kwargs: None)
        monkeypatch.setattr("apps.vendors.models.Organisation.clean", lambda *args: None)
        response = api.post("vendors/", {"name": "Second", "lei": "5" * 20})
        assert response.status_code == 409
