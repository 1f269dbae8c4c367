from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from apps.accounts.models import Role, RoleGrant
from apps.core import clock
from apps.core.exceptions import Blocked, Conflict
from apps.findings.models import Requirement, evaluation
from apps.vendors.models import Interest
from apps.workflow.models import Ask, Decision, Delegation, Review, Vote
from tests.factories import make_role, make_stake, make_user

LEGAL, PRIVACY, INDEPENDENT = Role.LEGAL, Role.PRIVACY, Role.INDEPENDENT


@pytest.fixture
def review(in_review):
    return in_review.review


def state(review):
    """The outcome so far: status of the review and of its subject."""
    stored = Review.objects.get(pk=review.pk)
    return stored.status, stored.subject.status


class TestApproval:
    def test_needs_legal_and_privacy(self, review, legal, privacy):
        review.vote(by=legal, role=LEGAL, verdict="approve")
        assert state(review) == ("open", "in_review")
        review.vote(by=privacy, role=PRIVACY, verdict="approve")
        assert state(review) == ("approved", "approved")

    def test_is_recorded_with_the_last_voter(self, review, legal, privacy):
        review.vote(by=privacy, role=PRIVACY, verdict="approve")
        review.vote(by=legal, role=LEGAL, verdict="approve")
        assert Decision.objects.about(review.subject).get(transition="approve").by == legal

    def test_keeps_the_digest_and_the_name(self, review, legal):
        vote = review.vote(by=legal, role=LEGAL, verdict="approve")
        assert (vote.digest, vote.by_name) == (review.digest, "Legal")

    def test_by_two_of_one_role_does_not_carry_the_other(self, review, legal, second_lawyer):
        review.vote(by=legal, role=LEGAL, verdict="approve")
        review.vote(by=second_lawyer, role=LEGAL, verdict="approve")
        assert state(review) == ("open", "in_review")

    def test_abstaining_does_not_carry(self, review, legal, privacy):
        review.vote(by=legal, role=LEGAL, verdict="abstain")
        review.vote(by=privacy, role=PRIVACY, verdict="approve")
        assert state(review) == ("open", "in_review")

    def test_abstaining_does_not_hinder_a_colleague(self, review, legal, second_lawyer, privacy):
        review.vote(by=legal, role=LEGAL, verdict="abstain")
        review.vote(by=privacy, role=PRIVACY, verdict="approve")
        review.vote(by=second_lawyer, role=LEGAL, verdict="approve")
        assert state(review) == ("approved", "approved")

    def test_every_version_of_a_vote_is_kept_and_the_last_counts(self, review, legal, privacy):
        review.vote(by=legal, role=LEGAL, verdict="approve")
        review.vote(by=legal, role=LEGAL, verdict="abstain")
        review.vote(by=privacy, role=PRIVACY, verdict="approve")
        assert review.votes.count() == 3
        assert state(review) == ("open", "in_review")

    def test_is_over_when_it_is_over(self, review, legal, privacy):
        review.vote(by=legal, role=LEGAL, verdict="approve")
        review.vote(by=privacy, role=PRIVACY, verdict="approve")
        with pytest.raises(Conflict, match="Nobody can vote while the review is approved"):
            review.vote(by=legal, role=LEGAL, verdict="refuse", reason="Too late")


class TestRefusal:
    def test_needs_a_reason(self, review, legal):
        with pytest.raises(ValidationError, match="Say why you refuse"):
            review.vote(by=legal, role=LEGAL, verdict="refuse", reason=" ")
        assert not Vote.objects.exists()

    def test_rejects(self, review, legal):
        review.vote(by=legal, role=LEGAL, verdict="refuse", reason="No contract")
        assert state(review) == ("refused", "rejected")
        assert Decision.objects.about(review.subject).get(transition="reject").note == "No contract"

    def test_is_possible_while_rules_object(self, case, legal):
        case.review.vote(by=legal, role=LEGAL, verdict="refuse", reason="Founders profit")
        assert state(case.review) == ("refused", "rejected")


class TestVerdicts:
    @pytest.mark.parametrize("verdict", ["", "yes", "APPROVE", None])
    def test_are_those_known(self, review, legal, verdict):
        with pytest.raises(ValidationError, match="Choose one of the verdicts"):
            review.vote(by=legal, role=LEGAL, verdict=verdict)

    def test_with_conditions_name_one(self, review, legal):
        with pytest.raises(ValidationError, match="at least one condition"):
            review.vote(by=legal, role=LEGAL, verdict="approve_with_conditions")

    def test_without_conditions_name_none(self, review, legal):
        with pytest.raises(ValidationError, match="without conditions"):
            review.vote(by=legal, role=LEGAL, verdict="approve", conditions=[Ask("SOC 2")])


