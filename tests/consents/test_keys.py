import io

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db.models import Model

from apps.consents.keys import (
    Digester,
    WrongSecret,
    current_version,
    normalised,
    problem_with_secrets,
    require_right_secrets,
)
from apps.consents.ledger.recording import record_event, subject_of
from apps.consents.models import ConsentEvent, DataSubject, State, SubjectKey
from apps.core.exceptions import Conflict
from apps.portal.health import Unhealthy, check_secrets
from apps.taxonomy.models import DataUse
from tests.factories import forget_person

KEY, OLD, NEW = "anna@example.org", "o" * 40, "n" * 40


@pytest.fixture
def anna(db, settings):
    settings.CONSENT_KEYS = [OLD]
    record_event(KEY, DataUse.objects.get(key="analytics"), State.GIVEN, by=None)
    return subject_of(KEY)


class TestDigest:
    def test_is_keyed(self, anna, settings):
        first = bytes(anna.key_digest)
        settings.CONSENT_KEYS = [NEW]
        Model.delete(SubjectKey.objects.get())
        record_event(KEY, DataUse.objects.get(key="analytics"), State.GIVEN, by=None)
        assert bytes(subject_of(KEY).key_digest) != first

    @pytest.mark.parametrize(
        ("key", "same"), [("Anna@Example.ORG ", "anna@example.org"), ("ID 7", "ID 7"), ("Straße@x.de", "strasse@x.de")]
    )
    def test_is_of_the_address_in_one_form_and_of_anything_else_as_it_is(self, key, same):
        assert normalised(key) == same.encode()


class TestNormalForms:
    COMPOSED, APART = "Jos\u00e9 7", "Jose\u0301 7"

    @pytest.mark.parametrize(("given", "withdrawn"), [(COMPOSED, APART), (APART, COMPOSED)])
    def test_who_agreed_in_one_form_takes_it_back_in_the_other(self, db, given, withdrawn):
        use = DataUse.objects.get(key="analytics")
        person = record_event(given, use, State.GIVEN, by=None).subject_id
        assert record_event(withdrawn, use, State.WITHDRAWN, by=None).subject_id == person
        assert subject_of(given) == subject_of(withdrawn)

    def test_who_was_known_by_a_key_as_it_came_stays_known_by_it(self, db):
        digests = Digester(current_version())
        before = DataSubject.objects.create(key_digest=digests(self.APART), key_version=1)
        assert subject_of(self.COMPOSED) == subject_of(self.APART) == before

    def test_a_file_means_one_person_by_all_forms(self, load):
        load(f"{self.APART},analytics,given,2020-01-01", f"{self.COMPOSED},analytics,withdrawn,2021-01-01")
        assert DataSubject.objects.count() == 1


class TestWrongSecret:
    @pytest.fixture(autouse=True)
    def _other_secret(self, anna, settings):
        settings.CONSENT_KEYS = [NEW]

    def test_nobody_is_recorded(self):
        with pytest.raises(WrongSecret, match="Secret 1 in CONSENT_KEY is not the one"):
            record_event(KEY, DataUse.objects.get(key="analytics"), State.GIVEN, by=None)
        assert DataSubject.objects.count() == 1

    def test_the_portal_does_not_start(self):
        with pytest.raises(ImproperlyConfigured, match="does not start"):
            require_right_secrets()

    def test_the_check_and_the_health_page_say_so(self):
        [error] = [found for found in run_checks(databases=["default"]) if found.id == "consents.E001"]
        assert "Secret 1" in error.msg
        with pytest.raises(Unhealthy, match="Secret 1"):
            check_secrets()

    def test_fewer_secrets_than_in_use_are_wrong_too(self, settings):
        settings.CONSENT_KEYS = []
        assert problem_with_secrets().startswith("CONSENT_KEY holds 0 secrets")


class TestRotation:
    def rotate(self):
        out = io.StringIO()
        call_command("rotate_consent_key", stdout=out)
        return out.getvalue()

    def test_keeps_everybody_without_their_keys(self, anna, settings):
        settings.CONSENT_KEYS = [OLD, NEW]
        assert subject_of(KEY) == anna
        assert "1 people" in self.rotate()
        found = subject_of(KEY)
        assert (found, found.key_version) == (anna, 2)
        assert bytes(found.key_digest) != bytes(anna.key_digest)

    def test_new_people_are_known_by_the_new_digest(self, anna, settings):
        settings.CONSENT_KEYS = [OLD, NEW]
        self.rotate()
        event = record_event("ben", DataUse.objects.get(key="analytics"), State.GIVEN, by=None)
        assert subject_of("ben").pk == event.subject_id

    def test_needs_a_new_secret(self, anna):
        with pytest.raises(CommandError, match="Add a new one at its end"):
            self.rotate()

    def test_the_old_secret_stays_needed(self, anna, settings):
        settings.CONSENT_KEYS = [OLD, NEW]
        self.rotate()
        settings.CONSENT_KEYS = [NEW, NEW]
        assert problem_with_secrets().startswith("Secret 1")


class TestForgetting:
    def test_destroys_the_digest_and_keeps_the_count(self, anna, privacy):
        forget_person(anna, privacy)
        assert subject_of(KEY) is None
        assert ConsentEvent.objects.filter(subject=anna).count() == 1
        assert DataSubject.objects.get().is_forgotten

    def test_happens_once(self, anna, privacy):
        forget_person(anna, privacy)
        with pytest.raises(Conflict):
            forget_person(anna, privacy)
