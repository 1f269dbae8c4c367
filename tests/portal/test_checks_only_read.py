"""A check reads and writes nothing, also where the moment of an answer has come that no task has seen to yet."""

from datetime import timedelta

import pytest
from django.db import InternalError, connection, transaction
from django.utils import timezone

from apps.consents.ledger.recording import record_event
from apps.consents.models import DataSubject, PermissionDue, State
from apps.consents.people.record import consent_record
from apps.consents.sets.outcomes import holdings
from apps.core import clock
from apps.findings.models import checked_models, evaluate_all
from apps.taxonomy.models import DataUse

pytestmark = [pytest.mark.django_db, pytest.mark.world("demo")]
WEEK = timedelta(days=7)


@pytest.fixture
def a_week_later():
    """A member of the demo's photos, whose new answer has begun and lapsed by then."""
    subject, use = DataSubject.objects.order_by("pk").first(), DataUse.objects.get(key="marketing")
    now = timezone.now()
    begins, lapses = now + timedelta(days=1), now + timedelta(days=2)
    record_event(subject, use, State.GIVEN, by=None, occurred_at=begins, expires_at=lapses)
    with clock.travel_to(now + WEEK):
        assert PermissionDue.objects.filter(at__lte=clock.now()).count() == 2
        yield subject


@pytest.fixture
def read_only(a_week_later):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        yield
        transaction.set_rollback(True)


def test_a_transaction_that_only_reads_refuses_the_rest(read_only):
    with pytest.raises(InternalError, match="read-only"), transaction.atomic():
        PermissionDue.objects.all().delete()


def test_the_checks_of_every_record(read_only):
    asked = {model.__name__: evaluate_all(list(model._base_manager.all())) for model in checked_models()}
    assert all(asked.values())


def test_what_is_held_and_what_one_person_said(a_week_later, read_only):
    assert holdings().as_of == pytest.approx(clock.now(), abs=timedelta(minutes=1))
    [purpose] = [p for p in consent_record(a_week_later).purposes if p.use.key == "marketing"]
    assert (purpose.outcome.key, purpose.is_permitted) == ("expired", False)