#                       Legal  Privacy  Independent   of a request in which nobody has an interest
MAY_VOTE_FOR = {
    "legal":            (True,  False, False),
    "second_lawyer":    (True,  False, False),
    "privacy":          (False, True,  False),
    "independent":      (False, False, False),
    "dpo":              (False, False, False),
    "executive":        (False, False, False),
    "auditor":          (False, False, False),
    "administrator":    (False, False, False),
    "engineer":         (False, False, False),
    "requester":        (False, False, False),
    "stranger":         (False, False, False),
}  # fmt: skip


def roles_open_to(review, user):
    return [role for role in review.roles() if not review.why_not(user, role)]


class TestWhoVotes:
    @pytest.mark.parametrize("name", MAY_VOTE_FOR)
    def test_is_who_holds_the_role(self, review, cast, name):
        roles = roles_open_to(review, cast[name])
        assert tuple(role in roles for role in (LEGAL, PRIVACY, INDEPENDENT)) == MAY_VOTE_FOR[name]

    @pytest.mark.parametrize("name", [name for name, may in MAY_VOTE_FOR.items() if not may[0]])
    def test_everybody_else_is_refused_and_stays_on_the_record(self, review, cast, name):
        with pytest.raises(PermissionDenied):
            review.vote(by=cast[name], role=LEGAL, verdict="approve")
        assert not Vote.objects.exists()
        refusal = Decision.objects.about(review).get()
        assert (refusal.transition, refusal.by, bool(refusal.refusal)) == ("vote_approve", cast[name], True)

    def test_is_no_superuser(self, review, superuser):
        with pytest.raises(PermissionDenied):
            review.vote(by=superuser, role=LEGAL, verdict="approve")

    @pytest.mark.parametrize("part", ["requester", "sponsor", "business_owner"])
    def test_is_nobody_who_asks_or_stands_behind_it(self, support, requester, legal, part):
        setattr(support, part, legal)
        support.save()
        support.submit(by=requester if part != "requester" else legal)
        with pytest.raises(PermissionDenied, match=r"You are or were the .* and do not decide"):
            support.review.vote(by=legal, role=LEGAL, verdict="approve")

    def test_is_nobody_who_stood_behind_it_earlier(self, support, requester, legal, engineer):
        for sponsor in (legal, engineer):
            support.sponsor = sponsor
            support.save()
        support.submit(by=requester)
        with pytest.raises(PermissionDenied, match="You are or were the sponsor"):
            support.review.vote(by=legal, role=LEGAL, verdict="approve")

    def test_is_one_human_for_one_role(self, support, requester, second_lawyer):
        make_role(second_lawyer, PRIVACY, since=clock.now() - timedelta(days=1))
        support.submit(by=requester)
        both = type(second_lawyer).objects.get(pk=second_lawyer.pk)
        support.review.vote(by=both, role=LEGAL, verdict="approve")
        with pytest.raises(PermissionDenied, match="Nobody votes for two"):
            support.review.vote(by=both, role=PRIVACY, verdict="approve")
        assert state(support.review) == ("open", "in_review")

    def test_is_nobody_whose_role_came_after_the_request(self, review):
        latecomer = make_role(make_user("latecomer"), LEGAL)
        with pytest.raises(PermissionDenied, match="granted after this request was submitted"):
            review.vote(by=latecomer, role=LEGAL, verdict="approve")

    def test_is_nobody_whose_role_has_ended(self, review, legal, administrator):
        RoleGrant.objects.get(user=legal, role__name=LEGAL).end(by=administrator)
        with pytest.raises(PermissionDenied, match="do not hold the role"):
            review.vote(by=legal, role=LEGAL, verdict="approve")

    def test_is_nobody_who_is_deactivated(self, review, legal):
        legal.is_active = False
        legal.save()
        with pytest.raises(PermissionDenied):
            review.vote(by=legal, role=LEGAL, verdict="approve")

    def test_votes_only_for_roles_that_are_asked(self, review, independent):
        with pytest.raises(PermissionDenied, match="does not ask for the role"):
            review.vote(by=independent, role=INDEPENDENT, verdict="approve")


