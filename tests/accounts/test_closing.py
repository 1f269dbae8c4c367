"""Closing an account: by another administrator, with its roles and tokens, and nothing is forgotten."""

import pytest

from apps.accounts.invitations import link_to_password
from apps.accounts.models import ApiToken, User
from apps.findings.models import evaluate
from tests.accounts.links import path_of
from tests.api_cast import api_of
from tests.factories import make_stake


def again(user):
    return User.objects.get(pk=user.pk)


def test_ends_sign_in_roles_and_tokens(legal, administrator, sign_in):
    api = api_of(legal)
    assert api.get("agreements/").status_code == 200
    assert sign_in(administrator).post(f"/users/{legal.pk}/close/").status_code == 302
    assert (again(legal).is_active, again(legal).grants.current().count()) == (False, 0)
    assert not legal.tokens.filter(revoked_at=None).exists()
    assert api.get("agreements/").status_code == 401
    assert legal.history.latest().history_user == administrator


def test_ends_a_session_that_runs(legal, administrator, sign_in):
    client = sign_in(legal)
    again(legal).close(by=administrator)
    assert client.get("/agreements/").status_code == 302


def test_opened_again_it_has_no_role(legal, administrator, sign_in):
    again(legal).close(by=administrator)
    assert sign_in(administrator).post(f"/users/{legal.pk}/reopen/").status_code == 302
    assert (again(legal).is_active, again(legal).roles) == (True, frozenset())


def test_opened_again_it_revives_no_session(legal, administrator, client):
    client.force_login(legal)
    assert client.get("/agreements/").status_code == 200
    again(legal).close(by=administrator)
    again(legal).reopen(by=administrator)
    assert client.get("/agreements/").status_code == 302


def test_opened_again_it_revives_no_token_and_no_link(legal, administrator, client):
    """Even where the account was closed in another way than on its page."""
    api, link = api_of(legal), link_to_password(again(legal))
    closed = again(legal)
    closed.is_active = False
    closed.save()
    again(legal).reopen(by=administrator)
    assert api.get("agreements/").status_code == 401
    assert b"has been used or is too old" in client.get(path_of(link)).content


def test_not_ones_own(administrator, sign_in):
    assert sign_in(administrator).post(f"/users/{administrator.pk}/close/").status_code == 403
    assert again(administrator).is_active


@pytest.mark.parametrize(("name", "code"), [("auditor", 403), ("legal", 404), ("stranger", 404)])
def test_by_nobody_but_administrators(name, code, cast, engineer, sign_in):
    assert sign_in(cast[name]).post(f"/users/{engineer.pk}/close/").status_code == code
    assert again(engineer).is_active


@pytest.mark.parametrize(("name", "code"), [("administrator", 302), ("auditor", 404), ("stranger", 404)])
def test_somebody_elses_token_is_revoked_by_administrators_only(name, code, cast, legal, sign_in):
    token, _ = ApiToken.issue(legal, "reports", by=legal)
    assert sign_in(cast[name]).post(f"/account/tokens/{token.pk}/revoke/").status_code == code
    assert bool(ApiToken.objects.get(pk=token.pk).revoked_at) == (name == "administrator")


class TestHandingOver:
    def test_the_page_lists_what_the_person_looks_after(self, support, requester, administrator, sign_in):
        page = sign_in(administrator).get(f"/users/{requester.pk}/close/").content.decode()
        assert f"Agreement no. {support.pk}" in page
        assert support.title not in page  # administrators do not read agreements

    def test_a_successor_takes_over_in_one_step_with_history(
        self, in_review, requester, stranger, administrator, sign_in
    ):
        client = sign_in(administrator)
        assert client.post(f"/users/{requester.pk}/close/", {"successor": stranger.pk}).status_code == 302
        in_review.refresh_from_db()
        assert (in_review.requester, in_review.review.requester) == (stranger, stranger)
        assert in_review.history.latest().history_user == administrator
        assert not again(requester).is_active

    def test_not_one_who_profits_and_then_nothing_is_done(self, support, requester, stranger, administrator, sign_in):
        make_stake(stranger, support.counterparty)
        page = sign_in(administrator).post(f"/users/{requester.pk}/close/", {"successor": stranger.pk})
        assert page.status_code == 422
        assert f"agreement no. {support.pk}" in page.content.decode()
        support.refresh_from_db()
        assert (support.requester, again(requester).is_active) == (requester, True)

    def test_what_nobody_took_over_is_a_finding(self, support, tickets, requester, engineer, administrator):
        for person in (requester, engineer):
            again(person).close(by=administrator)
        for record in (support, tickets):
            record = type(record).objects.get(pk=record.pk)
            assert "HOUSE-40" in {outcome.requirement.code for outcome in evaluate(record)}
