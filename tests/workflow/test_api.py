"""Steps, reviews and votes through the API."""

import pytest

from apps.accounts.models import Role
from apps.workflow.models import Decision
from tests.api_cast import api_of
from tests.factories import make_dataset, make_role, make_stake


@pytest.fixture
def review(in_review):
    return in_review.review


class TestSteps:
    def test_an_unknown_one_is_404(self, legal, in_review):
        assert api_of(legal).post(f"agreements/{in_review.pk}/transitions/delete/").status_code == 404
        assert api_of(legal).post(f"agreements/{in_review.pk}/transitions/save/").status_code == 404

    def test_one_that_the_status_forbids_is_409(self, requester, in_review):
        response = api_of(requester).post(f"agreements/{in_review.pk}/transitions/submit/")
        assert response.status_code == 409
        assert response.json() == {"detail": "Submit is not possible for Support desk while it is in review."}

    def test_one_that_the_rules_forbid_is_403_and_stays_on_record(self, privacy, support):
        response = api_of(privacy).post(f"agreements/{support.pk}/transitions/submit/")
        assert response.status_code == 403
        assert response.json()["detail"] == "Privacy may not take the step “Submit” for Support desk."
        assert Decision.objects.about(support).get().refusal

    def test_the_outcome_of_a_review_is_409(self, legal, in_review):
        response = api_of(legal).post(f"agreements/{in_review.pk}/transitions/approve/")
        assert response.status_code == 409
        assert "is the outcome of a review" in response.json()["detail"]

    def test_a_missing_reason_is_400_with_the_question(self, legal, cloudy):
        response = api_of(legal).post(f"vendors/{cloudy.pk}/transitions/suspend/")
        assert response.status_code == 400
        assert response.json()["fields"] == {"note": ["Give the reason."]}

    def test_whoever_may_not_take_it_hears_that_first(self, auditor, cloudy):
        assert api_of(auditor).post(f"vendors/{cloudy.pk}/transitions/suspend/").status_code == 403

    @pytest.mark.parametrize("note", [{"a": 1}, ["a"], "a\x00b", "x" * 10_001, None])
    def test_a_note_is_text(self, legal, cloudy, note):
        response = api_of(legal).post(f"vendors/{cloudy.pk}/transitions/suspend/", {"note": note})
        assert response.status_code == 400
        assert set(response.json()["fields"]) == {"note"}

    def test_the_note_is_on_the_decision(self, legal, cloudy):
        api_of(legal).post(f"vendors/{cloudy.pk}/transitions/suspend/", {"note": "Their audit failed."})
        assert Decision.objects.about(cloudy).get().note == "Their audit failed."


class TestReview:
    def test_names_nobody_in_its_seats_to_those_whose_interests_it_is_about(
        self, case, founder, legal, second_lawyer, sign_in
    ):
        make_stake(second_lawyer, case.counterparty)
        path, reason = f"reviews/{case.review.pk}/", "Second Lawyer may not take part"
        told = api_of(legal).get(path).json()["seats"]
        assert any(reason in unable["reason"] for seat in told for unable in seat["unable"])
        assert reason in sign_in(legal).get(case.review.get_absolute_url()).content.decode()
        hidden = api_of(founder).get(path).json()["seats"]
        assert [seat["role"] for seat in hidden] == [seat["role"] for seat in told]
        assert {len(seat["able"]) + len(seat["unable"]) for seat in hidden} == {0}
        assert reason not in sign_in(founder).get(case.review.get_absolute_url()).content.decode()

    def test_shows_content_seats_and_votes(self, legal, review):
        shown = api_of(legal).get(f"reviews/{review.pk}/").json()
        assert [seat["role"] for seat in shown["seats"]] == ["Legal", "Privacy"]
        assert set(shown["seats"][0]["able"]) == {"Legal", "Second Lawyer"}
        assert (shown["content"], shown["digest"], shown["votes"]) == (review.content, review.digest, [])

    def test_says_why_somebody_cannot_vote(self, legal, in_review, second_lawyer):
        make_stake(second_lawyer, in_review.counterparty)
        seats = api_of(legal).get(f"reviews/{in_review.review.pk}/").json()["seats"]
        [unable] = seats[0]["unable"]
        assert unable["name"] == "Second Lawyer"
        assert "may not take part in decisions about Cloudy" in unable["reason"]

    def test_is_seen_by_those_who_see_what_it_is_about(self, requester, stranger, review):
        assert api_of(requester).get(f"reviews/{review.pk}/").status_code == 200
        assert api_of(stranger).get(f"reviews/{review.pk}/").status_code == 404

    def test_is_not_made_or_edited_by_hand(self, legal, review):
        assert api_of(legal).post("reviews/", {}).status_code == 405
        assert api_of(legal).patch(f"reviews/{review.pk}/", {"due_on": "2030-01-01"}).status_code == 405

    def test_a_question_stops_the_clock_and_the_answer_starts_it(self, privacy, requester, review):
        asked = api_of(privacy).post(f"reviews/{review.pk}/transitions/ask/", {"note": "Which tickets?"})
        assert asked.json()["status"] == "paused"
        answered = api_of(requester).post(f"reviews/{review.pk}/transitions/answer/", {"note": "All of them."})
        assert answered.json()["status"] == "open"

    def test_filters_by_role_status_and_subject(self, legal, tickets, engineer, review, in_review):
        tickets.submit(by=engineer)
        api = api_of(legal)
        assert api.ids("reviews/", role="Legal", status="open") == {review.pk, tickets.review.pk}
        assert api.ids("reviews/", subject_kind="agreement", subject_id=in_review.pk) == {review.pk}
        assert api.ids("reviews/", role="Independent reviewer") == set()

    def test_the_list_keeps_its_query_budget(self, legal, engineer, review, django_assert_max_num_queries):
        for number in range(30):
            make_dataset(engineer, f"Set {number}").submit(by=engineer)
        api = api_of(legal)
        with django_assert_max_num_queries(10):
            assert api.get("reviews/").json()["count"] == 31


