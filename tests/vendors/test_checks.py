from datetime import timedelta

import pytest

from apps.core import clock
from apps.findings.models import evaluate
from tests.factories import make_due_diligence, make_stake, make_vendor


def found(vendor):
    return {outcome.requirement.code: outcome.result for outcome in evaluate(type(vendor).objects.get(pk=vendor.pk))}


class TestInsiderInterest:
    def test_names_the_person_and_hides_the_path(self, lumen, founder):
        result = found(lumen)["HOUSE-5"]
        assert result.fact == "A. Marsh may not take part in decisions about Lumen Vision."
        assert "4.8 % in effect" in result.confidential
        assert result.hidden_from == {founder.pk}

    def test_is_one_for_each_person(self, lumen, legal):
        make_stake(legal, lumen)
        assert len([o for o in evaluate(type(lumen).objects.get(pk=lumen.pk)) if o.requirement.code == "HOUSE-5"]) == 2

    def test_is_not_asked_of_who_is_no_vendor(self, lumen):
        lumen.status = "recorded"
        lumen.save()
        assert "HOUSE-5" not in found(lumen)

    def test_is_silent_where_nobody_profits(self, cloudy):
        make_due_diligence(cloudy)
        assert found(cloudy) == {}


class TestApprovalLapsed:
    @pytest.mark.parametrize(("days", "lapsed"), [(0, False), (300, False), (301, True)])
    def test_counts_from_the_day_after_the_last(self, cloudy, days, lapsed):
        with clock.travel_to(clock.now() + timedelta(days=days)):
            assert ("HOUSE-6" in found(cloudy)) == lapsed

    def test_stays_while_the_vendor_is_lapsed(self, ours):
        assert "HOUSE-6" in found(make_vendor(status="lapsed"))
