"""Which passwords are taken, what ends with one, and where the links to choose one lead."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command

from apps.accounts import invitations
from apps.accounts.models import ApiToken, User
from tests.accounts.links import CHOSEN, follow, link_in, path_of
from tests.api_cast import api_of

OLD = "a long and unusual one"
GUESSABLE = [
    "123456789012",
    "aaaaaaaaaaaa",
    "abcabcabcabcabc",
    "qwertyuiopasdf",
    "zyxwvutsrqponm",
    "marsh marsh marsh",
    "Anna Marsh 2026",
    "annamarsh12345",
    "anna.marsh@example.org",
    "12345annamarsh!!",
]


@pytest.fixture
def member(db):
    return User.objects.create_user("anna.marsh@example.org", OLD, full_name="Anna Marsh")


class TestPasswords:
    @pytest.mark.parametrize("password", GUESSABLE)
    def test_that_are_easy_to_guess_are_refused(self, member, password):
        with pytest.raises(ValidationError):
            validate_password(password, member)

    @pytest.mark.parametrize("password", [CHOSEN, "correct horse battery staple", "Tr4m-stop!lemon", "x8#kQz0p!mVw"])
    def test_that_are_not_are_taken(self, member, password):
        validate_password(password, member)

    def test_are_refused_on_the_page_that_changes_them(self, member, sign_in):
        body = {"oldpassword": OLD, "password1": "Anna Marsh 2026", "password2": "Anna Marsh 2026"}
        answer = sign_in(member).post("/accounts/password/change/", body)
        assert "easy to guess" in answer.content.decode()
        assert User.objects.get(pk=member.pk).check_password(OLD)

    def test_are_refused_at_the_link(self, member, client, mailoutbox):
        client.post("/accounts/password/reset/", {"email": member.email})
        answer = follow(client, link_in(mailoutbox[0]), "123456789012")
        assert answer.status_code == 200
        assert "easy to guess" in answer.content.decode()


@pytest.mark.usefixtures("as_portal")
class TestATokenEnds:
    @pytest.fixture
    def keys(self, member):
        """A token, and one that it made."""
        api = api_of(member)
        return api, api.post("tokens/", {"name": "below"}).json()["key"]

    def require_ended(self, member, api):
        assert api.get("datasets/").status_code == 401
        assert not ApiToken.objects.filter(user=member, revoked_at=None).exists()
        assert {token.history.latest().history_change_reason for token in member.tokens.all()} <= {
            "change password",
            "change password that made it",
        }

    def test_with_a_changed_password(self, member, keys, sign_in):
        body = {"oldpassword": OLD, "password1": CHOSEN, "password2": CHOSEN}
        assert sign_in(member).post("/accounts/password/change/", body).status_code == 302
        self.require_ended(member, keys[0])

    def test_with_one_chosen_at_a_link(self, member, keys, client, mailoutbox):
        client.post("/accounts/password/reset/", {"email": member.email})
        follow(client, link_in(mailoutbox[0]), CHOSEN)
        self.require_ended(member, keys[0])

    def test_with_one_set_on_the_server(self, member, keys, monkeypatch):
        monkeypatch.setattr("getpass.getpass", lambda prompt="": CHOSEN)
        call_command("changepassword", member.email, stdout=StringIO())
        self.require_ended(member, keys[0])

    def test_not_with_a_login(self, member, keys, client):
        client.post("/accounts/login/", {"login": member.email, "password": OLD})
        assert keys[0].get("datasets/").status_code == 200


class TestLinks:
    @pytest.mark.parametrize("host", ["testserver:6666", "testserver"])
    def test_begin_with_the_portals_own_address(self, member, client, mailoutbox, settings, host):
        settings.PORTAL_URL = "https://portal.example.org"
        client.post("/accounts/password/reset/", {"email": member.email}, headers={"Host": host})
        mail = mailoutbox[0]
        assert link_in(mail).startswith("https://portal.example.org/accounts/password/reset/key/")
        assert "testserver" not in f"{mail.subject} {mail.body} {mail.from_email}"

    @pytest.mark.parametrize("email", ["nobody@example.org", "closed@example.org"])
    def test_go_to_nobody_without_an_open_account(self, db, client, mailoutbox, email):
        User.objects.create_user("closed@example.org", OLD, full_name="Closed", is_active=False)
        page = client.post("/accounts/password/reset/", {"email": email}, follow=True)
        assert b"If an account has this address" in page.content
        assert not mailoutbox


@pytest.mark.usefixtures("as_portal")
class TestAnInvitation:
    @pytest.fixture
    def invited(self, administrator, sign_in):
        page = sign_in(administrator).post("/users/new/", {"full_name": "New", "email": "New@Example.org"}, follow=True)
        assert b"An invitation was sent to new@example.org." in page.content
        return User.objects.get(email="new@example.org")

    def test_lets_the_person_choose_the_password_once(self, invited, client, mailoutbox):
        assert not invited.has_usable_password()
        client.logout()
        link = link_in(mailoutbox[0])
        assert follow(client, link, CHOSEN).status_code == 302
        assert client.post("/accounts/login/", {"login": invited.email, "password": CHOSEN}).status_code == 302
        client.logout()
        assert b"has been used or is too old" in client.get(path_of(link)).content

    def test_is_not_shown_to_the_administrator(self, invited, administrator, sign_in, mailoutbox):
        page = sign_in(administrator).get(invited.get_absolute_url()).content.decode()
        assert "has not chosen a password yet" in page
        assert path_of(link_in(mailoutbox[0])) not in page
        assert mailoutbox[0].to == [invited.email]

    def test_expires(self, invited, client, mailoutbox, monkeypatch):
        link, later = link_in(mailoutbox[0]), datetime.now() + timedelta(days=3, minutes=1)
        monkeypatch.setattr(invitations.LinkTokens, "_now", lambda self: later)
        assert b"has been used or is too old" in client.get(path_of(link)).content

    def test_ends_with_a_newer_one(self, invited, administrator, sign_in, client, mailoutbox):
        assert sign_in(administrator).post(f"/users/{invited.pk}/invite/").status_code == 302
        client.logout()
        first, second = map(link_in, mailoutbox)
        assert b"has been used or is too old" in client.get(path_of(first)).content
        assert follow(client, second, CHOSEN).status_code == 302

    def test_is_on_the_record(self, invited, administrator):
        newest = invited.history.latest()
        assert (newest.history_change_reason, newest.history_user) == ("invite", administrator)

    @pytest.mark.parametrize(("name", "code"), [("administrator", 409), ("auditor", 403), ("legal", 403)])
    def test_is_sent_by_administrators_to_whoever_has_no_password(self, member, cast, sign_in, mailoutbox, name, code):
        assert sign_in(cast[name]).post(f"/users/{member.pk}/invite/").status_code == code
        assert not mailoutbox

    def test_that_the_mail_server_refuses_can_be_sent_again(self, administrator, sign_in, monkeypatch):
        def refuse(*args):
            raise ConnectionRefusedError

        monkeypatch.setattr("apps.accounts.views.send_invitation", refuse)
        page = sign_in(administrator).post("/users/new/", {"full_name": "New", "email": "n@example.org"}, follow=True)
        assert b"The mail server did not take the invitation." in page.content
        assert b"Send a new invitation" in page.content
