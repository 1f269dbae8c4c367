from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from apps.core import clock
from apps.core.exceptions import Conflict
from apps.workflow.models import Comment, Decision, Review
from apps.workflow.models.review import DECIDE_WITHIN
from tests.factories import make_stake


@pytest.fixture
def review(in_review):
    return in_review.review


def thread(subject):
    return list(Comment.objects.about(subject).values_list("kind", "body"))


class TestSubmit:
    def test_opens_a_review_of_the_content(self, review, requester):
        assert (review.number, review.requester, review.status) == (1, requester, "open")
        assert review.required_roles == ["Legal", "Privacy"]
        assert ["Why", "They host our tickets.", "They host our tickets."] in review.content

    def test_sets_a_due_date(self, review):
        assert review.due_on == clock.today() + DECIDE_WITHIN


class TestAsk:
    def test_pauses_and_writes_the_question(self, review, privacy):
        review.ask(by=privacy, note="What for, @requester?")
        assert Review.objects.get().status == "paused"
        assert thread(review.subject) == [("question", "What for, @requester?")]
        assert Comment.objects.get().mentions.get().user.email == "requester@example.org"

    def test_nobody_votes_meanwhile(self, review, privacy, legal):
        review.ask(by=privacy, note="What for?")
        with pytest.raises(Conflict, match="waiting for an answer"):
            review.vote(by=legal, role="Legal", verdict="approve")

    @pytest.mark.parametrize("days", [0, 1, 5, 40])
    def test_the_answer_moves_the_due_date_by_the_pause(self, review, privacy, requester, days):
        due = review.due_on
        review.ask(by=privacy, note="What for?")
        with clock.travel_to(clock.now() + timedelta(days=days)):
            review.answer(by=requester, note="To answer customers.")
        stored = Review.objects.get()
        assert (stored.status, stored.due_on, stored.paused_at) == ("open", due + timedelta(days=days), None)

    def test_every_pause_counts(self, review, privacy, requester):
        due = review.due_on
        for day in (2, 6):
            with clock.travel_to(clock.now() + timedelta(days=day)):
                review.ask(by=privacy, note="What for?")
            with clock.travel_to(clock.now() + timedelta(days=day + 2)):
                review.answer(by=requester, note="To answer.")
        assert Review.objects.get().due_on == due + timedelta(days=4)

    @pytest.mark.parametrize("step", ["ask", "request_changes"])
    def test_needs_words(self, review, privacy, step):
        with pytest.raises(ValidationError):
            getattr(review, step)(by=privacy, note=" ")


class TestReturn:
    def test_returns_the_request_to_its_requester(self, review, legal):
        review.request_changes(by=legal, note="Name an end date")
        stored = Review.objects.get()
        assert (stored.status, stored.subject.status) == ("returned", "draft")
        assert thread(review.subject) == [("return", "Name an end date")]

    def test_is_possible_while_it_waits_for_an_answer(self, review, legal):
        review.ask(by=legal, note="Why?")
        review.request_changes(by=legal, note="Too long without an answer")
        assert Review.objects.get().status == "returned"


class TestWithdraw:
    def test_takes_the_request_back(self, review, requester):
        review.withdraw(by=requester)
        stored = Review.objects.get()
        assert (stored.status, stored.subject.status) == ("withdrawn", "draft")

    def test_is_open_to_whoever_submitted(self, support, engineer):
        """Also a sponsor who submitted what somebody else had asked for."""
        support.submit(by=engineer)
        support.review.withdraw(by=engineer)
        assert Review.objects.get().subject.status == "draft"

    def test_is_for_nobody_else(self, review, legal, engineer):
        for user in (legal, engineer):
            with pytest.raises(PermissionDenied):
                review.withdraw(by=user)


class TestResubmit:
    @pytest.fixture
    def second(self, review, requester, privacy, legal):
        review.ask(by=privacy, note="Why?")
        review.answer(by=requester, note="Because.")
        review.vote(by=legal, role="Legal", verdict="approve")
        review.withdraw(by=requester)
        subject = review.subject
        subject.refresh_from_db()
        subject.submit(by=requester)
        return subject.review

    def test_opens_review_number_2(self, second):
        assert (second.number, second.status) == (2, "open")

    def test_keeps_the_thread(self, second):
        assert [kind for kind, _ in thread(second.subject)] == ["question", "answer"]

    def test_keeps_the_first_review_with_its_votes(self, second):
        first = Review.objects.get(number=1)
        assert (first.status, first.votes.count()) == ("withdrawn", 1)

    def test_no_vote_is_carried_over(self, second, privacy):
        second.vote(by=privacy, role="Privacy", verdict="approve")
        assert Review.objects.get(number=2).status == "open"


class TestRevise:
    def test_voids_a_review_that_runs(self, review, requester):
        review.subject.revise(by=requester)
        stored = Review.objects.get()
        assert (stored.status, stored.subject.status) == ("void", "draft")

    def test_voids_an_approval(self, review, legal, privacy, requester):
        review.vote(by=legal, role="Legal", verdict="approve")
        review.vote(by=privacy, role="Privacy", verdict="approve")
        review.subject.revise(by=requester)
        assert Review.objects.get().status == "void"

    def test_leaves_a_refusal_as_it_is(self, review, legal, requester):
        review.vote(by=legal, role="Legal", verdict="refuse", reason="No")
        review.subject.revise(by=requester)
        assert Review.objects.get().status == "refused"

    def test_nobody_votes_on_what_is_void(self, review, requester, legal):
        review.subject.revise(by=requester)
        with pytest.raises(Conflict):
            review.vote(by=legal, role="Legal", verdict="approve")


#                       ask   answer  request_changes  withdraw
MATRIX = {
    "legal":            (True,  True,  True,  False),
    "privacy":          (True,  True,  True,  False),
    "independent":      (True,  True,  True,  False),
    "requester":        (False, True,  False, True),
    "engineer":         (False, False, False, False),
    "dpo":              (False, False, False, False),
    "executive":        (False, False, False, False),
    "auditor":          (False, False, False, False),
    "administrator":    (False, False, False, False),
    "stranger":         (False, False, False, False),
}  # fmt: skip


class TestRules:
    @pytest.mark.parametrize("name", MATRIX)
    def test_permission_matrix(self, review, cast, name):
        steps = ("ask", "answer", "request_changes", "withdraw")
        assert tuple(cast[name].has_perm(f"workflow.{step}_review", review) for step in steps) == MATRIX[name]

    @pytest.mark.parametrize("step", ["ask", "request_changes"])
    def test_who_is_barred_takes_no_step(self, case, founder, legal, step):
        make_stake(legal, case.counterparty)
        with pytest.raises(PermissionDenied):
            getattr(case.review, step)(by=legal, note="Hurry up")

    @pytest.mark.parametrize("step", ["approve", "refuse", "void"])
    def test_outcomes_cannot_be_taken_by_themselves(self, review, cast, step):
        for user in cast.values():
            with pytest.raises((Conflict, PermissionDenied)):
                getattr(review, step)(by=user, note="Try")
        assert Review.objects.get().status == "open"
        assert not Decision.objects.about(review).made().exists()


class TestOneReviewRuns:
    def test_at_a_time(self, in_review, requester):
        with pytest.raises(Conflict):
            in_review.submit(by=requester)
        assert Review.objects.running().count() == 1
