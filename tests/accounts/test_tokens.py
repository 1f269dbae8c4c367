import hashlib
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIRequestFactory

from apps.accounts.authentication import TokenAuthentication
from apps.accounts.models import ApiToken, RoleGrant, User
from apps.core import clock
from apps.ledger.models import Entry
from tests.accounts.links import CHOSEN, follow, path_of
from tests.factories import write_ledger


def signs_in(header):
    """Whom the header signs in; None when it is none of ours."""
    result = TokenAuthentication().authenticate(APIRequestFactory().get("/", HTTP_AUTHORIZATION=header))
    return result and result[0]


@pytest.fixture
def issued(engineer):
    """The stored token and its key."""
    return ApiToken.issue(engineer, "pipeline", by=engineer)


class TestToken:
    def test_signs_its_user_in(self, issued, engineer):
        assert signs_in(f"Token {issued[1]}") == engineer

    def test_is_stored_as_a_digest_only(self, issued):
        token, key = issued
        assert token.digest == hashlib.sha256(key.encode()).hexdigest()
        stored = [*ApiToken.objects.values_list(), *ApiToken.history.values_list()]
        assert key not in str(stored)

    def test_is_long_and_new_each_time(self, engineer):
        keys = {ApiToken.issue(engineer, "x", by=None)[1] for _ in range(20)}
        assert len(keys) == 20
        assert min(map(len, keys)) >= 43

    def test_expires(self, issued, engineer):
        with clock.travel_to(clock.now() + timedelta(days=89)):
            assert signs_in(f"Token {issued[1]}") == engineer
        with clock.travel_to(clock.now() + timedelta(days=91)), pytest.raises(AuthenticationFailed):
            signs_in(f"Token {issued[1]}")

    def test_can_be_revoked(self, issued, administrator):
        token, key = issued
        token.revoke(by=administrator)
        with pytest.raises(AuthenticationFailed):
            signs_in(f"Token {key}")
        assert token.history.latest().history_user == administrator

    def test_is_of_no_use_to_a_deactivated_user(self, issued, engineer):
        engineer.is_active = False
        engineer.save()
        with pytest.raises(AuthenticationFailed):
            signs_in(f"Token {issued[1]}")

    @pytest.mark.parametrize("header", ["Token", "Token ", "Token x", "Token a b", "token \xff", "Token " + "x" * 9999])
    def test_that_is_unknown_signs_nobody_in(self, issued, header):
        with pytest.raises(AuthenticationFailed, match="unknown, expired or revoked"):
            signs_in(header)

    @pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer x", "Tokens x"])
    def test_leaves_other_schemes_to_others(self, issued, header):
        assert signs_in(header) is None

    def test_is_a_stored_digest_no_key(self, issued):
        with pytest.raises(AuthenticationFailed):
            signs_in(f"Token {issued[0].digest}")

    def test_stands_on_the_chain(self, issued):
        write_ledger()
        assert Entry.objects.filter(table_name="accounts_historicalapitoken").exists()

    @pytest.mark.parametrize(("name", "may"), [("engineer", True), ("administrator", True), ("legal", False)])
    def test_is_revoked_by_its_user_or_an_administrator(self, issued, cast, name, may):
        assert cast[name].has_perm("accounts.revoke_token", issued[0]) == may


class TestIssueToken:
    def test_prints_the_key_on_the_last_line(self, engineer):
        out = StringIO()
        call_command("issue_token", "Engineer@example.org", stdout=out)
        assert signs_in(f"Token {out.getvalue().splitlines()[-1]}") == engineer

    def test_takes_a_name_and_days(self, engineer):
        call_command("issue_token", "engineer@example.org", name="nightly", days=1, stdout=StringIO())
        token = ApiToken.objects.get()
        assert token.name == "nightly"
        assert token.expires_at < clock.now() + timedelta(days=1, minutes=1)

    @pytest.mark.parametrize(
        ("words", "held"),
        [([], {"read"}), (["--scope=decide"], {"read", "decide"}), (["--scope=lineage"], {"lineage"})],
    )
    def test_takes_scopes_and_otherwise_reads(self, engineer, words, held):
        call_command("issue_token", "engineer@example.org", *words, stdout=StringIO())
        assert ApiToken.objects.get().held == held

    def test_is_for_active_users(self, engineer):
        engineer.is_active = False
        engineer.save()
        for email in ("engineer@example.org", "nobody@example.org"):
            with pytest.raises(CommandError, match="No active user"):
                call_command("issue_token", email)


class TestCreateAdministrator:
    def link_for(self, email):
        out = StringIO()
        call_command("create_administrator", email, "Ann", stdout=out)
        return out.getvalue().splitlines()[-1]

    @pytest.mark.world("bare")
    def test_makes_somebody_who_chooses_a_password_and_grants_roles(self, db, client):
        assert follow(client, self.link_for("Ann@example.org"), CHOSEN).status_code == 302
        ann = User.objects.get(email="ann@example.org")
        assert ann.check_password(CHOSEN)
        assert ann.has_perm("accounts.grant_role")
        assert not ann.is_superuser

    @pytest.mark.world("bare")
    def test_prints_a_new_link_until_one_was_used(self, db, client):
        first, second = self.link_for("ann@example.org"), self.link_for("ann@example.org")
        assert b"has been used or is too old" in client.get(path_of(first)).content
        follow(client, second, CHOSEN)
        with pytest.raises(CommandError, match="exists already"):
            self.link_for("ann@example.org")

    def test_is_over_after_the_second(self, administrator, second_administrator):
        with pytest.raises(CommandError, match="two administrators"):
            call_command("create_administrator", "ann@example.org", "Ann")
        assert not User.objects.filter(email="ann@example.org").exists()

    def test_does_not_raise_an_existing_user(self, stranger):
        with pytest.raises(CommandError, match="exists already"):
            call_command("create_administrator", "STRANGER@example.org", "Stranger")
        assert not RoleGrant.objects.filter(user=stranger).exists()


class TestOnThePage:
    def make(self, client, once):
        return client.post("/account/", {"name": "nightly", "days": 90, "scopes": ["read"], "once": once})

    def test_a_reload_makes_no_second_one(self, requester, sign_in):
        client = sign_in(requester)
        once = once_of(client.get("/account/"))
        made = self.make(client, once)
        assert made.context["key"]
        again = self.make(client, once)
        assert (again.status_code, again["Location"]) == (302, "/account/")
        assert ApiToken.objects.filter(user=requester, name="nightly").count() == 1

    def test_the_next_one_is_made_from_the_page_that_showed_the_key(self, requester, sign_in):
        client = sign_in(requester)
        first = self.make(client, once_of(client.get("/account/")))
        assert self.make(client, once_of(first)).context["key"]
        assert ApiToken.objects.filter(user=requester, name="nightly").count() == 2


def once_of(page):
    return re.search(r'name="once" value="([^"]+)"', page.content.decode())[1]
