from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.core import clock
from apps.core.exceptions import Conflict
from apps.workflow.models import Ask, Condition
from tests.factories import make_stake

SIGNATURE = {"signatories": "x & y", "document_sha256": "a" * 64}


@pytest.fixture
def signed(in_review, legal, privacy):
    """A signed agreement with one condition before activation and one obligation after it."""
    asks = [Ask("SOC 2 report"), Ask("Delete the backups", clock.today() + timedelta(days=90))]
    in_review.review.vote(by=legal, role="Legal", verdict="approve_with_conditions", conditions=asks)
    in_review.review.vote(by=privacy, role="Privacy", verdict="approve")
    in_review.sign(by=legal, signed_on=clock.today(), **SIGNATURE)
    return in_review


@pytest.fixture
def condition(signed):
    return Condition.objects.get(due_on=None)


class TestConditions:
    def test_before_activation_stop_it(self, signed, legal):
        with pytest.raises(Conflict, match="SOC 2 report"):
            signed.activate(by=legal)
        signed.refresh_from_db()
        assert signed.status == "signed"

    def test_that_are_met_no_longer_stop_it(self, signed, condition, legal):
        condition.meet(by=legal, evidence="Report of May")
        signed.activate(by=legal)
        assert signed.status == "active"

    def test_after_activation_do_not_stop_it(self, signed, condition):
        obligation = Condition.objects.exclude(due_on=None).get()
        assert obligation not in signed.review.conditions_before_activation()

    def test_of_a_verdict_taken_back_no_longer_stop_it(self, in_review, legal, privacy):
        in_review.review.vote(
            by=legal, role="Legal", verdict="approve_with_conditions", conditions=[Ask("SOC 2 report")]
        )
        in_review.review.vote(by=legal, role="Legal", verdict="approve")
        in_review.review.vote(by=privacy, role="Privacy", verdict="approve")
        assert not in_review.review.conditions_before_activation().exists()


class TestMeet:
    def test_records_who_and_how(self, condition, legal):
        condition.meet(by=legal, evidence="Report of May")
        stored = Condition.objects.get(pk=condition.pk)
        assert (stored.met_by, stored.evidence) == (legal, "Report of May")
        assert stored.history.latest().history_user == legal

    def test_is_for_the_role_that_set_it(self, condition, privacy, requester, superuser):
        for user in (privacy, requester, superuser):
            with pytest.raises(PermissionDenied, match="Only the role Legal"):
                condition.meet(by=user, evidence="Seen")

    def test_is_for_nobody_who_is_barred(self, condition, cloudy, legal, second_lawyer):
        make_stake(legal, cloudy)
        with pytest.raises(PermissionDenied):
            Condition.objects.get(pk=condition.pk).meet(by=legal, evidence="Seen")
        Condition.objects.get(pk=condition.pk).meet(by=second_lawyer, evidence="Seen")

    def test_needs_evidence(self, condition, legal):
        with pytest.raises(ValidationError, match="Say how"):
            condition.meet(by=legal, evidence=" ")

    def test_happens_once(self, condition, legal):
        condition.meet(by=legal, evidence="Report of May")
        with pytest.raises(Conflict, match="met already"):
            condition.meet(by=legal, evidence="Report of June")
