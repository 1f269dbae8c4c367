"""Accounts, roles and tokens through the API."""

from rest_framework.test import APIClient

from apps.accounts.models import ApiToken
from apps.core import clock
from tests.api_cast import api_of


class TestTokens:
    def test_the_key_is_shown_once_and_works(self, requester):
        api = api_of(requester)
        made = api.post("tokens/", {"name": "nightly"})
        key = made.json()["key"]
        assert made["Cache-Control"] == "no-store"
        assert APIClient(HTTP_AUTHORIZATION=f"Token {key}").get("/api/v1/datasets/").status_code == 200
        assert "key" not in api.get(f"tokens/{made.json()['id']}/").json()

    def test_one_made_with_a_token_does_not_outlast_it(self, requester):
        made = api_of(requester).post("tokens/", {"name": "longer", "days": 365}).json()
        first = ApiToken.objects.get(name="tests")
        assert abs(ApiToken.objects.get(pk=made["id"]).expires_at - first.expires_at).total_seconds() < 5

    def test_a_revoked_one_is_of_no_use(self, requester):
        api = api_of(requester)
        made = api.post("tokens/", {"name": "nightly"}).json()
        api.post(f"tokens/{made['id']}/revoke/")
        assert APIClient(HTTP_AUTHORIZATION=f"Token {made['key']}").get("/api/v1/datasets/").status_code == 401

    def test_of_others_do_not_exist(self, requester, administrator):
        token, _ = ApiToken.issue(requester, "mine", by=requester)
        assert api_of(administrator).get(f"tokens/{token.pk}/").status_code == 404


class TestRoles:
    def test_a_deciding_role_needs_a_second_administrator(self, administrator, second_administrator, stranger):
        body = {"user": stranger.pk, "role": "Legal"}
        made = api_of(administrator).post("roles/", body).json()
        assert made["effective_at"] is None
        assert api_of(administrator).post(f"roles/{made['id']}/confirm/").status_code == 403
        assert api_of(second_administrator).post(f"roles/{made['id']}/confirm/").json()["effective_at"]
        assert api_of(stranger).get(f"users/{stranger.pk}/").json()["roles"] == ["Legal"]

    def test_one_that_ended_is_no_longer_current(self, administrator, engineer):
        grant = engineer.grants.get()
        assert api_of(administrator).post(f"roles/{grant.pk}/end/").json()["ended_at"] <= clock.now().isoformat()
        assert grant.pk not in api_of(administrator).ids("roles/", current=True)


class TestUsers:
    def test_see_themselves_and_nobody_else(self, stranger):
        assert api_of(stranger).ids("users/") == {stranger.pk}

    def test_are_all_seen_by_auditors(self, cast, auditor):
        assert {user.pk for user in cast.values()} <= api_of(auditor).ids("users/")
