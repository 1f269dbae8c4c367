"""Due diligence: who answers and who concludes, what each step needs and changes, and what the checks make of it."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core import clock
from apps.core.clock import months_after
from apps.core.exceptions import Blocked, Conflict
from apps.findings.models import evaluate
from apps.vendors.diligence.questionnaires import load_questionnaires
from apps.vendors.models import DueDiligence, Evidence, Question, Questionnaire
from apps.vendors.tasks import expire_due_diligence
from tests.factories import make_due_diligence, make_organisation, make_stake, make_vendor


@pytest.fixture
def vendor(ours, engineer):
    return make_vendor(owner=engineer, risk_tier="medium")


@pytest.fixture
def asked(vendor):
    return make_due_diligence(vendor, "open")


@pytest.fixture
def answered(asked, engineer):
    asked.hand_in(by=engineer)
    return asked


def facts(vendor, code="HOUSE-20"):
    return [found.result.fact for found in evaluate(vendor) if found.requirement.code == code]


class TestQuestionnaires:
    def test_each_tier_has_one_in_use_and_riskier_vendors_are_asked_more(self, db):
        counts = {one.tier: one.questions.count() for one in Questionnaire.objects.in_use()}
        assert 0 < counts["low"] < counts["medium"] < counts["high"]

    def test_loading_them_again_changes_nothing(self, db):
        load_questionnaires()
        assert Questionnaire.objects.count() == 3

    def test_a_new_version_copies_the_questions_and_replaces_the_old_one(self, privacy):
        old = Questionnaire.objects.get(tier="low")
        draft = old.new_version(by=privacy)
        draft.publish(by=privacy)
        old.refresh_from_db()
        assert (draft.version, draft.status, old.status) == (2, "in_use", "retired")
        assert [q.text for q in draft.questions.all()] == [q.text for q in old.questions.all()]

    def test_there_is_one_draft_at_a_time(self, privacy):
        old = Questionnaire.objects.get(tier="low")
        old.new_version(by=privacy)
        with pytest.raises(Conflict, match="a draft for this tier already"):
            old.new_version(by=privacy)

    def test_one_without_questions_is_not_put_in_use(self, privacy):
        Questionnaire.objects.get(tier="low").retire(by=privacy, note="Old.")
        empty = Questionnaire(title="Empty", tier="low", version=7, valid_months=1)
        empty.save()
        with pytest.raises(Conflict, match="at least one question"):
            empty.publish(by=privacy)

    @pytest.mark.parametrize(
        ("kind", "choices", "attention", "wrong"),
        [
            ("choice", ["Only"], "", "choices"),
            ("yes_no", [], "perhaps", "attention"),
            ("text", [], "yes", "attention"),
            ("choice", ["A", "B"], "C", "attention"),
        ],
    )
    def test_a_question_fits_its_kind(self, kind, choices, attention, wrong):
        with pytest.raises(ValidationError) as refused:
            Question(text="?", kind=kind, choices=choices, attention=attention).clean()
        assert list(refused.value.error_dict) == [wrong]


class TestStart:
    def test_asks_the_questions_of_the_tier(self, vendor, engineer):
        assert DueDiligence.start(vendor, by=engineer).questionnaire.tier == "medium"

    def test_leaves_an_approval_as_it_is(self, vendor, engineer):
        DueDiligence.start(vendor, by=engineer)
        vendor.refresh_from_db()
        assert vendor.is_approved_on(clock.today())

    def test_is_refused_while_one_is_under_way(self, asked, vendor, engineer):
        with pytest.raises(Conflict, match="under way already"):
            DueDiligence.start(vendor, by=engineer)

    @pytest.mark.parametrize("fields", [{"status": "recorded"}, {"kind": "affiliate"}])
    def test_is_for_vendors_only(self, legal, fields):
        with pytest.raises(Conflict, match="asked of vendors"):
            DueDiligence.start(make_organisation(**fields), by=legal)

    def test_needs_a_tier(self, engineer):
        with pytest.raises(Conflict, match="Set the tier"):
            DueDiligence.start(make_organisation(status="proposed", risk_tier="", owner=engineer), by=engineer)


class TestHandIn:
    def test_is_refused_while_required_answers_are_missing(self, asked, engineer):
        question = asked.questionnaire.questions.filter(required=True).first()
        asked.answer({question.pk: ("", "")}, by=engineer)
        with pytest.raises(ValidationError, match="has no answer yet"):
            asked.hand_in(by=engineer)

    def test_records_who(self, answered, engineer):
        assert (answered.status, answered.handed_in_by) == ("answered", engineer)

    def test_is_not_for_an_owner_with_a_path_of_interests(self, asked, vendor, engineer):
        make_stake(engineer, vendor)
        with pytest.raises(PermissionDenied):
            asked.hand_in(by=engineer)


class TestConclude:
    def test_says_what_by_whom_and_until_when(self, answered, privacy):
        answered.conclude(by=privacy, note="All in order.", conclusion="passed")
        assert (answered.conclusion, answered.concluded_by, answered.concluded_on) == ("passed", privacy, clock.today())
        assert answered.expires_on == months_after(clock.today(), 12)

    def test_supersedes_the_one_before(self, vendor, answered, privacy):
        older = make_due_diligence(vendor)
        answered.conclude(by=privacy, note="Again.", conclusion="passed")
        older.refresh_from_db()
        assert older.status == "superseded"

    def test_is_not_for_whoever_answered(self, asked, legal, second_lawyer):
        asked.hand_in(by=legal)
        with pytest.raises(PermissionDenied):
            asked.conclude(by=legal, note="Fine.", conclusion="passed")
        asked.conclude(by=second_lawyer, note="Fine.", conclusion="passed")

    @pytest.mark.parametrize("hand", ["answers", "evidence"])
    def test_is_not_for_whoever_gave_a_part_that_somebody_else_handed_in(self, asked, engineer, legal, privacy, hand):
        question = asked.questionnaire.questions.first()
        if hand == "answers":
            asked.answer({question.pk: ("Something else", "")}, by=legal)
        else:
            Evidence.store(SimpleUploadedFile("a.txt", b"a"), by=legal, due_diligence=asked, question=question)
        asked.answer({question.pk: ("In the end this", "")}, by=engineer)
        asked.hand_in(by=engineer)
        with pytest.raises(PermissionDenied):
            asked.conclude(by=legal, note="Fine.", conclusion="passed")
        asked.conclude(by=privacy, note="Fine.", conclusion="passed")

    def test_is_not_for_a_lawyer_who_looks_after_the_vendor(self, legal, second_lawyer):
        asked = make_due_diligence(make_vendor(owner=legal), "answered")
        assert not legal.has_perm("vendors.conclude_duediligence", asked)
        assert second_lawyer.has_perm("vendors.conclude_duediligence", asked)

    def test_is_not_for_a_lawyer_with_a_path_of_interests(self, answered, vendor, legal):
        make_stake(legal, vendor)
        with pytest.raises(PermissionDenied):
            answered.conclude(by=legal, note="Fine.", conclusion="passed")

    def test_needs_a_reason(self, answered, privacy):
        with pytest.raises(ValidationError, match="reason for your conclusion"):
            answered.conclude(by=privacy, note=" ", conclusion="passed")


class TestExpiry:
    def test_the_night_moves_what_has_run_out_and_nothing_else(self, vendor):
        past = make_due_diligence(vendor, expires_on=clock.today() - timedelta(days=1))
        holds = make_due_diligence(make_vendor("Other"), expires_on=clock.today())
        assert expire_due_diligence()["moved"] == 1
        past.refresh_from_db()
        holds.refresh_from_db()
        assert (past.status, holds.status) == ("expired", "concluded")

    def test_is_not_early(self, vendor):
        with pytest.raises(Conflict, match="not run out yet"):
            make_due_diligence(vendor).expire(by=None)

    @pytest.mark.parametrize(
        ("day", "months", "later"),
        [
            (date(2026, 1, 31), 1, date(2026, 2, 28)),
            (date(2026, 11, 25), 24, date(2028, 11, 25)),
            (date(2026, 12, 1), 1, date(2027, 1, 1)),
        ],
    )
    def test_months_end_where_months_end(self, day, months, later):
        assert months_after(day, months) == later


class TestChecks:
    def test_nothing_concluded_is_a_fact(self, vendor):
        assert facts(vendor) == ["No due diligence of Cloudy is concluded."]

    def test_a_conclusion_that_holds_is_none(self, vendor):
        make_due_diligence(vendor)
        assert facts(vendor) == []

    def test_an_expired_one_is(self, vendor):
        make_due_diligence(vendor, expires_on=date(2026, 1, 2))
        assert facts(vendor) == ["The due diligence of Cloudy expired on 2 Jan 2026."]

    def test_one_for_another_tier_is(self, vendor):
        make_due_diligence(vendor)
        vendor.risk_tier = "high"
        assert "asked the questions for medium risk" in facts(vendor)[0]

    def test_an_answer_that_asks_for_attention_is_named_until_somebody_concludes(self, vendor):
        make_due_diligence(vendor)
        make_due_diligence(vendor, "open", {"Do they train models": "yes"})
        [outcome] = evaluate(vendor)
        assert "1 answer asks for attention" in outcome.result.fact
        assert "Do they train models on the data they get from customers? Yes." in outcome.result.confidential

    def test_not_passed_stops_the_approval(self, vendor, engineer, privacy):
        vendor.status = "in_review"
        make_due_diligence(vendor, conclusion="not_passed")
        assert len(facts(vendor, "HOUSE-21")) == 1
        with pytest.raises(Blocked):
            vendor.guard(vendor.transitions["approve"])

    def test_asking_stops_nothing(self, vendor):
        assert not [found for found in evaluate(vendor) if found.objects_to("approve")]

    def test_is_not_read_by_whoever_profits(self, vendor, founder):
        make_stake(founder, vendor)
        found = [one for one in evaluate(vendor) if one.requirement.code == "HOUSE-20"]
        assert [one.result.hidden_from for one in found] == [frozenset({founder.pk})]
        assert "HOUSE-20" not in {one.requirement.code for one in vendor.outcomes_for(founder)}


class TestVisibility:
    def test_is_for_the_owner_and_for_whoever_reads_all(self, asked, cast):
        seen = {name for name, user in cast.items() if DueDiligence.objects.visible_to(user).exists()}
        readers = {"legal", "second_lawyer", "privacy", "dpo", "independent", "executive", "auditor"}
        assert seen == {"engineer", *readers}

    def test_drafts_of_questionnaires_are_for_their_keepers_and_auditors(self, cast, privacy):
        draft = Questionnaire.objects.get(tier="low").new_version(by=privacy)
        seen = {n for n, user in cast.items() if Questionnaire.objects.visible_to(user).filter(pk=draft.pk).exists()}
        assert seen == {"legal", "second_lawyer", "privacy", "auditor"}


#              engineer (owner), requester, legal, privacy, independent, auditor, second_lawyer (profits)
MATRIX = {
    "start_due_diligence": (True, False, True, True, False, False, False),
    "answer_duediligence": (True, False, True, False, False, False, False),
    "hand_in_duediligence": (True, False, True, False, False, False, False),
    "return_answers_duediligence": (False, False, True, True, False, False, False),
    "conclude_duediligence": (False, False, True, True, False, False, False),
    "withdraw_duediligence": (True, False, True, True, False, False, False),
    "supersede_duediligence": (False,) * 7,
    "expire_duediligence": (False,) * 7,
}


@pytest.mark.parametrize("step", MATRIX)
def test_permission_matrix(step, asked, vendor, cast):
    make_stake(cast["second_lawyer"], vendor)
    subject = vendor if step == "start_due_diligence" else asked
    names = ("engineer", "requester", "legal", "privacy", "independent", "auditor", "second_lawyer")
    assert tuple(cast[name].has_perm(f"vendors.{step}", subject) for name in names) == MATRIX[step]
