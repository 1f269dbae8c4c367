"""The role that the running portal connects as can do all that answers need, and cannot change them."""

import io

import pytest
from django.db import ProgrammingError, connection, transaction

from apps.consents.cohorts import import_members
from apps.consents.forgetting import forget_subject, rotate_key
from apps.consents.models import Screening, State
from apps.consents.rebuilding import rebuild_permissions
from apps.consents.recording import record_event, subject_of, withdraw
from apps.consents.screening import exclusions, screen
from apps.ledger.grants import grant_app_role
from apps.taxonomy.models import DataUse

pytestmark = pytest.mark.service


@pytest.fixture
def _as_app(db, settings):
    settings.DATABASE_APP_ROLE = f"consents_app_of_{connection.settings_dict['NAME']}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE ROLE "{settings.DATABASE_APP_ROLE}"')
        grant_app_role()
        cursor.execute(f'SET LOCAL ROLE "{settings.DATABASE_APP_ROLE}"')


@pytest.mark.usefixtures("_as_app")
class TestAppRole:
    @pytest.mark.parametrize("bulk", [0, 1000])
    def test_does_all_that_answers_need(self, load, settings, monkeypatch, bulk):
        monkeypatch.setattr("apps.consents.importing.BULK", bulk)
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
        forget_subject(subject_of("ben"))

    @pytest.mark.parametrize("table", ["consents_consentevent", "consents_cohortchunk"])
    @pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET id = id"])
    def test_has_no_right_to_change_what_was_answered(self, table, change):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(change.format(table))
