import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.agreements.models import Agreement
from apps.core import clock
from apps.datasets.models import Dataset
from apps.workflow.models import Review
from tests.api_cast import api_of
from tests.factories import make_agreement, make_stake
from tests.hostile_files import PDF

DIGEST = "a" * 64


@pytest.fixture
def approved(in_review, legal, privacy):
    for user, role in ((legal, "Legal"), (privacy, "Privacy")):
        in_review.review.vote(by=user, role=role, verdict="approve")
    in_review.refresh_from_db()
    return in_review


def _request(counterparty, our_entity, **more):
    return {
        "title": "Support desk",
        "type": "processor",
        "our_entity": our_entity.pk,
        "counterparty": counterparty.pk,
        **more,
    }


class TestMainFlow:
    """From a dataset to an agreement in force, everything by token."""

    def test_a_healthy_request_is_approved_signed_and_activated(self, cast, ours, cloudy):
        engineer, requester, legal, privacy = (api_of(cast[n]) for n in ("engineer", "requester", "legal", "privacy"))
        terms = {"categories": ["user.contact.email"], "uses": ["essential.service"]}
        dataset = engineer.post("datasets/", {"name": "Tickets", "subject_types": ["customer"], **terms}).json()
        today = clock.today()
        scope = {"datasets": [dataset["id"]], "sponsor": cast["engineer"].pk, "purpose": "Hosting", **terms}
        dates = {"starts_on": str(today), "ends_on": str(today + timedelta(days=300))}
        rights = {"may_train": "no", "may_derive": "no", "onward_transfer": "no", "delete_within_days": 30}
        made = requester.post("agreements/", _request(cloudy, ours, **scope, **dates, **rights)).json()
        agreement = f"agreements/{made['id']}/"
        assert requester.post(f"{agreement}transitions/submit/").json()["status"] == "in_review"

        review = Review.objects.get()
        legal.vote(review, "Legal")
        assert privacy.vote(review, "Privacy").json()["status"] == "approved"
        signature = {"signed_on": str(today), "signatories": "X and Y", "document_sha256": DIGEST}
        assert legal.post(f"{agreement}transitions/sign/", signature).json()["status"] == "signed"
        active = legal.post(f"{agreement}transitions/activate/").json()
        assert (active["status"], active["transitions"]) == ("active", ["suspend", "terminate"])

    def test_the_request_of_the_case_is_blocked_with_the_facts(self, legal, case):
        response = api_of(legal).vote(case.review, "Legal")
        assert response.status_code == 409
        facts = response.json()["facts"]
        assert facts[0] == "The sponsor, Founder, may not take part in decisions about Lumen Vision."
        assert response.json()["detail"] == f"{len(facts)} adopted rules object to the approval."
        assert not case.review.votes.exists()

    def test_the_founder_of_the_case_cannot_vote_and_hears_no_amounts(self, founder, case):
        response = api_of(founder).vote(case.review, "Legal")
        assert response.status_code == 403
        assert "%" not in response.json()["detail"]


