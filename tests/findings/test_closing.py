"""Findings that people close: with whom, for how long, and what that excuses."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.core import clock
from apps.core.exceptions import Blocked, Conflict
from apps.findings.models import Finding, reconcile
from tests.factories import make_change, make_dataset, make_role, make_stake, suspend

WHY = "Assessed in DPIA 12"


def in_days(days):
    return clock.today() + timedelta(days=days)


@pytest.fixture
def faces(engineer):
    dataset = make_dataset(engineer, categories=("user.content.self_image", "user.location.precise"))
    reconcile(dataset)
    return dataset


@pytest.fixture
def high(faces):
    return Finding.objects.get(requirement__code="HOUSE-3")


@pytest.fixture
def medium(faces):
    return Finding.objects.get(requirement__code="HOUSE-7")


class TestMedium:
    @pytest.mark.parametrize("name", ["legal", "privacy"])
    def test_is_accepted_by_one_side(self, medium, cast, name):
        medium.accept(by=cast[name], note=WHY, until=in_days(30))
        assert (medium.status, medium.is_excused) == ("accepted", True)

    @pytest.mark.parametrize("days", [None, -1, 0, 181, 3650])
    def test_for_no_longer_than_180_days_and_not_into_the_past(self, medium, legal, days):
        with pytest.raises(ValidationError, match="within the next 180 days"):
            medium.accept(by=legal, note=WHY, until=None if days is None else in_days(days))

    @pytest.mark.parametrize("days", [1, 180])
    def test_for_up_to_180_days(self, medium, legal, days):
        medium.accept(by=legal, note=WHY, until=in_days(days))
        assert medium.accepted_until == in_days(days)

    @pytest.mark.parametrize("step", ["accept", "cover", "dismiss"])
    def test_needs_a_reason(self, medium, legal, step):
        with pytest.raises(ValidationError, match="Give the reason"):
            getattr(medium, step)(by=legal, note=" ")

    @pytest.mark.parametrize(("step", "status"), [("cover", "covered"), ("dismiss", "not_applicable")])
    def test_is_closed_for_good_by_one_side(self, medium, legal, faces, step, status):
        getattr(medium, step)(by=legal, note=WHY)
        reconcile(faces)
        stored = Finding.objects.get(pk=medium.pk)
        assert (stored.status, stored.is_excused) == (status, True)


class TestAboveMedium:
    @pytest.mark.parametrize("step", ["accept", "cover", "dismiss"])
    def test_nobody_closes_it_alone(self, high, legal, step):
        extra = {"until": in_days(30)} if step == "accept" else {}
        with pytest.raises(ValidationError, match="legal and privacy close a finding together"):
            getattr(high, step)(by=legal, note=WHY, **extra)

    @pytest.mark.parametrize(("first", "second"), [("legal", "privacy"), ("privacy", "legal")])
    def test_the_other_side_confirms(self, high, cast, first, second):
        high.propose(by=cast[first], note=WHY, proposal="accepted", until=in_days(30))
        assert not high.is_excused
        high.accept(by=cast[second], note="Agreed")
        assert (high.status, high.accepted_until) == ("accepted", in_days(30))

    @pytest.mark.parametrize("name", ["legal", "second_lawyer"])
    def test_the_same_side_cannot_confirm(self, high, legal, cast, name):
        high.propose(by=legal, note=WHY, proposal="accepted", until=in_days(30))
        with pytest.raises(PermissionDenied, match="other side"):
            high.accept(by=cast[name], note="Agreed")

    def test_one_human_is_not_both_sides(self, high, legal):
        both = make_role(legal, "Privacy")
        high.propose(by=both, note=WHY, proposal="accepted", until=in_days(30))
        with pytest.raises(PermissionDenied):
            high.accept(by=both, note="Agreed")

    def test_what_was_proposed_is_what_is_confirmed(self, high, legal, privacy):
        high.propose(by=legal, note=WHY, proposal="covered")
        with pytest.raises(ValidationError, match="What was proposed is: Covered elsewhere"):
            high.accept(by=privacy, note="Agreed", until=in_days(30))

    def test_the_date_is_the_one_proposed(self, high, legal, privacy):
        high.propose(by=legal, note=WHY, proposal="accepted", until=in_days(30))
        high.accept(by=privacy, note="Agreed", until=in_days(170))
        assert high.accepted_until == in_days(30)

    def test_a_proposal_that_waited_too_long_is_not_confirmed(self, high, legal, privacy):
        high.propose(by=legal, note=WHY, proposal="accepted", until=in_days(10))
        with clock.travel_to(clock.now() + timedelta(days=20)), pytest.raises(ValidationError):
            high.accept(by=privacy, note="Agreed")

    @pytest.mark.parametrize("proposal", ["open", "resolved", "acknowledged", "", "nonsense"])
    def test_only_a_way_of_closing_is_proposed(self, high, legal, proposal):
        with pytest.raises(ValidationError, match="how the finding should be closed"):
            high.propose(by=legal, note=WHY, proposal=proposal)

    def test_a_proposal_can_be_turned_down(self, high, legal, privacy):
        high.propose(by=legal, note=WHY, proposal="covered")
        high.reopen(by=privacy, note="Nothing covers it")
        stored = Finding.objects.get(pk=high.pk)
        assert (stored.status, stored.proposal, stored.proposed_by) == ("open", "", None)


class TestAcceptedUntil:
    @pytest.fixture
    def accepted(self, medium, legal):
        medium.accept(by=legal, note=WHY, until=in_days(30))
        return medium

    @pytest.mark.parametrize(("days", "excused"), [(29, True), (30, True), (31, False)])
    def test_excuses_through_the_last_day(self, accepted, days, excused):
        with clock.travel_to(clock.now() + timedelta(days=days)):
            assert accepted.is_excused == excused

    def test_opens_again_afterwards(self, accepted, faces):
        with clock.travel_to(clock.now() + timedelta(days=31)):
            reconcile(faces)
        stored = Finding.objects.get(pk=accepted.pk)
        assert (stored.status, stored.accepted_until) == ("open", None)


class TestUnacceptable:
    """Rules that no human closes: the fact itself has to change."""

    @pytest.fixture
    def finding(self, case):
        return Finding.objects.get(requirement__code="OKC-4")

    @pytest.mark.parametrize("proposal", ["accepted", "covered", "not_applicable"])
    def test_is_not_even_proposed(self, finding, legal, proposal):
        with pytest.raises(ValidationError, match="cannot close a finding of this rule"):
            finding.propose(by=legal, note=WHY, proposal=proposal, until=in_days(30))

    @pytest.mark.parametrize("step", ["accept", "cover", "dismiss"])
    def test_is_not_closed(self, finding, legal, step):
        with pytest.raises(ValidationError):
            getattr(finding, step)(by=legal, note=WHY)
        assert Finding.objects.get(pk=finding.pk).status == "open"


class TestWhoIsBarred:
    def test_does_not_close_findings_about_what_profits_them(self, case, legal):
        finding = Finding.objects.about(case).get(requirement__code="HOUSE-4")
        make_stake(legal, case.counterparty)
        with pytest.raises(PermissionDenied):
            Finding.objects.get(pk=finding.pk).accept(by=legal, note=WHY, until=in_days(30))

    def test_does_not_as_the_sponsor_of_the_request(self, support, requester, legal):
        support.sponsor, support.ends_on = legal, None
        support.save()
        support.submit(by=requester)
        with pytest.raises(PermissionDenied):
            Finding.objects.about(support).get().accept(by=legal, note=WHY, until=in_days(30))


class TestWhatItStops:
    @pytest.fixture
    def endless(self, support, requester):
        """A request that nothing speaks against but that it has no end date (HOUSE-4, medium)."""
        support.ends_on = None
        support.save()
        support.submit(by=requester)
        return support

    def vote(self, agreement, legal):
        return agreement.review.vote(by=legal, role="Legal", verdict="approve")

    def test_an_adopted_rule_stops_the_step_it_names(self, endless, legal):
        with pytest.raises(Blocked) as blocked:
            self.vote(endless, legal)
        assert blocked.value.facts == ["No end date is set."]

    def test_a_proposed_rule_only_asks(self, endless, legal):
        rule = Finding.objects.get().requirement
        suspend(rule)
        assert self.vote(endless, legal).verdict == "approve"
        assert Finding.objects.open().exists()

    def test_an_accepted_finding_does_not_stop_it(self, endless, legal):
        Finding.objects.get().accept(by=legal, note=WHY, until=in_days(30))
        assert self.vote(endless, legal)

    def test_one_accepted_until_a_past_date_stops_it_again(self, endless, legal):
        Finding.objects.get().accept(by=legal, note=WHY, until=in_days(30))
        with clock.travel_to(clock.now() + timedelta(days=31)), pytest.raises(Blocked):
            self.vote(endless, legal)

    def test_one_that_waits_for_the_other_side_stops_it(self, endless, legal):
        Finding.objects.get().propose(by=legal, note=WHY, proposal="accepted", until=in_days(30))
        with pytest.raises(Blocked):
            self.vote(endless, legal)

    def test_a_retired_rule_is_not_asked(self, endless, legal):
        rule = Finding.objects.get().requirement
        rule.house = False  # house rules are always asked
        rule.save()
        make_change(suspend(rule), "retire")
        assert self.vote(endless, legal)


@pytest.mark.parametrize("step", ["resolve", "return_to_open"])
def test_people_take_no_step_of_the_system(medium, cast, step):
    for user in cast.values():
        with pytest.raises((PermissionDenied, Conflict)):
            getattr(medium, step)(by=user, note="x")


def test_findings_are_never_deleted(medium):
    with pytest.raises(Conflict, match="never deleted"):
        medium.delete()
    with pytest.raises(TypeError):
        Finding.objects.all().delete()
