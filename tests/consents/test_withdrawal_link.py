"""The page on which a person withdraws by themselves: what it can do, and everything that it cannot."""

from datetime import timedelta

import pytest
from django.test import Client

from apps.consents.models import ConsentEvent, ConsentImport, DataSubject, WithdrawalLink
from apps.consents.people.services import look_up
from apps.consents.sets.outcomes import outcomes_of
from apps.core import clock
from apps.taxonomy.models import DataUse
from tests.consents.files import ANN, TRAINING, said


@pytest.fixture
def link(answers, privacy):
    lookup = look_up(ANN, reason="Asked", by=privacy)
    return WithdrawalLink.issue(lookup, lookup.subject, by=privacy)


@pytest.fixture
def url(link, settings):
    return link.url.removeprefix(settings.PORTAL_URL)


@pytest.fixture
def person(db):
    """A browser without an account, which checks as strictly as one on the outside."""
    return Client(enforce_csrf_checks=True)


def use(key="marketing"):
    return DataUse.objects.get(key=key)


def events():
    return ConsentEvent.objects.count()


class TestOnGet:
    def test_shows_what_is_permitted_and_changes_nothing(self, person, url, link):
        before = events()
        page = said(person.get(url))
        assert use().name in page
        assert use(TRAINING).name in page
        link.refresh_from_db()
        assert (events(), link.used_at) == (before, None)

    def test_sends_no_referrer_sets_no_cookie_and_is_kept_nowhere(self, person, url):
        answer = person.get(url)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]
        assert not answer.cookies

    def test_does_not_say_who_the_person_is(self, person, url):
        assert ANN not in said(person.get(url))

    def test_shows_nothing_of_the_portal_to_somebody_signed_in_there(self, in_privacy, url):
        page = said(in_privacy.get(url))
        assert "/consents/" not in page
        assert "Priv" not in page


class TestOnPost:
    def test_withdraws_what_was_chosen_and_says_so(self, person, url, link):
        page = said(person.post(url, {"uses": [use().pk]}))
        assert f"You withdrew <b>{use().name}</b>" in page
        stands = outcomes_of(link.subject)
        assert (stands[use().pk].key, stands[use(TRAINING).pk].key) == ("withdrawn", "permitted")
        assert "You still permit this" in page
        made = ConsentImport.objects.latest("pk")
        assert (made.kind, made.by) == ("link", None)

    def test_says_when_nothing_is_left(self, person, url):
        page = said(person.post(url, {"uses": [use().pk, use(TRAINING).pk]}))
        assert "You permit nothing more" in page
        assert "You permit nothing that could be withdrawn" in said(person.get(url))

    def test_once_more_changes_nothing(self, person, url, link):
        person.post(url, {"uses": [use().pk]})
        before, first = events(), WithdrawalLink.objects.get().used_at
        answer = person.post(url, {"uses": [use().pk]})
        assert answer.status_code == 200
        assert events() == before
        assert WithdrawalLink.objects.get().used_at == first

    @pytest.mark.parametrize("chosen", [[], ["0"], ["x"], ["99999999999999999999"]])
    def test_needs_a_use_that_was_asked(self, person, url, chosen):
        before = events()
        page = said(person.post(url, {"uses": chosen}))
        assert 'role="alert"' in page
        assert events() == before

    def test_cannot_do_anything_but_withdraw(self, person, url, link):
        person.post(url, {"uses": [use().pk]})
        before = events()
        person.post(url, {"uses": [use().pk], "state": "given", "action": "given", "subject": "1"})
        assert events() == before
        assert outcomes_of(link.subject)[use().pk].key == "withdrawn"

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_takes_no_other_method(self, person, url, method):
        assert getattr(person, method)(url).status_code == 405


class TestALinkThatDoesNotWork:
    def refused(self, person, url):
        before = events()
        answers = [person.get(url), person.post(url, {"uses": [use().pk]})]
        assert events() == before
        assert all("This link does not work" in said(answer) for answer in answers)
        return {answer.status_code for answer in answers} == {404}

    def test_with_a_letter_changed(self, person, url):
        assert self.refused(person, f"{url[:-2]}{'a' if url[-2] != 'a' else 'b'}/")

    def test_with_the_opaque_id_alone(self, person, url, link):
        assert self.refused(person, f"/withdraw/{link.opaque}/")

    def test_when_it_is_over(self, person, url):
        with clock.travel_to(clock.now() + timedelta(days=31)):
            assert self.refused(person, url)

    def test_when_the_person_was_forgotten(self, person, url, link):
        DataSubject.objects.filter(pk=link.subject_id).update(key_digest=None)
        assert self.refused(person, url)

    def test_signed_with_a_secret_that_was_taken_away(self, person, url, settings):
        settings.WITHDRAWAL_KEYS = ["another secret of at least 32 characters"]
        assert self.refused(person, url)


class TestSecretsThatChange:
    def test_links_of_the_one_before_still_work(self, person, url, settings):
        settings.WITHDRAWAL_KEYS = ["another secret of at least 32 characters", *settings.WITHDRAWAL_KEYS]
        assert use().name in said(person.get(url))


def test_too_many_requests_are_asked_to_wait(person, url, settings):
    settings.ACCOUNT_RATE_LIMITS = {"withdrawal": "3/m/ip"}
    assert [person.post(url).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert "wait a moment" in said(person.post(url))