class TestRecusal:
    """Asked at the moment of the vote, not only when the request came in."""

    def test_an_interest_declared_since_bars_a_vote(self, review, cloudy, legal):
        make_stake(legal, cloudy)
        with pytest.raises(PermissionDenied, match="may not take part in decisions about Cloudy"):
            review.vote(by=legal, role=LEGAL, verdict="approve")

    def test_an_interest_that_has_ended_does_not(self, review, cloudy, legal):
        stake = make_stake(legal, cloudy)
        stake.ends_on = clock.today() - timedelta(days=1)
        stake.save()
        assert LEGAL in roles_open_to(review, legal)

    def test_the_vote_of_somebody_barred_since_no_longer_counts(self, review, cloudy, legal, privacy):
        review.vote(by=legal, role=LEGAL, verdict="approve")
        make_stake(legal, cloudy)
        seat = Review.objects.get().seats()[0]
        assert (seat.role, seat.counting, seat.is_carried) == (LEGAL, [], False)
        assert [vote.by for vote in seat.votes] == [legal]

    def test_facts_about_it_add_the_independent_reviewer(self, review, cloudy, founder):
        make_stake(founder, cloudy)
        assert review.roles() == [LEGAL, PRIVACY, INDEPENDENT]

    def test_an_interest_of_a_voter_blocks_the_approval(self, review, cloudy, legal, second_lawyer):
        review.vote(by=legal, role=LEGAL, verdict="approve")
        make_stake(legal, cloudy)
        with pytest.raises(Blocked) as blocked:
            review.vote(by=second_lawyer, role=LEGAL, verdict="approve")
        assert "Legal voted and may not take part in decisions about Cloudy." in blocked.value.facts

    def test_it_never_passes_by_itself(self, review, cloudy, legal, second_lawyer, privacy):
        for lawyer in (legal, second_lawyer):
            make_stake(lawyer, cloudy)
        with pytest.raises(Blocked):
            review.vote(by=privacy, role=PRIVACY, verdict="approve")
        assert state(review) == ("open", "in_review")


class TestIndependentReviewer:
    @pytest.fixture
    def barred(self, review, tickets, legal, second_lawyer, monkeypatch):
        """Everybody of legal is barred, for reasons that no rule objects to."""
        reasons = {user.pk: f"{user} may not take part." for user in (legal, second_lawyer)}
        monkeypatch.setattr(type(review.subject), "barred_people", lambda self: reasons)
        return reasons

    def test_decides_for_a_role_in_which_everybody_is_barred(self, review, barred, independent, privacy):
        review.vote(by=independent, role=LEGAL, verdict="approve")
        review.vote(by=privacy, role=PRIVACY, verdict="approve")
        assert state(review) == ("approved", "approved")

    def test_does_not_while_one_of_the_role_can(self, review, barred, legal, independent):
        del barred[legal.pk]
        with pytest.raises(PermissionDenied, match="You do not hold the role Legal"):
            review.vote(by=independent, role=LEGAL, verdict="approve")

    def test_does_not_for_a_role_that_nobody_holds(self, review, independent, privacy, administrator):
        RoleGrant.objects.get(user=privacy, role__name=PRIVACY).end(by=administrator)
        with pytest.raises(PermissionDenied):
            review.vote(by=independent, role=PRIVACY, verdict="approve")

    def test_does_not_for_two_roles(self, review, barred, independent, privacy):
        barred[privacy.pk] = "Privacy may not take part."
        review.vote(by=independent, role=LEGAL, verdict="approve")
        with pytest.raises(PermissionDenied, match="Nobody votes for two"):
            review.vote(by=independent, role=PRIVACY, verdict="approve")

    def test_holds_the_role_since_before_the_request(self, review, barred):
        latecomer = make_role(make_user("latecomer"), INDEPENDENT)
        with pytest.raises(PermissionDenied):
            review.vote(by=latecomer, role=LEGAL, verdict="approve")

    def test_nobody_else_stands_in(self, review, barred, privacy, executive, dpo):
        for user in (privacy, executive, dpo):
            with pytest.raises(PermissionDenied):
                review.vote(by=user, role=LEGAL, verdict="approve")

    def test_who_is_barred_does_not_stand_in(self, review, barred, independent):
        barred[independent.pk] = "Independent may not take part."
        with pytest.raises(PermissionDenied, match="You may not take part"):
            review.vote(by=independent, role=LEGAL, verdict="approve")


