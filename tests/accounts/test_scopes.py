"""What a token may be used for, asked of every operation of the API."""

import itertools
from datetime import timedelta

import pytest
from django.urls import get_resolver
from rest_framework.exceptions import PermissionDenied
from rest_framework.test import APIClient

from apps.accounts.models import ApiToken, RoleGrant
from apps.accounts.permissions import WithinScope
from apps.core import clock
from apps.core.scopes import Scope
from apps.workflow.models import Decision, Review
from tests.api_cast import api_of
from tests.api_operations import SAFE, operations

READ, WRITE, DECIDE, LINEAGE = Scope
# What creates and edits. Everything else that is no reading decides: steps, votes, signatures, roles.
WRITES = {
    "POST agreements/",
    "PATCH agreements/{id}/",
    "POST cohorts/",
    "POST comments/",
    "POST consent-events/",
    "POST consent-imports/",
    "POST dataset-versions/",
    "PATCH dataset-versions/{id}/",
    "POST datasets/",
    "PATCH datasets/{id}/",
    "POST due-diligence/",
    "POST due-diligence/{id}/answers/",
    "POST due-diligence/{id}/evidence/",
    "POST interests/",
    "PATCH interests/{id}/",
    "POST ledger/verification/",
    "POST notice-claims/",
    "PATCH notice-claims/{id}/",
    "POST notice-claims/{id}/remove/",
    "POST notice-versions/",
    "PATCH notice-versions/{id}/",
    "POST notices/",
    "PATCH notices/{id}/",
    "POST opt-out-offers/",
    "PATCH opt-out-offers/{id}/",
    "POST ownership-statements/",
    "POST people/",
    "PATCH people/{id}/",
    "POST public-statements/",
    "PATCH public-statements/{id}/",
    "PATCH rules/{id}/",
    "POST screenings/",
    "POST statement-claims/",
    "POST statement-claims/{id}/remove/",
    "POST subject-lookups/",
    "POST tokens/",
    "POST tokens/{id}/revoke/",
    "POST transfers/",
    "POST vendors/",
    "PATCH vendors/{id}/",
}
OPERATIONS = sorted({(method, path) for method, path, _ in operations()})
JSON = {"Accept": "application/json"}
REFUSAL = "This token was made without the scope"


def needs(method, path):
    if method in SAFE:
        return {READ}
    return {READ, WRITE if f"{method} {path}" in WRITES else DECIDE}


@pytest.fixture
def is_refused(legal):
    """Whether the scopes of a token keep it from an operation; nothing of it is carried out."""
    token, key = ApiToken.issue(legal, "tests", by=legal, scopes=[])
    client = APIClient(HTTP_AUTHORIZATION=f"Token {key}")

    def is_refused(method, path, scopes):
        ApiToken.objects.filter(pk=token.pk)._update([(ApiToken._meta.get_field("scopes"), None, list(scopes))])
        # A record that does not exist and a body of the wrong kind are found out after the scope was asked.
        answer = client.generic(
            method, f"/api/v1/{path}".replace("{id}", "999999999"), b"", "text/x-nothing", headers=JSON
        )
        return answer.status_code == 403 and REFUSAL in answer.json()["detail"]

    return is_refused


@pytest.mark.whole
@pytest.mark.parametrize("scopes", [(), *itertools.combinations(Scope, 3), (READ,), tuple(Scope)], ids="+".join)
def test_every_operation_asks_for_its_scopes(is_refused, scopes):
    wrong = [(m, p) for m, p in OPERATIONS if is_refused(m, p, scopes) == (needs(m, p) <= set(scopes))]
    assert wrong == []


def test_the_list_names_operations():
    assert {f"{method} {path}" for method, path in OPERATIONS} >= WRITES


def api_views(patterns=None):
    for pattern in patterns or get_resolver().url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from api_views(pattern.url_patterns)
        elif view := getattr(pattern.callback, "cls", None):
            yield view


def test_no_view_goes_past_the_scopes():
    views = set(api_views())
    assert len(views) > 30
    assert [view for view in views if WithinScope not in view.permission_classes] == []


def test_an_action_without_a_named_scope_decides():
    class NewView:
        action = "invented_yesterday"

    token = ApiToken(scopes=[READ, WRITE])
    request = type("Request", (), {"method": "POST", "auth": token})
    with pytest.raises(PermissionDenied, match="decide"):
        WithinScope().has_permission(request, NewView())