class TestCreating:
    def test_the_requester_is_whoever_asks(self, requester, legal, ours, cloudy):
        named = _request(cloudy, ours, requester=legal.pk)
        assert api_of(requester).post("agreements/", named).status_code == 400
        response = api_of(requester).post("agreements/", _request(cloudy, ours))
        assert response.status_code == 201
        assert response.json()["requester"] == requester.pk

    def test_auditors_ask_for_nothing(self, auditor, ours, cloudy):
        response = api_of(auditor).post("agreements/", _request(cloudy, ours))
        assert response.json() == {"detail": "Auditors read and change nothing."}

    def test_our_side_is_one_of_our_companies(self, requester, cloudy, lumen):
        response = api_of(requester).post("agreements/", _request(lumen, cloudy))
        assert set(response.json()["fields"]) == {"our_entity"}

    def test_both_sides_differ(self, requester, ours):
        assert set(api_of(requester).post("agreements/", _request(ours, ours)).json()["fields"]) == {"counterparty"}

    @pytest.mark.parametrize(
        "bad",
        [
            {"datasets": [0]},
            {"datasets": [2**63]},
            {"datasets": [999_999]},
            {"datasets": ["x"]},
            {"uses": ["train_ai_system.nonsense"]},
            {"type": None},
            {"counterparty": None},
            {"delete_within_days": 2**31},
        ],
        ids=repr,
    )
    def test_what_makes_no_sense_is_400_and_named(self, requester, ours, cloudy, bad):
        response = api_of(requester).post("agreements/", {**_request(cloudy, ours), **bad})
        assert response.status_code == 400
        assert {name.partition(".")[0] for name in response.json()["fields"]} == set(bad)
        assert not Agreement.objects.exists()

    def test_nothing_is_left_behind_by_a_refusal(self, requester, ours, cloudy):
        body = _request(cloudy, ours, starts_on="2026-02-01", ends_on="2026-01-01")
        assert set(api_of(requester).post("agreements/", body).json()["fields"]) == {"ends_on"}
        assert not Agreement.objects.exists()


class TestEditing:
    def test_scope_becomes_exactly_what_is_sent(self, requester, support, engineer):
        photos = Dataset(name="Photos", owner=engineer)
        photos.save()
        response = api_of(requester).patch(f"agreements/{support.pk}/", {"datasets": [photos.pk]})
        assert response.json()["datasets"] == [photos.pk]
        assert response.json()["uses"] == ["essential.service"]

    def test_a_sponsor_may_step_down_and_still_reads_the_answer(self, support, engineer, requester):
        support.datasets.all().get().agreement_links.get().delete()
        response = api_of(engineer).patch(f"agreements/{support.pk}/", {"sponsor": requester.pk})
        assert response.json()["sponsor"] == requester.pk
        assert api_of(engineer).get(f"agreements/{support.pk}/").status_code == 404

    def test_reviewers_do_not_edit(self, legal, support):
        assert api_of(legal).patch(f"agreements/{support.pk}/", {"title": "Mine"}).status_code == 403

    def test_what_a_signature_records_is_never_written(self, requester, support):
        body = {"signed_on": "2026-01-01", "signatories": "me", "document_sha256": DIGEST}
        response = api_of(requester).patch(f"agreements/{support.pk}/", body)
        assert response.status_code == 400
        assert set(response.json()["fields"]) == set(body)


class TestSigning:
    def test_takes_the_document_itself(self, legal, approved):
        pdf = PDF
        body = {"signed_on": str(clock.today()), "signatories": "X and Y", "document": SimpleUploadedFile("a.pdf", pdf)}
        response = api_of(legal).post(f"agreements/{approved.pk}/transitions/sign/", body, format="multipart")
        assert response.status_code == 200
        assert response.json()["document_sha256"] == hashlib.sha256(pdf).hexdigest()

    def test_in_a_session_takes_the_document_with_the_csrf_token(self, legal, approved, client):
        client.handler.enforce_csrf_checks = True
        client.force_login(legal)
        client.cookies["csrftoken"] = "x" * 32
        address = f"/api/v1/agreements/{approved.pk}/transitions/sign/"
        body = {"signed_on": str(clock.today()), "signatories": "X and Y"}

        def send(**more):
            document = SimpleUploadedFile("a.pdf", PDF)
            return client.post(address, {**body, "document": document, **more})

        assert send().status_code == 403
        assert send(csrfmiddlewaretoken="x" * 32).status_code == 200

    def test_refuses_a_file_that_is_not_what_it_says(self, legal, approved):
        body = {"signed_on": str(clock.today()), "signatories": "X", "document": SimpleUploadedFile("a.pdf", b"MZ")}
        response = api_of(legal).post(f"agreements/{approved.pk}/transitions/sign/", body, format="multipart")
        assert response.status_code == 400
        assert "By its content this is a program" in response.json()["detail"]

    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            ({}, {"signed_on", "signatories"}),
            ({"signed_on": "2026-01-01", "signatories": "X"}, {"document"}),
            ({"signed_on": "2999-01-01", "signatories": "X"}, {"signed_on"}),
            ({"signed_on": "2026-01-01", "signatories": "X", "document_sha256": "z"}, {"document_sha256"}),
            ({"signed_on": "2026-01-01", "signatories": "X", "document": "a.pdf"}, {"document"}),
        ],
    )
    def test_what_is_missing_or_wrong_is_named(self, legal, approved, body, fields):
        response = api_of(legal).post(f"agreements/{approved.pk}/transitions/sign/", body)
        assert response.status_code == 400
        assert set(response.json()["fields"]) == fields

    def test_an_open_condition_stops_activation(self, legal, privacy, in_review):
        ask = [{"text": "SOC 2 report"}]
        api_of(legal).vote(in_review.review, "Legal", "approve_with_conditions", conditions=ask)
        api_of(privacy).vote(in_review.review, "Privacy")
        signature = {"signed_on": str(clock.today()), "signatories": "X", "document_sha256": DIGEST}
        api_of(legal).post(f"agreements/{in_review.pk}/transitions/sign/", signature)
        response = api_of(legal).post(f"agreements/{in_review.pk}/transitions/activate/")
        assert response.status_code == 409
        assert "SOC 2 report" in response.json()["detail"]


