"""Whatever people said, in whatever order it came in: the sets, the answers and the plain model agree."""

import io
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.consents.intake import importing
from apps.consents.ledger import writer
from apps.consents.ledger.recording import record_event, subject_of
from apps.consents.models import NEVER_ASKED, Outcome, Screening, State
from apps.consents.screening.cohorts import keep_cohort
from apps.consents.screening.counting import count_in_detail
from apps.consents.sets import bitmaps
from apps.consents.sets.applying import apply_due
from apps.consents.sets.outcomes import outcomes_of
from apps.consents.sets.rebuilding import rebuild_permissions
from apps.core import clock
from apps.taxonomy.models import DataUse
from tests.consents.conftest import csv_of, set_of
from tests.consents.plain import Said, stands

EXAMPLES = int(os.environ.get("CONSENT_EXAMPLES", "25"))
START = datetime(2026, 3, 30, 12, tzinfo=UTC)
PEOPLE = ["anna@example.org", "ben", "cleo"]
# Some are asked separately, or lie below a use that is.
USES = [
    "train_ai_system",
    "train_ai_system.face_recognition",
    "third_party_sharing",
    "third_party_sharing.third_party",
    "analytics",
    "analytics.reporting",
    "analytics.reporting.ad_performance",
]
COLUMNS = "subject,use,state,occurred_at,expires_at"

hours = st.integers(-5, 5).map(lambda count: START + timedelta(hours=count))
answers = st.tuples(
    st.sampled_from(PEOPLE), st.sampled_from(USES), st.sampled_from(State), hours, st.none() | st.integers(1, 6)
)
batch = st.tuples(
    st.lists(answers, min_size=1, max_size=8, unique_by=lambda row: row[:4]),
    st.sampled_from(["file", "large file", "large file about few", "one by one"]),
)


def load(rows, how):
    if how == "one by one":
        for person, use, state, occurred, expires in rows:
            uses = DataUse.objects.get(key=use)
            record_event(person, uses, state, by=None, occurred_at=occurred, expires_at=_later(occurred, expires))
        return
    lines = [
        ",".join([person, use, state.key, occurred.isoformat(), _text(_later(occurred, expires))])
        for person, use, state, occurred, expires in rows
    ]
    bulk, few = (1000 if how == "file" else 0), (0 if how.endswith("few") else writer.FEW)
    # Many sets are written in another way than few.
    with (
        patch.object(importing, "BULK", bulk),
        patch.object(writer, "FEW", few),
        patch.object(bitmaps, "FEW_ROWS", 1000 if how == "file" else 0),
    ):
        result = importing.import_consents(io.BytesIO(csv_of(*lines, header=COLUMNS)), file_name="answers.csv")
    assert result.ok, result.problems


def _text(moment):
    return moment.isoformat() if moment else ""


def _later(occurred, expires):
    return occurred + timedelta(hours=expires) if expires else None


def expected(said, people, asked_separately, **dates):
    """{use: {outcome: people}} by the plain model, for every use there is."""
    found = {}
    for use in DataUse.objects.values_list("key", flat=True):
        outcomes = Counter(stands(said, person, use, asked_separately, **dates) for person in people)
        found[use] = {
            **{outcome.key: outcomes[outcome] for outcome in Outcome},
            NEVER_ASKED: outcomes[None],
        }
    return found


def counted(cohort, occurred_by, known_by, *, from_ledger):
    needs = list(DataUse.objects.values_list("key", flat=True))
    screening = Screening(
        cohort=cohort,
        basis=Screening.Basis.OPT_IN,
        needs=needs,
        occurred_by=occurred_by,
        known_by=known_by,
        from_ledger=from_ledger,
    )
    return count_in_detail(screening).counts


def cohort_of(people):
    return keep_cohort("All", set_of(subject_of(person).pk for person in people), by=None)


def one_by_one(people):
    """{use: {outcome: people}} by where each person stands, without those who were never asked."""
    uses = DataUse.objects.in_bulk()
    found = {use.key: Counter() for use in uses.values()}
    for person in people:
        for use, outcome in outcomes_of(subject_of(person)).items():
            found[uses[use].key][outcome.key] += 1
    return found


def asked_in(counts):
    return {key: {name: n for name, n in of_use.items() if n and name != NEVER_ASKED} for key, of_use in counts.items()}


@pytest.mark.django_db
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(batch, min_size=1, max_size=4), later=st.integers(-7, 7), known=st.integers(-1, 4))
def test_sets_answers_and_the_plain_model_agree(batches, later, known):
    with transaction.atomic():
        _check(batches, later, known)
        transaction.set_rollback(True)


def _check(batches, later, known):
    asked_separately = DataUse.objects.asked_separately()
    said = []
    for number, (rows, how) in enumerate(batches):
        recorded = START + timedelta(minutes=number)
        with clock.travel_to(recorded):
            load(rows, how)
        said += [Said(p, use, state, at, _later(at, expires), recorded) for p, use, state, at, expires in rows]
    people = sorted({answer.person for answer in said})
    cohort = cohort_of(people)
    now = START + timedelta(minutes=len(batches))
    for moment in (now, now + timedelta(hours=2), now + timedelta(hours=12)):
        with clock.travel_to(moment):
            right = expected(said, people, asked_separately, occurred_by=moment, known_by=moment)
            # What is due and not in the sets yet is read beside them.
            assert counted(cohort, moment, moment, from_ledger=False) == right
            assert one_by_one(people) == asked_in(right)
            assert apply_due(moment)
            assert counted(cohort, moment, moment, from_ledger=False) == right
            assert rebuild_permissions(verify=True).ok
    dates = {
        "occurred_by": START + timedelta(hours=later, minutes=30),
        "known_by": START + timedelta(minutes=known, seconds=30),
    }
    assert counted(cohort, **dates, from_ledger=True) == expected(said, people, asked_separately, **dates)
