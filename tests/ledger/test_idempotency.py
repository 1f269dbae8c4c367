"""A POST with an Idempotency-Key happens once."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from apps.accounts.models import ApiToken
from apps.agreements.models import Agreement
from apps.core import clock
from apps.core.scopes import Scope
from apps.datasets.models import Dataset
from apps.ledger.models import StoredResponse
from apps.ledger.tasks import forget_idempotency_keys
from apps.vendors.models import Person
from apps.workflow.models import Comment, Decision, Redaction, Review
from tests.api_cast import api_of
from tests.factories import make_person
from tests.workflow.test_concurrency import at_once

LOGS, CLICKS = {"name": "Logs"}, {"name": "Clicks"}


def post(user, path, body, key="k1", **options):
    return api_of(user).post(path, body, headers={"Idempotency-Key": key}, **options)


class TestTheSameAgain:
    def test_gives_the_first_answer_and_does_nothing(self, engineer):
        first, second = post(engineer, "datasets/", LOGS), post(engineer, "datasets/", LOGS)
        assert (second.status_code, second.json()) == (201, first.json())
        assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
        assert Dataset.objects.count() == 1

    def test_holds_for_steps(self, engineer, tickets):
        path = f"datasets/{tickets.pk}/transitions/submit/"
        read = {"revision": tickets.revision}
        assert [post(engineer, path, read).status_code for _ in range(2)] == [200, 200]
        assert Decision.objects.about(tickets).made().count() == 1

    def test_does_not_mind_the_order_of_fields(self, engineer):
        post(engineer, "datasets/", {"name": "Logs", "description": "x"})
        assert post(engineer, "datasets/", {"description": "x", "name": "Logs"}).status_code == 201

    def test_counts_files_by_their_content(self, requester, support):
        def send(content):
            body = {"subject_kind": "agreement", "subject_id": support.pk, "body": "See"}
            body["file"] = SimpleUploadedFile("terms.txt", content)
            return post(requester, "comments/", body, format="multipart").status_code

        assert [send(b"one"), send(b"one"), send(b"two")] == [201, 201, 422]
        assert Comment.objects.count() == 1

    def test_after_a_day_is_new(self, engineer):
        post(engineer, "datasets/", LOGS)
        with clock.travel_to(clock.now() + timedelta(hours=25)):
            assert post(engineer, "datasets/", CLICKS).status_code == 201


@pytest.mark.usefixtures("as_portal")
class TestWhoMayNoLongerHaveTheAnswer:
    """Asked anew: what was answered once is not answered for ever."""

    def test_whose_role_ended_gets_none(self, engineer, administrator):
        assert post(engineer, "datasets/", LOGS).status_code == 201
        engineer.grants.get().end(by=administrator)
        again = post(engineer, "datasets/", LOGS)
        assert again.status_code == 403
        assert "a role that you held then has ended" in again.json()["detail"]
        assert Dataset.objects.count() == 1

    def test_whose_role_ended_reads_no_votes(self, legal, administrator, in_review):
        path = f"reviews/{Review.objects.about(in_review).get().pk}/votes/"
        body = {"role": "Legal", "verdict": "approve"}
        assert [post(legal, path, body).status_code for _ in range(2)] == [200, 200]
        legal.grants.get().end(by=administrator)
        assert post(legal, path, body).status_code == 403

    def test_who_does_not_see_the_record_any_more_gets_404(self, requester, stranger, cloudy, ours):
        body = {"title": "Logs", "type": "processor", "our_entity": ours.pk, "counterparty": cloudy.pk}
        made = post(requester, "agreements/", body)
        agreement = Agreement.objects.get(pk=made.json()["id"])
        assert post(requester, "agreements/", body)["Idempotency-Replayed"] == "true"
        agreement.requester = stranger
        agreement.on_behalf(None, "hand over").save()
        assert post(requester, "agreements/", body).status_code == 404

    def test_whose_token_may_only_read_gets_none(self, engineer):
        post(engineer, "datasets/", LOGS)
        answer = api_of(engineer, Scope.READ).post("datasets/", LOGS, headers={"Idempotency-Key": "k1"})
        assert answer.status_code == 403

    def test_others_get_the_record_as_it_now_is(self, engineer):
        made = post(engineer, "datasets/", LOGS).json()
        assert not StoredResponse.objects.get().answer
        dataset = Dataset.objects.get(pk=made["id"])
        dataset.name = "Renamed"
        dataset.on_behalf(engineer, "edit").save()
        assert post(engineer, "datasets/", LOGS).json()["name"] == "Renamed"


class TestAnotherRequest:
    def test_with_the_same_key_is_422_and_does_nothing(self, engineer):
        post(engineer, "datasets/", LOGS)
        response = post(engineer, "datasets/", CLICKS)
        assert response.status_code == 422
        assert "another body" in response.json()["detail"]
        assert Dataset.objects.count() == 1

    def test_with_another_query_is_422(self, engineer):
        paths = ("datasets/?format=json", "datasets/?format=json", "datasets/")
        assert [post(engineer, path, LOGS).status_code for path in paths] == [201, 201, 422]

    def test_of_somebody_else_or_elsewhere_is_another(self, engineer, legal):
        post(engineer, "datasets/", LOGS)
        assert post(engineer, "vendors/", LOGS).status_code == 201
        assert post(legal, "vendors/", {"name": "Other"}).status_code == 201

    @pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\x00", "\xe4"])
    def test_with_a_key_that_is_none_is_400(self, engineer, key):
        assert post(engineer, "datasets/", LOGS, key=key).status_code == 400
        assert not Dataset.objects.exists()


class TestRefusals:
    def test_are_not_kept(self, engineer):
        assert post(engineer, "datasets/", {"name": ""}).status_code == 400
        assert post(engineer, "datasets/", LOGS).status_code == 201

    def test_stay_on_the_record(self, privacy, support):
        assert post(privacy, f"agreements/{support.pk}/transitions/submit/", {}).status_code == 403
        assert Decision.objects.about(support).get().refusal
        assert not StoredResponse.objects.exists()


class TestWhatIsKept:
    def test_is_never_a_key_that_is_shown_once(self, engineer):
        response = post(engineer, "tokens/", {"name": "nightly"})
        assert response.status_code == 400
        assert not StoredResponse.objects.exists()

    def test_is_forgotten_after_a_day(self, engineer):
        post(engineer, "datasets/", LOGS)
        assert forget_idempotency_keys() == 0
        with clock.travel_to(clock.now() + timedelta(hours=25)):
            assert forget_idempotency_keys() == 1

    def test_of_a_redacted_record_says_what_the_record_says(self, legal, privacy):
        person = post(legal, "people/", {"name": "Somebody"}).json()
        redact(Person.objects.get(pk=person["id"]), "name", legal, privacy)
        again = post(legal, "people/", {"name": "Somebody"})
        assert (again.status_code, again.json()["name"][:9]) == (201, "[redacted")

    @pytest.mark.parametrize("text", ["Somebody", 'Jo "Ann" Ö\u2028Marsh \\ \U0001f600'])
    def test_is_forgotten_with_a_redacted_text_and_no_other_is(self, legal, privacy, text):
        keep(k1=text, k2="Logs", k3=f"Firm of {text}")
        redact(make_person(text), "name", legal, privacy)
        assert {kept.key for kept in StoredResponse.objects.all()} == {"k2"}

    def test_is_forgotten_with_what_the_redacted_field_said_before(self, legal, privacy):
        person = make_person("Earlier name")
        person.name = "Later name"
        person.save()
        keep(k1="Earlier name", k2="Is this the later name?")
        redact(person, "name", legal, privacy)
        assert not StoredResponse.objects.exists()


def keep(**answers):
    """Answers that are no records, and so are kept as they were given."""
    for key, text in answers.items():
        answer = JSONRenderer().render({"said": [text]}).decode()
        StoredResponse.objects.create(user_id=1, path="/api/v1/x/", key=key, body="", status=200, answer=answer)


def redact(record, field, legal, privacy):
    Redaction.request(record, field, by=legal, reason="Asked for.").carry_out(by=privacy, note="")


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_one_key_happen_once(engineer):
    _, key = ApiToken.issue(engineer, "tests", by=engineer, scopes=[Scope.WRITE])

    def send():
        client = APIClient(HTTP_AUTHORIZATION=f"Token {key}")
        return client.post("/api/v1/datasets/", LOGS, headers={"Idempotency-Key": "k1"})

    answers = at_once(*[send] * 8)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer for answer in answers) == 7
    assert Dataset.objects.count() == 1
