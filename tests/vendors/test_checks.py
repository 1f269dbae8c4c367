from datetime import timedelta

import pytest

from apps.core import clock
from apps.core.exceptions import Blocked
from apps.findings.models import Requirement, evaluate
from tests.factories import (
    make_agreement,
    make_due_diligence,
    make_interest,
    make_organisation,
    make_person,
    make_stake,
    make_vendor,
)


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


def ownership(vendor):
    return found(vendor).get("HOUSE-24")


class TestOwnershipKnown:
    @pytest.fixture
    def vendor(self, ours):
        return make_vendor(ownership_rest=None, risk_tier="high")

    def test_what_is_not_recorded_is_unknown(self, vendor):
        result = ownership(vendor)
        assert result.fact == "Who owns Cloudy is not recorded, so unknown."
        assert result.unknown

    @pytest.mark.parametrize(
        ("shares", "known"), [([100], True), ([60], False), ([60, 40], True), ([(75, 100)], False), ([None], False)]
    )
    def test_less_than_everything_is_unknown(self, vendor, shares, known):
        for number, share in enumerate(shares):
            make_interest(make_person(f"Owner {number}"), vendor, share)
        assert (ownership(vendor) is None) == known

    def test_an_owner_of_whom_nothing_is_known_explains_nothing(self, vendor):
        holding = make_organisation("Holding")
        make_interest(holding, vendor, 100)
        assert ownership(vendor).fact == "Who owns Cloudy is recorded in part, so the rest is unknown."
        make_interest(make_person("Owner"), holding, 100)
        assert ownership(vendor) is None

    def test_companies_that_hold_each_other_explain_nothing(self, vendor):
        ring = make_organisation("Ring")
        make_interest(ring, vendor, 100)
        make_interest(vendor, ring, 100)
        assert ownership(vendor) is not None

    @pytest.mark.parametrize("kind", ["anonymousPerson", "unknownPerson"])
    def test_somebody_without_a_name_explains_nothing(self, vendor, kind):
        make_interest(make_person("", kind=kind), vendor, 100)
        assert ownership(vendor) is not None

    @pytest.mark.parametrize("fields", [{"listed": True}, {"diversified": True}, {"kind": "state"}])
    def test_nobody_needs_to_look_behind_what_is_public(self, vendor, fields):
        make_interest(make_organisation("Public", **fields), vendor, 100)
        assert ownership(vendor) is None

    def test_what_nobody_looked_at_for_a_year_is_unknown(self, vendor):
        make_interest(make_person("Owner"), vendor, 100)
        with clock.travel_to(clock.now() + timedelta(days=366)):
            assert "was to be looked at again by" in ownership(vendor).fact

    def test_how_much_is_explained_is_for_those_who_see_interests(self, vendor):
        make_interest(make_person("Owner"), vendor, 12)
        assert "12 %" in ownership(vendor).confidential
        assert "12" not in ownership(vendor).fact + ownership(vendor).detail

    @pytest.mark.parametrize(
        ("above", "stopped"), [("medium", ["high"]), ("low", ["high", "medium"]), ("none", ["high", "low", "medium"])]
    )
    def test_stops_above_the_tier_that_legal_sets(self, vendor, above, stopped, legal, sign_in):
        """High risk alone from the start; more tiers make the rule stricter, which legal may do alone."""
        rule = Requirement.objects.get(code="HOUSE-24")
        page = sign_in(legal).get(f"{rule.get_absolute_url()}edit/")
        form = page.context["form"]
        sent = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        sent |= {"above_tier": above, "revision": rule.revision}
        sign_in(legal).post(f"{rule.get_absolute_url()}edit/", {k: v for k, v in sent.items() if v is not None})
        tiers = []
        for tier in ("high", "low", "medium"):
            vendor.risk_tier = tier
            vendor.save()
            tiers += [tier] * any(o.requirement.code == "HOUSE-24" for o in vendor.objections_to("approve"))
        assert tiers == stopped


class TestConfirmOwnership:
    @pytest.fixture
    def vendor(self, ours, engineer):
        return make_vendor(ownership_rest=None, owner=engineer, status="in_review")

    def confirm(self, client, vendor, **fields):
        sent = {"note": "Read the register.", "rest": "Many small holders", **fields}
        return client.post(f"{vendor.get_absolute_url()}do/confirm_ownership/", sent)

    def test_says_who_holds_the_rest_for_a_year(self, vendor, privacy, sign_in):
        self.confirm(sign_in(privacy), vendor)
        assert (ownership(vendor), vendor.history.latest().status) == (None, "in_review")
        with clock.travel_to(clock.now() + timedelta(days=366)):
            assert "was to be looked at again by" in ownership(vendor).fact

    def test_is_not_for_long(self, vendor, legal, sign_in):
        day = clock.today() + timedelta(days=366)
        assert self.confirm(sign_in(legal), vendor, due_on=day.isoformat()).status_code == 422

    def test_is_neither_for_the_owner_nor_for_whoever_has_an_interest(self, vendor, engineer, legal, sign_in):
        make_stake(legal, vendor, 1)
        for user in (engineer, legal):
            assert self.confirm(sign_in(user), vendor).status_code == 403

    def test_keeps_its_words_from_those_who_see_no_interests(self, vendor, legal, requester, sign_in):
        self.confirm(sign_in(legal), vendor)
        history = f"{vendor.get_absolute_url()}history/"
        assert "Many small holders" in sign_in(legal).get(history).text
        assert "Many small holders" not in sign_in(requester).get(history).text


def test_the_sheet_of_a_request_says_unknown_where_a_conflict_would_stand(requester, legal, tickets, ours, sign_in):
    """Never that nobody has an interest, and never as an objection that was not found."""
    vendor = make_vendor(ownership_rest=None, risk_tier="high")
    agreement = make_agreement(requester, vendor, [tickets], sponsor=requester)
    agreement.submit(by=requester)
    page = sign_in(legal).get(f"{agreement.get_absolute_url()}review/").text
    assert "Who owns Cloudy is not recorded, so unknown." in page
    assert "is on record" not in page
    assert "No objection found" not in page
    with pytest.raises(Blocked):
        agreement.review.vote(by=legal, role="Legal", verdict="approve")
    unasked = {one.requirement.code for one in agreement.evaluation_for(legal).unasked}
    assert {"OKC-4", "HOUSE-1"} <= unasked
