"""Accounts, roles and tokens on their pages."""

import csv

import pytest

from apps.accounts.models import ApiToken, RoleGrant, User

GOOD = "a long and unusual one"


class TestUsers:
    @pytest.mark.parametrize(
        ("who", "status"), [("administrator", 200), ("auditor", 200), ("legal", 403), ("stranger", 403)]
    )
    def test_are_seen_by_administrators_and_auditors(self, cast, sign_in, who, status):
        assert sign_in(cast[who]).get("/users/").status_code == status
        assert sign_in(cast[who]).get(cast["legal"].get_absolute_url()).status_code == status

    def test_are_found_by_name_and_role(self, cast, administrator, sign_in):
        page = sign_in(administrator).get("/users/?q=second&role=")
        assert {row.record.full_name for row in page.context["table"].rows} == {"Second Lawyer", "Second Administrator"}

    def test_export_quotes_formulas(self, administrator, sign_in):
        User.objects.create_user("evil@example.org", GOOD, full_name="=1+1")
        answer = sign_in(administrator).get("/users/?export=csv&q=%3D1")
        (_, row) = csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines())
        assert row[0] == "'=1+1"

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"full_name": ""}, "This field is required."),
            ({"email": "Legal@example.org"}, "already exists"),
            ({"email": "nothing"}, "valid email"),
        ],
    )
    def test_with_mistakes_are_asked_again(self, cast, administrator, sign_in, mailoutbox, wrong, says):
        answer = sign_in(administrator).post("/users/new/", {"full_name": "New", "email": "new@example.org", **wrong})
        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert not mailoutbox

    def test_are_not_made_by_others(self, auditor, sign_in):
        assert sign_in(auditor).get("/users/new/").status_code == 403


class TestRoles:
    def test_wait_for_a_second_administrator(self, stranger, administrator, second_administrator, sign_in):
        url = stranger.get_absolute_url()
        assert sign_in(administrator).post(url, {"role": "Legal"}).status_code == 302
        grant = RoleGrant.objects.get(user=stranger)
        assert grant.effective_at is None
        confirm = f"/users/grants/{grant.pk}/confirm/"
        assert sign_in(administrator).post(confirm).status_code == 403
        assert sign_in(second_administrator).post(confirm).url == url
        assert sign_in(second_administrator).post(confirm).status_code == 409

    def test_are_not_given_to_oneself(self, administrator, sign_in):
        answer = sign_in(administrator).post(administrator.get_absolute_url(), {"role": "Legal"})
        assert answer.status_code == 422
        assert b"Nobody grants a role to themselves." in answer.content

    def test_are_not_given_by_auditors(self, auditor, stranger, sign_in):
        assert sign_in(auditor).post(stranger.get_absolute_url(), {"role": "Legal"}).status_code == 403
        assert not RoleGrant.objects.filter(user=stranger).exists()

    def test_end(self, legal, administrator, sign_in):
        grant = RoleGrant.objects.get(user=legal)
        assert sign_in(administrator).post(f"/users/grants/{grant.pk}/end/").status_code == 302
        grant.refresh_from_db()
        assert grant.ended_at


class TestTokens:
    def test_are_shown_once(self, requester, sign_in):
        client = sign_in(requester)
        made = client.post("/account/", {"name": "Reports", "days": 30, "scopes": ["read"]})
        key = made.context["key"]
        assert key in made.content.decode()
        assert made["Cache-Control"] == "no-store"
        assert key not in client.get("/account/").content.decode()

    @pytest.mark.parametrize("days", ["0", "366", "", "x"])
    def test_last_for_a_year_at_most(self, requester, sign_in, days):
        assert (
            sign_in(requester).post("/account/", {"name": "Reports", "days": days, "scopes": ["read"]}).status_code
            == 422
        )
        assert not ApiToken.objects.exists()

    def test_are_revoked_by_their_owner(self, requester, stranger, sign_in):
        token, _ = ApiToken.issue(requester, "Reports", by=requester)
        url = f"/account/tokens/{token.pk}/revoke/"
        assert sign_in(stranger).post(url).status_code == 404
        assert sign_in(requester).post(url).status_code == 302
        token.refresh_from_db()
        assert token.revoked_at


class TestLogin:
    @pytest.fixture
    def member(self, db):
        return User.objects.create_user("member@example.org", GOOD, full_name="Member")

    def test_does_not_tell_whether_an_account_exists(self, member, client):
        said = [
            client.post("/accounts/login/", {"login": email, "password": "wrong"}).context["form"].errors
            for email in ("member@example.org", "nobody@example.org")
        ]
        assert said[0] == said[1]

    def test_leads_to_no_foreign_site(self, member, client):
        data = {"login": member.email, "password": GOOD, "next": "https://evil.example/"}
        assert client.post("/accounts/login/", data).url == "/"

    def test_is_closed_for_deactivated_accounts(self, member, client):
        member.is_active = False
        member.on_behalf(None, "deactivate").save()
        client.post("/accounts/login/", {"login": member.email, "password": GOOD})
        assert client.get("/account/").status_code == 302

    def test_nobody_signs_up(self, db, client):
        page = client.get("/accounts/signup/")
        assert b"Accounts are given by an administrator" in page.content
        client.post("/accounts/signup/", {"email": "new@example.org", "password1": GOOD})
        assert not User.objects.filter(email="new@example.org").exists()

    def test_nobody_changes_their_own_address(self, member, client, sign_in):
        sign_in(member).post("/accounts/email/", {"email": "other@example.org", "action_add": ""})
        assert client.get("/accounts/email/").url == "/account/"
        assert not member.emailaddress_set.exists()

    def test_a_forgotten_password_does_not_tell_whether_an_account_exists(self, member, client, mailoutbox):
        for email in ("member@example.org", "nobody@example.org"):
            assert client.post("/accounts/password/reset/", {"email": email}).url == "/accounts/password/reset/done/"
        assert [mail.to for mail in mailoutbox] == [["member@example.org"]]
