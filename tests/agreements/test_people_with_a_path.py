"""Whoever has a path of interests neither reads what is said about it nor touches what it rests on, in any role."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.accounts.models import Role, RoleGrant, User
from apps.findings.models import Finding, Requirement, reconcile
from apps.notifications.work import tasks_of
from apps.vendors.forms import OwnInterestForm
from apps.vendors.models import Interest, Person
from apps.workflow.models import Comment, Redaction
from tests.factories import (
    make_approved,
    make_insider,
    make_interest,
    make_person,
    make_relation,
    make_role,
    make_vendor,
)


@pytest.fixture
def founder_lawyer(case, founder):
    """The founder, who became a lawyer long ago."""
    reconcile(case)
    make_role(founder, Role.LEGAL)
    return User.objects.get(pk=founder.pk)


class TestALawyerWhoProfits:
    @pytest.mark.parametrize("step", ["suspend", "retire", "adopt"])
    def test_does_not_touch_the_rules(self, founder_lawyer, legal, step):
        rule = Requirement.objects.get(code="OKC-4")
        assert not founder_lawyer.has_perm(f"findings.{step}_requirement", rule)
        assert legal.has_perm(f"findings.{step}_requirement", rule)

    def test_does_not_end_an_interest_on_the_own_path(self, founder_lawyer, legal):
        fund_in_lumen = Interest.objects.get(organisation__name="Lumen Vision")
        assert not founder_lawyer.has_perm("vendors.change_interest", fund_in_lumen)
        assert legal.has_perm("vendors.change_interest", fund_in_lumen)

    def test_does_not_see_redactions(self, founder_lawyer, case, legal):
        finding = Finding.objects.filter(requirement__code="OKC-4").first()
        Redaction.request(finding, "fact", by=legal, reason="The person asked.")
        assert not Redaction.objects.visible_to(founder_lawyer).exists()

    def test_does_not_change_the_record_of_a_relative(self, founder_lawyer, founder, legal):
        spouse = make_person("Spouse")
        make_relation(Person.objects.get(user=founder), spouse)
        assert not founder_lawyer.has_perm("vendors.change_person", spouse)
        assert legal.has_perm("vendors.change_person", spouse)


class TestThePages:
    def test_show_no_reasons_of_others(self, case, founder, legal, sign_in):
        case.review.vote(by=legal, role=Role.LEGAL, verdict="abstain", reason="The founder holds a lot.")
        assert "holds a lot" not in sign_in(founder).get(f"/agreements/{case.pk}/review/").content.decode()
        assert "holds a lot" in sign_in(legal).get(f"/agreements/{case.pk}/review/").content.decode()

    def test_show_no_notes_in_the_history(self, case, founder, legal, sign_in):
        case.review.request_changes(by=legal, note="Because of Corona.")
        assert "Because of Corona" not in sign_in(founder).get(f"/agreements/{case.pk}/history/").content.decode()
        assert "Because of Corona" in sign_in(legal).get(f"/agreements/{case.pk}/history/").content.decode()

    def test_hide_what_stands_as_soon_as_an_interest_is_declared(self, case, executive, lumen):
        reconcile(case)
        visible = Finding.objects.filter(requirement__code="HOUSE-1")
        assert visible.visible_to(executive).exists()
        form = OwnInterestForm(
            {"organisation": lumen.pk, "type": "shareholding", "directness": "direct", "share_exact": "5"},
            person=Person.of_user(executive),
        )
        assert form.is_valid(), form.errors
        form.save_by(executive)
        assert not visible.visible_to(executive).exists()


class TestRelatives:
    @pytest.fixture
    def vendor(self, ours):
        return make_vendor("Borealith")

    @pytest.fixture
    def spouse(self, vendor, stranger):
        spouse = make_person("Secret Spouse")
        make_relation(make_insider("Colleague", user=stranger), spouse)
        make_interest(spouse, vendor, 10)
        return spouse

    def test_are_not_named_to_everybody(self, vendor, spouse):
        reconcile(vendor)
        assert not Finding.objects.filter(fact__contains="Secret").exists()
        assert Finding.objects.filter(fact__startswith="Somebody close to one of our people").exists()

    def test_hide_the_finding_from_the_colleague(self, vendor, spouse, stranger):
        reconcile(vendor)
        assert not Finding.objects.filter(requirement__code="HOUSE-5").visible_to(stranger).exists()


class TestOthers:
    def test_read_no_mention_about_what_they_do_not_see(self, case, legal, administrator):
        Comment.write(case, by=legal, body="@administrator, please look.")
        assert tasks_of(administrator) == []

    def test_who_audit_have_no_other_role(self, auditor, legal, administrator):
        for user, role in ((auditor, Role.LEGAL), (legal, Role.AUDITOR)):
            with pytest.raises(ValidationError, match="no other role"):
                RoleGrant.grant(user, role, by=administrator)

    def test_cannot_resume_past_a_rule_that_stops_activation(self, support, requester, legal, cloudy):
        make_approved(support, requester)
        support.status = "suspended"
        support.save()
        cloudy.status, cloudy.approved_until = "suspended", None
        cloudy.save()
        with pytest.raises(Exception, match="Adopted rules object"):
            support.resume(by=legal, note="Again")


def test_a_rule_made_mild_does_not_let_one_side_close_what_was_found(case, legal):
    reconcile(case)
    finding = Finding.objects.get(requirement__code="HOUSE-3", object_id=case.pk)
    finding.requirement.severity = "low"
    finding.requirement.save()
    with pytest.raises((ValidationError, PermissionDenied)):
        finding.dismiss(by=legal, note="Mild now")


def test_a_redacted_finding_stays_redacted(case, legal, privacy):
    reconcile(case)
    finding = Finding.objects.filter(requirement__code="OKC-4").first()
    redaction = Redaction.request(finding, "fact", by=legal, reason="The person asked.")
    redaction.carry_out(by=privacy)
    reconcile(case)
    finding.refresh_from_db()
    assert finding.fact == redaction.tombstone
