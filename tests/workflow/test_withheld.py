"""What is withheld says so, and whoever has an interest takes back what they asked for, and nothing else."""

from apps.workflow.models import Comment
from tests.factories import make_stake


class TestThread:
    def test_says_to_whom_it_concerns_that_comments_are_withheld(self, case, founder, legal, sign_in):
        Comment.write(case, by=legal, body="Why are we not paid?")
        page = sign_in(founder).get(f"/agreements/{case.pk}/review/").content.decode()
        assert "Comments are withheld from you, since this is about your own interest." in page
        assert "Nobody has written here yet" not in page
        assert "Why are we not paid?" not in page

    def test_says_nothing_of_it_to_others(self, case, requester, sign_in):
        page = sign_in(requester).get(f"/agreements/{case.pk}/review/").content.decode()
        assert "withheld" not in page
        assert "Nobody has written here yet" in page


class TestWhoHasAnInterest:
    def test_takes_no_step_but_to_withdraw(self, in_review, requester):
        make_stake(requester, in_review.counterparty)
        fresh = type(in_review).objects.get(pk=in_review.pk)
        assert fresh.transitions_for(requester) == []
        assert [step.name for step in fresh.review.transitions_for(requester)] == ["withdraw"]
        fresh.review.withdraw(by=requester, note="I have an interest now.")
        assert type(in_review).objects.get(pk=in_review.pk).status == "draft"

    def test_is_addressed_on_the_sheet(self, case, founder, legal, sign_in):
        page = sign_in(founder).get(f"/agreements/{case.pk}/review/").content.decode()
        assert "You may not take part in decisions about Lumen Vision." in page