class TestVoting:
    def test_is_shown_on_the_review(self, legal, review):
        shown = api_of(legal).vote(review, "Legal", reason="Fine.").json()
        [vote] = shown["votes"]
        assert (vote["by"], vote["verdict"], vote["reason"]) == (legal.pk, "approve", "Fine.")
        assert shown["seats"][0]["state"] == "approved"
        assert api_of(legal).get(f"reviews/{review.pk}/votes/").json()["votes"] == [vote]

    def test_the_last_one_approves(self, legal, privacy, review, in_review):
        api_of(legal).vote(review, "Legal")
        assert api_of(privacy).vote(review, "Privacy").json()["status"] == "approved"
        in_review.refresh_from_db()
        assert in_review.status == "approved"

    def test_conditions_have_a_text_and_perhaps_a_date(self, legal, review):
        conditions = [{"text": "SOC 2 report"}, {"text": "Yearly audit", "due_on": "2027-01-31"}]
        shown = api_of(legal).vote(review, "Legal", "approve_with_conditions", conditions=conditions).json()
        kept = [(row["text"], row["due_on"]) for row in shown["votes"][0]["conditions"]]
        assert kept == [("SOC 2 report", None), ("Yearly audit", "2027-01-31")]

    def test_conditions_without_text_are_400_and_named_by_place(self, legal, review):
        conditions = [{"text": "Fine"}, {"text": "", "due_on": "soon"}]
        response = api_of(legal).vote(review, "Legal", "approve_with_conditions", conditions=conditions)
        assert set(response.json()["fields"]) == {"conditions.1.text", "conditions.1.due_on"}

    def test_a_refusal_needs_a_reason(self, legal, review):
        assert api_of(legal).vote(review, "Legal", "refuse").json()["fields"] == {"reason": ["Say why you refuse."]}

    @pytest.mark.parametrize(
        "body", [{"role": "Cook"}, {"verdict": "perhaps"}, {"conditions": "x"}, {"conditions": [1]}, {"reason": []}]
    )
    def test_what_makes_no_sense_is_400(self, legal, review, body):
        response = api_of(legal).post(f"reviews/{review.pk}/votes/", {"role": "Legal", "verdict": "approve", **body})
        assert response.status_code == 400

    def test_for_a_role_one_does_not_hold_is_403_with_the_reason(self, legal, review):
        response = api_of(legal).vote(review, "Privacy")
        assert response.status_code == 403
        assert response.json() == {"detail": "You do not hold the role Privacy."}

    def test_with_a_role_granted_after_submission_is_403(self, stranger, engineer, review):
        late = make_role(engineer, Role.LEGAL)
        assert api_of(late).vote(review, "Legal").status_code == 403

    def test_somebody_with_a_path_reads_verdicts_but_no_reasons(self, legal, founder, case):
        api_of(legal).vote(case.review, "Legal", "abstain", reason="The founder holds 40 % of the fund.")
        [vote] = api_of(founder).get(f"reviews/{case.review.pk}/").json()["votes"]
        assert (vote["verdict"], vote["reason"]) == ("abstain", "")
        [vote] = api_of(legal).get(f"reviews/{case.review.pk}/").json()["votes"]
        assert "40 %" in vote["reason"]
