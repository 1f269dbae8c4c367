"""What the decorator does for every step, shown on the life of a vendor."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.core.exceptions import Blocked, Conflict
from apps.vendors.models import Organisation
from apps.workflow.models import Decision, transitioned
from tests.factories import make_organisation


@pytest.fixture
def vendor(requester):
    vendor = make_organisation()
    vendor.propose(by=requester)
    return vendor


@pytest.fixture
def heard():
    """What the signal told."""
    told = []

    def listen(instance, decision, **kwargs):
        told.append((instance, decision.transition))

    transitioned.connect(listen)
    yield told
    transitioned.disconnect(listen)


class TestAStepThatIsMade:
    def test_moves_the_status(self, vendor):
        assert Organisation.objects.get().status == "proposed"

    def test_records_who_and_why(self, vendor, legal):
        vendor.submit(by=legal, note="Needed by June")
        decision = Decision.objects.about(vendor).latest("pk")
        assert (decision.transition, decision.from_status, decision.to_status) == ("submit", "proposed", "in_review")
        assert (decision.by, decision.by_name, decision.note, decision.refusal) == (
            legal,
            "Legal",
            "Needed by June",
            "",
        )

    def test_names_the_actor_in_the_history(self, vendor, legal):
        vendor.submit(by=legal)
        assert vendor.history.latest().history_user == legal

    def test_tells_those_who_listen(self, vendor, legal, heard):
        vendor.submit(by=legal)
        assert heard == [(vendor, "submit")]

    def test_acts_on_what_is_stored_not_on_the_copy_in_hand(self, vendor, legal):
        vendor.name = "Unsaved"
        vendor.submit(by=legal)
        assert Organisation.objects.get().name == "Cloudy"

    def test_cannot_be_made_again_by_a_stale_copy(self, vendor, legal):
        stale = Organisation.objects.get()
        vendor.submit(by=legal)
        with pytest.raises(Conflict):
            stale.submit(by=legal)

    def test_by_the_system_is_recorded_as_such(self, cloudy):
        cloudy.approved_until = cloudy.created_at.date()
        cloudy.approved_until = cloudy.approved_until.replace(year=2020)
        cloudy.save()
        cloudy.lapse(by=None)
        decision = Decision.objects.about(cloudy).get()
        assert (decision.by, decision.by_name) == (None, "System")


class TestAStepThatFails:
    def test_in_its_body_leaves_nothing(self, vendor, legal, heard):
        vendor.purpose = ""
        vendor.save()
        before = vendor.history.count(), Decision.objects.count()
        with pytest.raises(ValidationError):
            vendor.submit(by=legal)
        assert (vendor.history.count(), Decision.objects.count()) == before
        assert Organisation.objects.get().status == "proposed"
        assert heard == []

    def test_in_a_listener_leaves_nothing(self, vendor, legal):
        def fail(**kwargs):
            raise RuntimeError

        before = vendor.history.count(), Decision.objects.count()
        transitioned.connect(fail)
        try:
            with pytest.raises(RuntimeError):
                vendor.submit(by=legal)
        finally:
            transitioned.disconnect(fail)
        assert (vendor.history.count(), Decision.objects.count()) == before
        assert vendor.review is None


class TestARefusal:
    def test_for_want_of_permission_stays_on_the_record(self, vendor, stranger):
        with pytest.raises(PermissionDenied):
            vendor.submit(by=stranger, note="Please")
        decision = Decision.objects.about(vendor).latest("pk")
        assert (decision.transition, decision.from_status, decision.to_status) == ("submit", "proposed", "in_review")
        assert (decision.by, decision.note) == (stranger, "Please")
        assert "Stranger may not take the step" in decision.refusal

    def test_by_rules_stays_on_the_record(self, vendor, legal, monkeypatch):
        def guard(self, step):
            raise Blocked("approval", [("The fact.", lambda user: True)])

        monkeypatch.setattr(Organisation, "guard", guard)
        with pytest.raises(Blocked):
            vendor.submit(by=legal)
        assert Decision.objects.about(vendor).latest("pk").refusal == "Adopted rules object to the approval."

    def test_is_not_among_the_decisions_made(self, vendor, stranger):
        with pytest.raises(PermissionDenied):
            vendor.submit(by=stranger)
        assert [decision.transition for decision in Decision.objects.made()] == ["propose"]

    def test_by_the_status_is_no_attempt_worth_keeping(self, vendor, legal):
        with pytest.raises(Conflict):
            vendor.propose(by=legal)
        assert Decision.objects.count() == 1


class TestNobodyBypasses:
    def test_neither_a_superuser(self, vendor, superuser):
        with pytest.raises(PermissionDenied):
            vendor.submit(by=superuser)

    def test_nor_the_system_where_people_decide(self, vendor):
        with pytest.raises(PermissionDenied):
            vendor.submit(by=None)

    def test_nor_a_deactivated_user(self, vendor, legal):
        legal.is_active = False
        legal.save()
        with pytest.raises(PermissionDenied):
            vendor.submit(by=legal)

    def test_nor_people_where_the_system_decides(self, cloudy, legal):
        with pytest.raises(PermissionDenied):
            cloudy.lapse(by=legal)


class TestTransitionsFor:
    def test_are_those_that_the_rules_open_now(self, vendor, legal, stranger):
        assert [step.name for step in vendor.transitions_for(legal)] == ["submit", "confirm_ownership"]
        assert vendor.transitions_for(stranger) == []

    def test_leave_out_what_a_review_makes(self, vendor, legal):
        vendor.submit(by=legal)
        assert [step.name for step in vendor.transitions_for(legal)] == ["revise", "confirm_ownership"]


class TestEditing:
    def test_is_open_in_draft(self, vendor):
        vendor.require_editable()

    def test_is_closed_in_review(self, vendor, legal):
        vendor.submit(by=legal)
        with pytest.raises(Conflict, match="cannot be edited while it is in review"):
            vendor.require_editable()
