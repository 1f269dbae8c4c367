from datetime import timedelta

import pytest

from apps.agreements.models import Agreement
from apps.agreements.tasks import expire_agreements
from apps.core import clock
from apps.vendors.models import Organisation
from apps.vendors.tasks import lapse_vendors
from apps.workflow.models import Decision
from apps.workflow.services import run_system_step
from tests.factories import make_agreement, make_vendor


@pytest.fixture
def ended(requester, cloudy, tickets):
    """An agreement in force on its last day yesterday."""
    yesterday = clock.today() - timedelta(days=1)
    start = yesterday - timedelta(days=30)
    return make_agreement(requester, cloudy, [tickets], status="active", starts_on=start, ends_on=yesterday)


class TestExpireAgreements:
    @pytest.mark.parametrize("status", ["active", "suspended"])
    def test_moves_those_past_their_last_day(self, ended, status):
        ended.status = status
        ended.save()
        assert expire_agreements() == {"moved": 1, "left": 0, "failed": 0}
        ended.refresh_from_db()
        assert ended.status == "expired"
        assert Decision.objects.about(ended).get().by is None

    def test_leaves_those_on_their_last_day(self, ended):
        ended.ends_on = clock.today()
        ended.save()
        assert expire_agreements()["moved"] == 0

    def test_twice_moves_once(self, ended):
        expire_agreements(), expire_agreements()
        assert Decision.objects.about(ended).count() == 1

    def test_leaves_alone_what_cannot_move_any_more(self, ended, legal):
        ended.terminate(by=legal, note="Over")
        assert run_system_step("expire", Agreement.objects.all()) == {"moved": 0, "left": 1, "failed": 0}


class TestLapseVendors:
    @pytest.mark.parametrize(("days", "status"), [(300, "approved"), (301, "lapsed")])
    def test_counts_from_the_day_after_the_last(self, cloudy, days, status):
        with clock.travel_to(clock.now() + timedelta(days=days)):
            lapse_vendors()
        cloudy.refresh_from_db()
        assert cloudy.status == status

    def test_one_that_fails_stops_no_other_and_is_logged_without_names(self, cloudy, monkeypatch, caplog):
        other = make_vendor("Foggy")
        lapse = Organisation.lapse

        def fail_for_cloudy(self, **details):
            if self.name == "Cloudy":
                raise RuntimeError(f"{self} is broken")
            lapse(self, **details)

        monkeypatch.setattr(Organisation, "lapse", fail_for_cloudy)
        with clock.travel_to(clock.now() + timedelta(days=301)):
            assert lapse_vendors() == {"moved": 1, "left": 0, "failed": 1}
        other.refresh_from_db()
        assert other.status == "lapsed"
        assert f"Step “lapse” of organisation no. {cloudy.pk} failed: RuntimeError" in caplog.text
        assert "Cloudy" not in caplog.text