class TestJustification:
    def test_is_signed_by_an_independent_reviewer(self, independent, case):
        response = api_of(independent).post(f"agreements/{case.pk}/justification/", {"text": "It is right because."})
        assert response.status_code == 200
        assert response.json()["justification"]["signed_by"] == independent.pk

    def test_is_not_signed_by_others(self, legal, case):
        assert api_of(legal).post(f"agreements/{case.pk}/justification/", {"text": "x"}).status_code == 403

    def test_is_not_signed_by_somebody_with_a_path(self, independent, case):
        make_stake(independent, case.counterparty)
        again = User.objects.get(pk=independent.pk)
        assert api_of(again).post(f"agreements/{case.pk}/justification/", {"text": "x"}).status_code == 403

    def test_is_signed_in_review_only(self, independent, support):
        assert api_of(independent).post(f"agreements/{support.pk}/justification/", {"text": "x"}).status_code == 409

    @pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "  "}, {"text": []}, {"text": "x" * 20_001}, []])
    def test_has_a_text(self, independent, case, body):
        assert api_of(independent).post(f"agreements/{case.pk}/justification/", body).status_code == 400

    def test_is_hidden_from_those_it_is_about(self, independent, founder, case):
        api_of(independent).post(f"agreements/{case.pk}/justification/", {"text": "Although the founder profits."})
        assert api_of(founder).get(f"agreements/{case.pk}/").json()["justification"] is None


class TestList:
    def test_shows_what_one_has_to_do_with(self, cast, support):
        seen = {name for name, user in cast.items() if api_of(user).ids("agreements/") == {support.pk}}
        readers = {"legal", "second_lawyer", "privacy", "dpo", "independent", "executive", "auditor"}
        assert seen == readers | {"requester", "engineer"}

    def test_filters_by_status_counterparty_and_dataset(self, legal, support, tickets, cloudy):
        api = api_of(legal)
        assert api.ids("agreements/", status="draft", counterparty=cloudy.pk, dataset=tickets.pk) == {support.pk}
        assert api.ids("agreements/", status="active") == set()

    def test_keeps_its_query_budget(self, legal, requester, engineer, cloudy, tickets, django_assert_max_num_queries):
        for number in range(30):
            fields = {"sponsor": engineer, "business_owner": engineer, "title": f"Request {number}"}
            make_agreement(requester, cloudy, [tickets], **fields)
        api = api_of(legal)
        with django_assert_max_num_queries(10):
            assert api.get("agreements/").json()["count"] == 30
