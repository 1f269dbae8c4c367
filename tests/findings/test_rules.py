from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command

from apps.core import clock
from apps.core.exceptions import Conflict
from apps.findings.catalogue import CATALOGUE, load_catalogue
from apps.findings.forms import RequirementForm
from apps.findings.models import Finding, Requirement, checked_codes, checked_models, reconcile
from apps.findings.sweep import end_suspensions
from apps.workflow.models import Decision, Proposal
from tests.factories import make_change, suspend

FINDING_STEPS = ("acknowledge", "propose", "accept", "cover", "dismiss", "reopen", "resolve", "return_to_open")

#                       close   rules  confidential
MATRIX = {
    "legal":            (True,  True,  True),
    "privacy":          (True,  False, False),
    "dpo":              (False, False, False),
    "independent":      (False, False, False),
    "executive":        (False, False, False),
    "auditor":          (False, False, True),
    "administrator":    (False, False, False),
    "engineer":         (False, False, False),
    "requester":        (False, False, False),
    "stranger":         (False, False, False),
}  # fmt: skip


@pytest.fixture
def finding(case):
    return Finding.objects.about(case).get(requirement__code="HOUSE-4")


@pytest.mark.parametrize("name", MATRIX)
def test_permission_matrix(finding, cast, name):
    user = cast[name]
    close, rules, confidential = MATRIX[name]
    may = {step: user.has_perm(f"findings.{step}_finding", finding) for step in FINDING_STEPS}
    assert may == {step: close and step not in ("resolve", "return_to_open") for step in FINDING_STEPS}
    for verb in ("adopt", "suspend", "retire", "change"):
        assert user.has_perm(f"findings.{verb}_requirement", finding.requirement) == rules
    assert user.has_perm("workflow.view_confidential") == confidential


class TestVisibility:
    def seen_by(self, user, case):
        return set(Finding.objects.visible_to(user).about(case).values_list("requirement__code", flat=True))

    def test_who_profits_does_not_see_what_is_found_about_it(self, case, founder):
        assert self.seen_by(founder, case).isdisjoint({"OKC-4", "HOUSE-1"})
        assert self.seen_by(founder, case) >= {"HOUSE-4"}

    def test_the_requester_does(self, case, requester):
        assert self.seen_by(requester, case) >= {"OKC-4", "HOUSE-1"}

    def test_who_does_not_see_the_record_sees_no_finding(self, case, stranger):
        assert self.seen_by(stranger, case) == set()

    def test_also_on_the_vendor(self, case, lumen, founder, legal):
        reconcile(lumen)
        assert not Finding.objects.visible_to(founder).about(lumen).exists()
        assert Finding.objects.visible_to(legal).about(lumen).exists()

    def test_amounts_stand_in_the_confidential_part_only(self, case):
        for finding in Finding.objects.about(case):
            assert "%" not in finding.fact + finding.detail
        assert "4.8 %" in Finding.objects.get(requirement__code="OKC-4").confidential

    def test_the_relative_is_named_in_the_confidential_part_only(self, case):
        finding = Finding.objects.get(requirement__code="OKC-4")
        assert "Corona" not in finding.fact + finding.detail
        assert "Corona Capital" in finding.confidential


class TestRequirement:
    @pytest.fixture
    def rule(self, db):
        return Requirement.objects.get(code="GDPR-5-1b")

    def test_is_adopted_by_legal_in_their_name(self, rule, legal):
        rule.adopt(by=legal)
        assert (rule.status, rule.adopted_by_name) == ("adopted", "Legal")

    @pytest.mark.parametrize("name", ["privacy", "auditor", "administrator", "requester"])
    def test_is_adopted_by_nobody_else(self, rule, cast, name):
        with pytest.raises(PermissionDenied):
            rule.adopt(by=cast[name])

    def test_is_suspended_and_retired_by_both_sides_with_a_reason(self, rule, legal, privacy):
        rule.adopt(by=legal)
        with pytest.raises(ValidationError):
            rule.suspend(by=legal, until=clock.today())
        rule.suspend(by=legal, note="Under discussion", until=clock.today())
        assert Requirement.objects.get(pk=rule.pk).is_adopted
        Proposal.objects.about(rule).get().confirm(by=privacy)
        assert not Requirement.objects.get(pk=rule.pk).is_adopted
        assert make_change(rule, "retire").status == "retired"

    def test_is_in_force_again_after_its_last_day_also_before_the_night(self, rule, legal):
        rule.adopt(by=legal)
        suspend(rule, days=3)
        for days, adopted in ((3, False), (4, True)):
            with clock.travel_to(clock.now() + timedelta(days=days)):
                assert Requirement.objects.get(pk=rule.pk).is_adopted == adopted
        with clock.travel_to(clock.now() + timedelta(days=4)):
            end_suspensions()
        rule.refresh_from_db()
        assert (rule.status, rule.adopted_by_name) == ("adopted", "Legal")

    @pytest.mark.parametrize("days", [-1, 181])
    def test_is_suspended_for_no_longer_than_half_a_year(self, rule, legal, days):
        rule.adopt(by=legal)
        with pytest.raises(ValidationError, match="within the next 180 days"):
            rule.suspend(by=legal, note="x", until=clock.today() + timedelta(days=days))

    def test_is_not_retired_while_it_is_adopted(self, rule, legal):
        rule.adopt(by=legal)
        with pytest.raises(Conflict):
            rule.retire(by=legal, note="x")

    @pytest.mark.parametrize("code", ["HOUSE-4", "OKC-4"])
    def test_of_the_house_is_never_retired(self, code, legal):
        rule = suspend(Requirement.objects.get(code=code))
        assert "retire" not in [step.name for step in rule.transitions_for(legal)]
        with pytest.raises(Conflict, match="are always asked"):
            rule.retire(by=legal, note="Superseded")

    def test_whose_findings_nobody_may_close_is_never_retired(self, rule, legal):
        rule.acceptable = False
        rule.save()
        with pytest.raises(Conflict, match="are always asked"):
            rule.retire(by=legal, note="Superseded")

    @pytest.mark.parametrize(
        ("field", "days", "refused"),
        [("in_force_from", 1, True), ("in_force_from", 0, False), ("in_force_until", 400, True)],
    )
    def test_of_the_house_is_given_no_dates_out_of_force(self, db, field, days, refused):
        rule = Requirement.objects.get(code="HOUSE-4")
        fields = {name: getattr(rule, name) for name in RequirementForm._meta.fields if getattr(rule, name) is not None}
        form = RequirementForm({**fields, field: clock.today() + timedelta(days=days)}, instance=rule)
        assert (field in form.errors) == refused

    def test_each_step_is_a_decision(self, rule, legal):
        rule.adopt(by=legal, note="As counsel advised")
        assert Decision.objects.about(rule).get().note == "As counsel advised"


class TestCatalogue:
    def test_house_rules_are_adopted_from_the_first_day_and_others_proposed(self, db):
        statuses = set(Requirement.objects.values_list("house", "status"))
        assert statuses == {(True, "adopted"), (False, "proposed")}

    def test_every_rule_has_a_check(self, db):
        served = {code for model in checked_models() for code in checked_codes(model)}
        assert served == {entry["code"] for entry in CATALOGUE}

    def test_loading_again_changes_nothing(self, db):
        before = Requirement.history.count()
        load_catalogue()
        assert Requirement.history.count() == before

    def test_what_legal_changed_stays_changed(self, legal):
        suspend(Requirement.objects.get(code="HOUSE-4"))
        load_catalogue()
        assert Requirement.objects.get(code="HOUSE-4").status == "suspended"

    def test_no_migration_is_missing(self, db):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
