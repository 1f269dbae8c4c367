from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.consents.ledger.recording import record_event, subject_of, withdraw
from apps.consents.models import AnsweredUse, ConsentEvent, ConsentImport, PermissionDue, Screening, State
from apps.consents.screening.cohorts import keep_cohort
from apps.consents.screening.running import screen
from apps.consents.tasks import apply_due_answers
from apps.core import clock
from apps.taxonomy.models import DataUse
from tests.consents.conftest import set_of

KEY = "anna@example.org"
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def training(db):
    return DataUse.objects.get(key="train_ai_system")


@pytest.fixture
def faces(db):
    return DataUse.objects.get(key="train_ai_system.face_recognition")


def standing(use):
    """The outcome of the one person there is, as a screening finds it."""
    person = subject_of(KEY)
    cohort = keep_cohort(f"One {Screening.objects.count()}", set_of([person.pk]), by=None)
    counts = screen(cohort, [use.key], Screening.Basis.OPT_IN, by=None).counts[use.key]
    return next(outcome for outcome, people in counts.items() if people)


class TestRecording:
    def test_is_an_import_of_one_row(self, training, privacy):
        event = record_event(KEY, training, State.GIVEN, by=privacy, mechanism="web form", language="en")
        stored = ConsentEvent.objects.get()
        assert (stored.pk, stored.subject_id, stored.state) == (event.pk, event.subject_id, State.GIVEN)
        made = ConsentImport.objects.get()
        assert (made.kind, made.rows, len(made.blocks), made.by) == ("api", 1, 1, privacy)
        assert made.history.get().history_user == privacy

    def test_the_same_person_again_is_no_new_person(self, training):
        first = record_event(KEY, training, State.GIVEN, by=None)
        again = record_event(" Anna@Example.org", training, State.RENEWED, by=None)
        assert first.subject_id == again.subject_id

    @pytest.mark.parametrize(
        ("field", "given"),
        [
            ("subject", {"person": ""}),
            ("subject", {"person": "x" * 1001}),
            ("expires_at", {"expires_at": "before"}),
            ("mechanism", {"mechanism": "a|b"}),
            ("language", {"language": "x" * 16}),
        ],
    )
    def test_refuses_what_it_cannot_take(self, training, field, given):
        if given.get("expires_at"):
            given = {"expires_at": clock.now() - timedelta(days=1)}
        with pytest.raises(ValidationError) as refused:
            record_event(given.pop("person", KEY), training, State.GIVEN, by=None, **given)
        assert list(refused.value.message_dict) == [field]
        assert not ConsentEvent.objects.exists()


class TestReach:
    def test_a_yes_covers_what_is_below(self, training):
        record_event(KEY, training, State.GIVEN, by=None)
        assert standing(DataUse.objects.get(key="train_ai_system.fine_tune")) == "permitted"

    def test_a_yes_does_not_reach_what_is_asked_separately(self, training, faces):
        record_event(KEY, training, State.GIVEN, by=None)
        assert standing(faces) == "never_asked"

    def test_a_no_reaches_everything_below(self, training, faces):
        record_event(KEY, faces, State.GIVEN, by=None)
        record_event(KEY, training, State.OBJECTED, by=None)
        assert standing(faces) == "objected"

    def test_a_yes_above_does_not_lift_a_no_below_that_is_asked_separately(self, training, faces):
        record_event(KEY, faces, State.REFUSED, by=None)
        record_event(KEY, training, State.GIVEN, by=None)
        assert standing(faces) == "refused"


class TestWithdrawing:
    def test_takes_back_what_was_permitted(self, training):
        record_event(KEY, training, State.GIVEN, by=None)
        withdraw(subject_of(KEY), training)
        assert standing(training) == "withdrawn"
        assert ConsentImport.objects.first().kind == "link"

    def test_costs_at_most_ten_queries(self, training):
        record_event(KEY, training, State.GIVEN, by=None)
        person = subject_of(KEY)
        with CaptureQueriesContext(connection) as captured:
            withdraw(person, training)
        asked = [query["sql"] for query in captured if not query["sql"].startswith(CONTROL)]
        assert len(asked) <= 10


class TestTime:
    def test_an_answer_to_come_counts_from_its_day(self, training):
        record_event(KEY, training, State.GIVEN, by=None, occurred_at=clock.now() + timedelta(days=1))
        assert standing(training) == "never_asked"
        with clock.travel_to(clock.now() + timedelta(days=2)):
            assert standing(training) == "permitted"
            apply_due_answers()
            assert standing(training) == "permitted"
        assert not PermissionDue.objects.exists()

    def test_a_yes_lapses_on_its_day(self, training):
        record_event(KEY, training, State.GIVEN, by=None, expires_at=clock.now() + timedelta(days=1))
        assert standing(training) == "permitted"
        with clock.travel_to(clock.now() + timedelta(days=2)):
            assert standing(training) == "expired"

    def test_a_later_yes_outlives_the_end_of_an_earlier_one(self, training):
        record_event(KEY, training, State.GIVEN, by=None, expires_at=clock.now() + timedelta(days=1))
        record_event(KEY, training, State.RENEWED, by=None)
        with clock.travel_to(clock.now() + timedelta(days=2)):
            assert standing(training) == "permitted"

    def test_when_the_clock_goes_back_the_answers_are_asked(self, training):
        record_event(KEY, training, State.GIVEN, by=None, expires_at=clock.now() + timedelta(days=1))
        with clock.travel_to(clock.now() + timedelta(days=2)):
            assert standing(training) == "expired"
            apply_due_answers()
            assert standing(training) == "expired"
        assert standing(training) == "permitted"
        assert Screening.objects.first().from_ledger

    def test_a_person_recorded_after_time_went_on_counts_as_of_then(self, training):
        record_event(KEY, training, State.GIVEN, by=None, expires_at=clock.now() + timedelta(days=1))
        with clock.travel_to(clock.now() + timedelta(days=2)):
            apply_due_answers()
        settled = AnsweredUse.objects.get(use=training).applied_until
        record_event(KEY, training, State.RENEWED, by=None, expires_at=clock.now() + timedelta(hours=1))
        assert AnsweredUse.objects.get(use=training).applied_until == settled
        with clock.travel_to(settled + timedelta(seconds=1)):
            assert standing(training) == "expired"