class TestChangedFacts:
    @pytest.fixture
    def after_vote(self, review, legal, founder):
        """Legal has approved; then the approval of the vendor runs out."""
        review.vote(by=legal, role=LEGAL, verdict="approve")
        vendor = review.subject.counterparty
        vendor.approved_until = clock.today() - timedelta(days=1)
        vendor.save()
        return review

    def test_a_vote_has_to_be_confirmed(self, after_vote):
        seat = after_vote.seats()[0]
        assert (seat.state, seat.is_carried) == ("to be confirmed", False)

    def test_an_unconfirmed_vote_does_not_carry(self, after_vote, privacy, second_lawyer):
        rule_out_objections(after_vote)
        after_vote.vote(by=privacy, role=PRIVACY, verdict="approve")
        assert state(after_vote) == ("open", "in_review")

    def test_a_confirmed_one_does(self, after_vote, privacy, legal):
        rule_out_objections(after_vote)
        after_vote.vote(by=privacy, role=PRIVACY, verdict="approve")
        after_vote.vote(by=legal, role=LEGAL, verdict="approve")
        assert state(after_vote) == ("approved", "approved")


def rule_out_objections(review):
    """Let the rules only ask, so that what is shown is the votes alone."""
    for rule in Requirement.objects.filter(status="adopted"):
        rule.status = "proposed"
        rule.save()


class TestChangedContent:
    def test_past_the_review_stops_the_vote(self, review, legal):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE agreements_agreement SET purpose = 'Something else'")
        with pytest.raises(Conflict, match="was changed after it was submitted"):
            review.vote(by=legal, role=LEGAL, verdict="approve")

    def test_of_a_name_of_a_dataset_does_not(self, review, tickets, legal):
        """Identity counts: what is voted on are keys, not the words for them."""
        tickets.name = "Support tickets"
        tickets.save()
        assert LEGAL in roles_open_to(review, legal)


class TestCover:
    @pytest.fixture
    def cover(self, legal, second_lawyer):
        today = clock.today()
        cover = Delegation(
            person=legal, deputy=second_lawyer, role=LEGAL, starts_on=today, ends_on=today + timedelta(days=7)
        )
        cover.save()
        return cover

    def test_is_shown_on_the_vote(self, cover, review, legal, second_lawyer):
        vote = review.vote(by=second_lawyer, role=LEGAL, verdict="approve")
        assert vote.acting_for == legal

    def test_of_nobody_is_the_usual_case(self, review, legal):
        assert review.vote(by=legal, role=LEGAL, verdict="approve").acting_for is None

    @pytest.mark.parametrize(("days", "covers"), [(-1, False), (0, True), (7, True), (8, False)])
    def test_counts_from_the_first_to_the_last_day(self, cover, second_lawyer, legal, days, covers):
        with clock.travel_to(clock.now() + timedelta(days=days)):
            assert (Delegation.of(second_lawyer, LEGAL) == legal) == covers

    def test_is_by_somebody_of_the_same_role(self, cover, privacy):
        cover.deputy = privacy
        with pytest.raises(ValidationError, match="Privacy does not hold the role Legal"):
            cover.clean()

    def test_ends_after_it_starts(self, cover):
        cover.ends_on = cover.starts_on - timedelta(days=1)
        with pytest.raises(ValidationError, match="before the first"):
            cover.full_clean()


def test_deciding_asks_few_questions(review, legal, django_assert_max_num_queries):
    with django_assert_max_num_queries(150):
        review.vote(by=legal, role=LEGAL, verdict="approve")
    assert Interest.objects.count() == 0


def test_a_vote_looks_at_the_record_before_it_and_under_its_lock(review, legal, second_lawyer, privacy, monkeypatch):
    """Once to write down what stands, once for the vote and what comes of it, also where it decides."""
    looked, look = [], evaluation.evaluate_all

    def counted(records):
        looked.append(records)
        return look(records)

    for room in ("evaluation", "reconciliation"):
        monkeypatch.setattr(f"apps.findings.models.{room}.evaluate_all", counted)
    asked = []
    for user, role in ((legal, LEGAL), (second_lawyer, LEGAL), (privacy, PRIVACY)):
        looked.clear()
        review.vote(by=user, role=role, verdict="approve")
        asked.append(len(looked))
    assert asked == [2, 2, 2]
    assert review.subject.status == "approved"