class TestDecisions:
    def test_are_refused_without_decide_and_leave_nothing(self, engineer, tickets):
        path = f"datasets/{tickets.pk}/transitions/submit/"
        assert api_of(engineer, READ, WRITE).post(path, {}).status_code == 403
        assert not Decision.objects.about(tickets).exists()
        assert api_of(engineer, READ, DECIDE).post(path, {}).status_code == 200

    def test_so_are_votes_and_roles(self, legal, administrator, in_review, stranger):
        review = Review.objects.about(in_review).get()
        assert api_of(legal, WRITE).vote(review, "Legal").status_code == 403
        body = {"user": stranger.pk, "role": "Legal"}
        assert api_of(administrator, WRITE).post("roles/", body).status_code == 403

    def test_tokens_from_before_there_were_scopes_read_and_write(self, engineer, tickets):
        token, key = ApiToken.issue(engineer, "old", by=engineer)
        ApiToken.objects.filter(pk=token.pk)._update([(ApiToken._meta.get_field("scopes"), None, None)])
        old = APIClient(HTTP_AUTHORIZATION=f"Token {key}")
        assert old.get("/api/v1/datasets/").status_code == 200
        assert old.post("/api/v1/datasets/", {"name": "Logs"}).status_code == 201
        assert old.post(f"/api/v1/datasets/{tickets.pk}/transitions/submit/", {}).status_code == 403


@pytest.mark.usefixtures("as_portal")
class TestMadeWithAToken:
    def test_has_no_more_scopes(self, requester):
        api = api_of(requester, WRITE)
        refused = api.post("tokens/", {"name": "more", "scopes": ["decide"]})
        assert (refused.status_code, "decide" in refused.json()["fields"]["scopes"][0]) == (400, True)
        made = api.post("tokens/", {"name": "less", "scopes": ["read"]}).json()
        assert made["scopes"] == ["read"]
        assert made["made_with"] == ApiToken.objects.get(name="tests").pk

    def test_does_not_outlast_it(self, requester):
        made = api_of(requester).post("tokens/", {"name": "longer", "days": 365}).json()
        first = ApiToken.objects.get(name="tests")
        assert ApiToken.objects.get(pk=made["id"]).expires_at == first.expires_at
        with clock.travel_to(first.expires_at + timedelta(seconds=1)):
            assert APIClient(HTTP_AUTHORIZATION=f"Token {made['key']}").get("/api/v1/datasets/").status_code == 401

    def test_ends_with_it_however_far_below(self, requester, sign_in):
        api, keys = api_of(requester), []
        for _ in range(3):
            made = api.post("tokens/", {"name": "below", "scopes": ["write"]}).json()
            api.client.credentials(HTTP_AUTHORIZATION=f"Token {made['key']}")
            keys.append(made["key"])
        first = ApiToken.objects.get(name="tests")
        assert sign_in(requester).post(f"/account/tokens/{first.pk}/revoke/").status_code == 302
        answers = {APIClient(HTTP_AUTHORIZATION=f"Token {key}").get("/api/v1/datasets/").status_code for key in keys}
        assert answers == {401}
        reasons = {token.history.latest().history_change_reason for token in ApiToken.objects.filter(name="below")}
        assert reasons == {"revoke token that made it"}

    def test_leaves_those_above_and_beside_it(self, requester):
        api = api_of(requester)
        one, other = (api.post("tokens/", {"name": name}).json()["id"] for name in "ab")
        api.post(f"tokens/{one}/revoke/")
        assert api.get(f"tokens/{other}/").json()["revoked_at"] is None
        assert api.get(f"tokens/{one}/").json()["revoked_at"]


@pytest.mark.usefixtures("as_portal")
class TestLastUse:
    def test_is_noted_once_in_a_while_and_is_no_history(self, requester):
        api = api_of(requester)
        token = ApiToken.objects.get(name="tests")
        assert token.last_used_at is None
        api.get("datasets/")
        noted = ApiToken.objects.get(pk=token.pk).last_used_at
        api.get("datasets/")
        assert ApiToken.objects.get(pk=token.pk).last_used_at == noted
        with clock.travel_to(clock.now() + timedelta(minutes=6)):
            api.get("datasets/")
        assert ApiToken.objects.get(pk=token.pk).last_used_at > noted
        assert (token.history.count(), ApiToken.objects.get(pk=token.pk).revision) == (1, 1)

    def test_is_shown_to_its_user_and_to_administrators(self, requester, administrator, sign_in):
        api_of(requester, WRITE).get("datasets/")
        for person, url in [(requester, "/account/"), (administrator, requester.get_absolute_url())]:
            page = sign_in(person).get(url).content.decode()
            assert "read, write" in page
            assert "last used on" in page


class TestARole:
    def test_that_ended_takes_its_decisions_from_the_token_too(self, legal, administrator, in_review):
        api = api_of(legal)
        review = Review.objects.about(in_review).get()
        RoleGrant.objects.get(user=legal).end(by=administrator)
        assert api.vote(review, "Legal").status_code in (403, 404)
        assert not review.votes.exists()
