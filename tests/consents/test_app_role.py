"""The role that the running portal connects as can do all that answers need, and cannot change them."""

import io

import pytest
from django.db import ProgrammingError, connection, transaction

from apps.consents.ledger.recording import record_event, subject_of, withdraw
from apps.consents.models import Screening, State
from apps.consents.people.forgetting import rotate_key
from apps.consents.screening.cohorts import import_members
from apps.consents.screening.running import exclusions, screen
from apps.consents.sets.rebuilding import rebuild_permissions
from apps.taxonomy.models import DataUse
from tests.factories import forget_person

pytestmark = pytest.mark.service


@pytest.mark.usefixtures("as_portal")
class TestAppRole:
    @pytest.mark.parametrize("bulk", [0, 1000])
    def test_does_all_that_answers_need(self, load, settings, monkeypatch, privacy, bulk):
        monkeypatch.setattr("apps.consents.intake.importing.BULK", bulk)
        analytics = DataUse.objects.get(key="analytics")
        assert load("anna,analytics,given,2026-03-30", "ben,analytics,given,2026-03-30").ok
        record_event("cleo", analytics, State.GIVEN, by=None)
        withdraw(subject_of("anna"), analytics)
        cohort = import_members(io.BytesIO(b"anna\nben\ncleo"), name="All").made
        screening = screen(cohort, ["analytics"], Screening.Basis.OPT_IN, by=None)
        assert (screening.permitted, len(list(exclusions(screening)))) == (2, 1)
        assert rebuild_permissions(verify=True).ok
        settings.CONSENT_KEYS = [*settings.CONSENT_KEYS, "n" * 40]
        assert rotate_key() == 3
        forget_person(subject_of("ben"), privacy)

    @pytest.mark.parametrize("table", ["consents_consentevent", "consents_cohortchunk"])
    @pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET id = id"])
    def test_has_no_right_to_change_what_was_answered(self, table, change):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(change.format(table))
