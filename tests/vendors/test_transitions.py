from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.core import clock
from apps.core.exceptions import Conflict
from apps.vendors.models import APPROVAL_LASTS, Organisation
from apps.workflow.models import Decision
from tests.factories import make_organisation, make_ourselves, make_stake


@pytest.fixture
def approved(requester, legal, privacy):
    """A vendor that came through a review."""
    vendor = make_organisation()
    vendor.propose(by=requester)
    vendor.submit(by=requester)
    vendor.review.vote(by=legal, role="Legal", verdict="approve")
    vendor.review.vote(by=privacy, role="Privacy", verdict="approve")
    vendor.refresh_from_db()
    return vendor


class TestPropose:
    def test_makes_the_proposer_its_owner(self, requester):
        vendor = make_organisation()
        vendor.propose(by=requester)
        assert (vendor.status, vendor.owner) == ("proposed", requester)

    def test_leaves_an_owner_that_is_named(self, requester, engineer):
        vendor = make_organisation(owner=engineer)
        vendor.propose(by=requester)
        assert vendor.owner == engineer

    def test_is_not_for_our_own_group(self, requester):
        with pytest.raises(ValidationError, match="our own group"):
            make_ourselves().propose(by=requester)


class TestSubmit:
    @pytest.mark.parametrize("field", ["purpose", "jurisdiction", "risk_tier"])
    def test_needs_what_reviewers_have_to_know(self, requester, field):
        vendor = make_organisation(**{field: ""})
        vendor.propose(by=requester)
        with pytest.raises(ValidationError) as refusal:
            vendor.submit(by=requester)
        assert set(refusal.value.message_dict) == {field}


class TestApproval:
    def test_lasts_a_year(self, approved):
        assert approved.approved_until == clock.today() + APPROVAL_LASTS
        assert approved.is_approved_on(approved.approved_until)
        assert not approved.is_approved_on(approved.approved_until + timedelta(days=1))

    def test_is_not_decided_by_the_owner(self, legal):
        vendor = make_organisation()
        vendor.propose(by=legal)
        vendor.submit(by=legal)
        with pytest.raises(PermissionDenied, match="You look after this vendor"):
            vendor.review.vote(by=legal, role="Legal", verdict="approve")

    def test_is_not_decided_by_who_profits(self, requester, legal):
        vendor = make_organisation()
        vendor.propose(by=requester)
        vendor.submit(by=requester)
        make_stake(legal, vendor)
        with pytest.raises(PermissionDenied, match="may not take part"):
            vendor.review.vote(by=legal, role="Legal", verdict="approve")

    def test_cannot_be_without_an_end(self, approved):
        approved.approved_until = None
        with pytest.raises(Exception, match="approved_vendor_has_end_date"):
            approved.save()


class TestLapse:
    def test_happens_after_the_last_day(self, approved):
        with clock.travel_to(clock.now() + APPROVAL_LASTS + timedelta(days=1)):
            approved.lapse(by=None)
        assert approved.status == "lapsed"
        assert not approved.is_approved_on(clock.today())

    def test_not_before(self, approved):
        with clock.travel_to(clock.now() + APPROVAL_LASTS), pytest.raises(Conflict, match="not run out"):
            approved.lapse(by=None)

    def test_is_harmless_twice(self, approved):
        with clock.travel_to(clock.now() + timedelta(days=400)):
            approved.lapse(by=None)
            with pytest.raises(Conflict):
                approved.lapse(by=None)

    def test_is_found_by_the_day(self, approved):
        day = approved.approved_until
        assert list(Organisation.objects.lapsing(day)) == []
        assert list(Organisation.objects.lapsing(day + timedelta(days=1))) == [approved]

    def test_is_undone_by_a_new_review_only(self, approved, requester):
        with clock.travel_to(clock.now() + timedelta(days=400)):
            approved.lapse(by=None)
            approved.submit(by=requester)
        assert (approved.status, approved.review.number) == ("in_review", 2)


class TestRevise:
    def test_takes_the_approval_back(self, approved, requester):
        approved.revise(by=requester)
        assert (approved.status, approved.approved_until, approved.review.status) == ("proposed", None, "void")


class TestSuspend:
    def test_and_resume_need_a_reason(self, approved, legal):
        with pytest.raises(ValidationError):
            approved.suspend(by=legal)
        approved.suspend(by=legal, note="A leak")
        assert not approved.is_approved_on(clock.today())
        with pytest.raises(ValidationError):
            approved.resume(by=legal)
        approved.resume(by=legal, note="Mended")
        assert approved.is_approved_on(clock.today())

    def test_a_vendor_changed_meanwhile_is_not_resumed(self, approved, legal):
        approved.suspend(by=legal, note="A leak")
        approved.jurisdiction = "US"
        approved.save()
        with pytest.raises(Conflict, match="not what was approved"):
            approved.resume(by=legal, note="Mended")

    def test_who_profits_does_not_resume_it(self, approved, legal):
        approved.suspend(by=legal, note="A leak")
        make_stake(legal, approved)
        with pytest.raises(PermissionDenied):
            approved.resume(by=legal, note="Mended")


class TestOffboard:
    def test_takes_two_steps_with_reasons(self, approved, legal):
        approved.offboard(by=legal, note="Replaced")
        approved.finish_offboarding(by=legal, note="All deleted")
        assert approved.status == "offboarded"
        steps = Decision.objects.about(approved).made().order_by("pk").values_list("transition", flat=True)
        assert list(steps) == ["propose", "submit", "approve", "offboard", "finish_offboarding"]

    def test_ends_everything(self, approved, legal):
        approved.offboard(by=legal, note="Replaced")
        approved.finish_offboarding(by=legal, note="All deleted")
        assert [step.name for step in approved.transitions_for(legal)] == ["confirm_ownership"]
