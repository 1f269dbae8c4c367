"""The case that the portal was born from: it cannot be approved, by anybody, in any way."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from apps.accounts.models import User
from apps.agreements.models import Agreement, Justification
from apps.core import clock
from apps.core.exceptions import Blocked, Conflict
from apps.findings.models import Finding, evaluate
from apps.vendors.models import Interest
from apps.workflow.models import Ask, Decision, Review
from tests.factories import make_agreement, make_person, make_relation, make_stake, make_user

VOTERS = {"legal": "Legal", "privacy": "Privacy", "independent": "Independent reviewer"}


def facts(agreement, code):
    """What the checks of a rule find, asked freshly."""
    outcomes = evaluate(Agreement.objects.get(pk=agreement.pk))
    return [outcome.result.fact for outcome in outcomes if outcome.requirement.code == code]


class TestWhatIsFound:
    def test_the_sponsor_profits(self, case):
        assert facts(case, "OKC-4") == [
            "The sponsor, Founder, may not take part in decisions about Lumen Vision.",
        ]

    def test_by_4_point_8_percent_which_is_confidential(self, case):
        finding = Finding.objects.about(case).get(requirement__code="OKC-4")
        assert "4.8 % in effect" in finding.confidential
        assert "4.8" not in finding.fact + finding.detail

    def test_nobody_has_justified_it(self, case):
        assert facts(case, "HOUSE-1") == ["No independent justification is signed for this version of the request."]

    def test_everything_else_is_found_too(self, case):
        assert {outcome.requirement.code for outcome in evaluate(case)} == {
            "OKC-4",
            "HOUSE-1",
            "HOUSE-3",
            "HOUSE-4",
            "GDPR-5-1b",
        }

    def test_submitting_was_possible_so_that_legal_sees_it(self, case):
        assert case.status == "in_review"

    def test_the_independent_reviewer_is_asked(self, case):
        assert [seat.role for seat in case.review.seats()] == list(VOTERS.values())


class TestNobodyApprovesIt:
    @pytest.mark.parametrize("name", VOTERS)
    @pytest.mark.parametrize("verdict", ["approve", "approve_with_conditions"])
    def test_not_by_vote(self, case, cast, name, verdict):
        conditions = [Ask("Delete it one day")] if verdict != "approve" else []
        with pytest.raises(Blocked) as blocked:
            case.review.vote(by=cast[name], role=VOTERS[name], verdict=verdict, conditions=conditions)
        assert "The sponsor, Founder, may not take part in decisions about Lumen Vision." in blocked.value.facts

    def test_not_by_transition(self, case, cast):
        for user in cast.values():
            with pytest.raises((PermissionDenied, Conflict)):
                case.approve(by=user)

    def test_not_by_the_system(self, case):
        with pytest.raises(PermissionDenied):
            case.approve(by=None)

    def test_not_by_a_superuser(self, case, superuser):
        with pytest.raises(PermissionDenied):
            case.approve(by=superuser)
        for role in VOTERS.values():
            with pytest.raises(PermissionDenied):
                case.review.vote(by=superuser, role=role, verdict="approve")

    def test_not_by_the_review_itself(self, case, cast):
        for user in [*cast.values(), None]:
            with pytest.raises((PermissionDenied, Conflict)):
                case.review.approve(by=user)

    def test_not_by_the_founder_in_any_role(self, case, founder):
        for role in VOTERS.values():
            with pytest.raises(PermissionDenied):
                case.review.vote(by=founder, role=role, verdict="approve")

    @pytest.mark.parametrize("step", ["sign", "activate"])
    def test_not_by_jumping_ahead(self, case, legal, step):
        with pytest.raises(Conflict):
            getattr(case, step)(by=legal)

    @pytest.mark.parametrize("status", ["approved", "signed"])
    def test_not_by_writing_the_status(self, case, legal, status):
        """A status changed past the steps is no approval: signing and activating ask for the review."""
        case.status = status
        case.save()
        step = {"approved": "sign", "signed": "activate"}[status]
        extra = {"signed_on": clock.today(), "signatories": "x"} if step == "sign" else {}
        with pytest.raises(Conflict):
            getattr(case, step)(by=legal, **extra)

    def test_not_by_accepting_the_findings(self, case, legal):
        for finding in Finding.objects.about(case).filter(requirement__acceptable=False):
            with pytest.raises(Exception, match="cannot close a finding of this rule"):
                finding.propose(by=legal, note="In a hurry", proposal="covered")

    @pytest.mark.parametrize("name", VOTERS)
    def test_every_attempt_stays_on_the_record(self, case, cast, name):
        with pytest.raises(Blocked):
            case.review.vote(by=cast[name], role=VOTERS[name], verdict="approve", reason="Go")
        with pytest.raises((PermissionDenied, Conflict)):
            case.approve(by=None)
        attempt = Decision.objects.about(case.review).get()
        assert (attempt.transition, attempt.by, attempt.note) == ("vote_approve", cast[name], "Go")
        assert attempt.refusal == "Adopted rules object to the approval."
        assert Decision.objects.about(case).filter(transition="approve").get().by is None
        assert not case.review.votes.exists()

    def test_it_can_be_refused(self, case, privacy):
        case.review.vote(by=privacy, role="Privacy", verdict="refuse", reason="The founders profit.")
        assert Agreement.objects.get().status == "rejected"


class TestAnotherSponsor:
    @pytest.fixture
    def replaced(self, case, engineer, requester):
        """Revised, with somebody else as the sponsor, and submitted again."""
        case.revise(by=requester)
        case.sponsor = engineer
        case.on_behalf(requester, "another sponsor").save()
        case.submit(by=requester)
        return case

    def test_stays_visible_and_cures_nothing(self, replaced):
        (fact,) = facts(replaced, "OKC-4")
        assert fact.startswith("Founder was the sponsor until ")
        assert fact.endswith("Replacing the sponsor does not change this.")

    def test_still_blocks_every_approval(self, replaced, cast):
        for name, role in VOTERS.items():
            with pytest.raises(Blocked):
                replaced.review.vote(by=cast[name], role=role, verdict="approve")

    def test_is_not_forgotten_when_it_is_replaced_in_draft(self, requester, founder, engineer, lumen, tickets):
        draft = make_agreement(requester, lumen, [tickets], sponsor=founder)
        draft.sponsor = engineer
        draft.save()
        assert len(facts(draft, "OKC-4")) == 1

    def test_keeps_the_finding_closed_to_people(self, replaced, legal):
        finding = Finding.objects.about(replaced).get(requirement__code="OKC-4", status="open")
        with pytest.raises(Exception, match="cannot close a finding"):
            finding.propose(by=legal, note="New sponsor", proposal="not_applicable")


class TestOthersWhoProfit:
    @pytest.mark.parametrize("part", ["requester", "sponsor", "business_owner"])
    def test_in_any_part_are_found(self, requester, engineer, lumen, tickets, founder, part):
        people = {"requester": requester, "sponsor": engineer, "business_owner": None, part: founder}
        draft = make_agreement(people.pop("requester"), lumen, [tickets], **people)
        assert facts(draft, "OKC-4") == [
            f"The {part.replace('_', ' ')}, Founder, may not take part in decisions about Lumen Vision."
        ]

    def test_a_sponsor_by_marriage_is_found(self, requester, lumen, tickets, stranger):
        spouse = make_person("Spouse", user=stranger)
        make_relation(Interest.objects.exclude(holder_person=None).get().holder_person, spouse)
        draft = make_agreement(requester, lumen, [tickets], sponsor=stranger)
        assert len(facts(draft, "OKC-4")) == 1

    def test_who_left_months_ago_is_found(self, case, founder):
        position = founder.person.positions.get()
        position.ends_on = clock.today() - timedelta(days=200)
        position.save()
        founder.is_active = False
        founder.save()
        assert len(facts(case, "OKC-4")) == 1


class TestAHealthyRequestToTheSameRecipient:
    """Others ask, nobody of them profits, and an independent reviewer says why it is right."""

    @pytest.fixture
    def request_of_others(self, requester, engineer, lumen, tickets):
        request = make_agreement(requester, lumen, [tickets], sponsor=engineer)
        request.submit(by=requester)
        return request

    def test_still_needs_the_justification(self, request_of_others, legal):
        with pytest.raises(Blocked) as blocked:
            request_of_others.review.vote(by=legal, role="Legal", verdict="approve")
        assert blocked.value.facts == ["No independent justification is signed for this version of the request."]

    def test_passes_with_it_and_the_independent_vote(self, request_of_others, cast, independent):
        Justification.sign(request_of_others, by=independent, text="Support needs it.")
        for name, role in VOTERS.items():
            assert Agreement.objects.get().status == "in_review"
            Review.objects.get().vote(by=cast[name], role=role, verdict="approve")
        assert Agreement.objects.get().status == "approved"

    @pytest.mark.parametrize("name", ["legal", "privacy", "requester", "founder", "administrator", "dpo"])
    def test_is_justified_by_the_independent_reviewer_only(self, request_of_others, cast, name):
        with pytest.raises(PermissionDenied):
            Justification.sign(request_of_others, by=cast[name], text="Fine")

    def test_is_not_justified_by_who_profits(self, request_of_others, independent, lumen):
        make_stake(independent, lumen)
        with pytest.raises(PermissionDenied):
            Justification.sign(request_of_others, by=independent, text="Fine")

    def test_is_not_justified_by_a_superuser(self, request_of_others, superuser):
        with pytest.raises(PermissionDenied):
            Justification.sign(request_of_others, by=superuser, text="Fine")

    def test_a_justification_has_words(self, request_of_others, independent):
        with pytest.raises(Exception, match="Write why"):
            Justification.sign(request_of_others, by=independent, text=" ")

    def test_a_justification_holds_for_the_version_it_was_signed_for(self, request_of_others, independent, requester):
        Justification.sign(request_of_others, by=independent, text="Support needs it.")
        assert facts(request_of_others, "HOUSE-1") == []
        request_of_others.revise(by=requester)
        request_of_others.purpose = "Something wider"
        request_of_others.save()
        assert len(facts(request_of_others, "HOUSE-1")) == 1

    @pytest.mark.parametrize("share", [2, 90])
    def test_a_further_insider_asks_for_another_justification_and_for_votes_again(
        self, request_of_others, independent, privacy, lumen, share
    ):
        Justification.sign(request_of_others, by=independent, text="Support needs it.")
        review = request_of_others.review
        review.vote(by=privacy, role="Privacy", verdict="abstain")
        make_stake(make_user("newcomer"), lumen, share)
        request_of_others = type(request_of_others).objects.get(pk=request_of_others.pk)
        assert len(facts(request_of_others, "HOUSE-1")) == 1
        seat = next(seat for seat in request_of_others.review.seats() if seat.role == "Privacy")
        assert seat.votes
        assert not seat.counting

    def test_is_justified_in_review_only(self, request_of_others, requester, independent):
        request_of_others.revise(by=requester)
        with pytest.raises(Conflict, match="while the request is in review"):
            Justification.sign(request_of_others, by=independent, text="Early")


def test_what_profits_a_voter_is_found_by_name(in_review, legal):
    in_review.review.vote(by=legal, role="Legal", verdict="abstain")
    make_stake(legal, in_review.counterparty)
    assert facts(in_review, "OKC-4") == ["Legal voted and may not take part in decisions about Cloudy."]


def test_an_account_linked_later_is_found(requester, lumen, tickets):
    """The person was known as an owner; only then somebody says whose account it is."""
    newcomer = make_user("newcomer")
    draft = make_agreement(requester, lumen, [tickets], sponsor=newcomer)
    assert facts(draft, "OKC-4") == []
    make_stake(User.objects.get(pk=newcomer.pk), lumen, 1)
    assert len(facts(draft, "OKC-4")) == 1
