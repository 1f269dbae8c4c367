"""Consents through the API: files, single answers, cohorts, screenings and look-ups."""

import pytest

from apps.consents.models import ConsentEvent, ConsentImport, ImportRun, Screening, State, SubjectLookup
from apps.consents.screening.services import add_cohort
from apps.ledger.models import StoredResponse
from tests.api_cast import api_of
from tests.consents.files import ANN, ANSWERS, BOB, HEAD, TRAINING, upload

ANSWER = {"subject": ANN, "use": "marketing", "state": "given", "occurred_at": "2026-03-30T09:15:00Z"}


@pytest.fixture
def api(engineer):
    return api_of(engineer)


@pytest.fixture
def privacy_api(privacy):
    return api_of(privacy)


def send(api, path, **body):
    return api.post(path, body, format="multipart")


class TestFiles:
    def test_a_short_one_is_taken_at_once(self, api):
        answer = send(api, "consent-imports/", file=upload())
        assert answer.status_code == 201
        made = api.get(f"consent-imports/{answer.json()['made']}/").json()
        assert (made["rows"], made["counts"][TRAINING]) == (5, {"given": 1, "refused": 1})

    def test_a_long_one_is_left_to_a_worker_and_its_run_says_how_far_it_is(self, api, monkeypatch):
        monkeypatch.setattr("apps.consents.intake.uploads.WHILE_WAITING", 0)
        monkeypatch.setattr("apps.consents.tasks.run_import.delay", lambda pk: None)
        answer = send(api, "consent-imports/", file=upload())
        assert answer.status_code == 202
        run = api.get(f"consent-import-runs/{answer.json()['id']}/").json()
        assert (run["phase"], run["finished_at"], run["made"]) == ("Waiting", None, None)

    def test_wrong_lines_are_named_and_nothing_is_left(self, api):
        answer = send(api, "consent-imports/", file=upload(f"{HEAD}{ANN},marketing,maybe,2026-01-01\n"))
        assert answer.status_code == 400
        assert list(answer.json()["fields"]) == ["line 2"]
        assert ANN not in answer.content.decode()
        assert not ImportRun.objects.exists()

    def test_wrong_lines_can_be_left_out(self, api):
        file = upload(f"{ANSWERS}{ANN},marketing,maybe,2026-01-01\n")
        answer = send(api, "consent-imports/", file=file, skip_invalid=True)
        assert answer.status_code == 201
        assert answer.json()["problems"][0]["line"] == 7

    def test_what_the_lines_do_not_say_can_be_said_once(self, api):
        assert send(api, "consent-imports/", file=upload(), mechanism="letter").status_code == 201
        assert set(ConsentEvent.objects.values_list("mechanism", flat=True)) == {"letter"}
        assert send(api, "consent-imports/", file=upload(), language="x" * 16).status_code == 400

    def test_the_same_request_sent_again_is_answered_again(self, api):
        options = {"format": "multipart", "headers": {"Idempotency-Key": "one"}}
        first, second = (api.post("consent-imports/", {"file": upload()}, **options) for _ in range(2))
        assert first.json() == second.json()
        assert ImportRun.objects.count() == 1


class TestASingleAnswer:
    def test_counts_at_once_and_names_its_notice_and_way(self, api, engineer):
        answer = api.post("consent-events/", {**ANSWER, "mechanism": "app", "language": "de"})
        assert answer.status_code == 201
        event = ConsentEvent.objects.get()
        assert (event.state, event.mechanism, event.language) == (State.GIVEN, "app", "de")
        assert (answer.json()["id"], answer.json()["kind"]) == (event.consent_import_id, "api")
        assert event.consent_import.by == engineer

    @pytest.mark.parametrize("hour", ["2026-10-25T02:30", "2026-03-29T02:30:00"])
    def test_of_an_hour_that_comes_twice_or_never_asks_for_the_offset(self, api, settings, hour):
        settings.TIME_ZONE = "Europe/Berlin"
        answer = api.post("consent-events/", {**ANSWER, "occurred_at": hour, "expires_at": f"{hour[:5]}11{hour[7:]}"})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["occurred_at"])
        assert "Write the offset" in answer.json()["fields"]["occurred_at"][0]

    def test_sent_again_with_its_key_counts_once_and_another_body_is_refused(self, api):
        def post(**more):
            return api.post("consent-events/", {**ANSWER, **more}, headers={"Idempotency-Key": "one"})

        assert [post().status_code, post().status_code, post(state="withdrawn").status_code] == [201, 201, 422]
        assert ConsentEvent.objects.count() == 1

    def test_leaves_no_key_and_no_guessable_digest_of_it(self, api):
        api.post("consent-events/", ANSWER, headers={"Idempotency-Key": "one"})
        kept = StoredResponse.objects.get()
        assert ANN not in kept.answer
        assert len(kept.body) == 64

    @pytest.mark.parametrize(
        "wrong",
        [
            {"use": "nothing"},
            {"state": "maybe"},
            {"occurred_at": "soon"},
            {"occurred_at": "1800-01-01T00:00:00Z"},
            {"expires_at": "2020-01-01T00:00:00Z"},
            {"subject": ""},
            {"subject": "x" * 2000},
            {"mechanism": "a|b"},
            {"notice_version": 99},
        ],
    )
    def test_that_is_wrong_is_refused_with_its_field(self, api, wrong):
        answer = api.post("consent-events/", {**ANSWER, **wrong})
        assert answer.status_code == 400
        assert set(answer.json()["fields"]) == set(wrong)
        assert not ConsentImport.objects.exists()

    def test_is_not_listed(self, api):
        assert api.get("consent-events/").status_code == 405


class TestScreenings:
    @pytest.fixture
    def cohort(self, answers, privacy):
        return add_cohort("Both", upload(f"subject\n{ANN}\n{BOB}\n"), by=privacy)[0]

    def test_say_how_many_permit_all_and_how_it_went(self, api, cohort):
        answer = api.post("screenings/", {"cohort": cohort.pk, "uses": [TRAINING], "recipient": "third_party"})
        assert answer.status_code == 201, answer.json()
        found = answer.json()
        assert (found["members"], found["permitted"], found["coverage"]) == (2, 0, 0.0)
        assert found["counts"][TRAINING]["permitted"] == 1
        assert len(found["points"]) == 13

    def test_refuse_an_unknown_use_or_cohort(self, api, cohort):
        assert api.post("screenings/", {"cohort": cohort.pk, "uses": ["none"]}).status_code == 400
        assert api.post("screenings/", {"cohort": 0, "uses": ["marketing"]}).status_code == 400
        assert not Screening.objects.exists()

    def test_hand_out_who_is_to_be_left_out(self, api, cohort):
        made = api.post("screenings/", {"cohort": cohort.pk, "uses": ["marketing"]}).json()
        listed = b"".join(api.get(f"screenings/{made['id']}/exclusions/").streaming_content).decode()
        assert len(listed.splitlines()) == 2

    def test_cohorts_are_made_from_a_file(self, api):
        answer = send(api, "cohorts/", name="New", file=upload(f"subject\n{ANN}\n"))
        assert (answer.status_code, answer.json()["size"]) == (201, 1)
        assert send(api, "cohorts/", name="New", file=upload(f"subject\n{ANN}\n")).status_code == 400
        assert send(api, "cohorts/", name="Other", file=upload("x\n")).json()["fields"] == {
            "line 1": ["The first line must name the column subject."]
        }


class TestLookUps:
    def test_answer_with_the_record_and_stay_on_record(self, privacy_api, privacy, answers):
        answer = privacy_api.post("subject-lookups/", {"key": ANN, "reason": "Request 17"})
        assert answer.status_code == 201
        assert {row["purpose"] for row in answer.json()["record"]["processing"]} == {"marketing", TRAINING}
        assert (SubjectLookup.objects.get().reason, SubjectLookup.objects.get().by) == ("Request 17", privacy)
        assert ANN not in answer.content.decode()

    def test_of_nobody_say_so(self, privacy_api, answers):
        assert privacy_api.post("subject-lookups/", {"key": "nobody", "reason": "Request"}).json()["record"] is None

    @pytest.mark.parametrize("body", [{"key": ANN}, {"key": ANN, "reason": " "}, {"key": ANN, "reason": f"For {ANN}"}])
    def test_need_a_reason_without_the_key(self, privacy_api, answers, body):
        answer = privacy_api.post("subject-lookups/", body)
        assert answer.status_code == 400
        assert list(answer.json()["fields"]) == ["reason"]
        assert not SubjectLookup.objects.exists()

    def test_are_answered_once(self, privacy_api, answers):
        body, headers = {"key": ANN, "reason": "Request"}, {"Idempotency-Key": "one"}
        assert privacy_api.post("subject-lookups/", body, headers=headers).status_code == 400
        assert not StoredResponse.objects.exists()

    def test_too_many_are_asked_to_wait(self, privacy_api, answers, settings):
        settings.ACCOUNT_RATE_LIMITS = {"subject_lookup": "2/h/user"}
        body = {"key": ANN, "reason": "Request"}
        assert [privacy_api.post("subject-lookups/", body).status_code for _ in range(3)] == [201, 201, 429]

    def test_are_read_later_without_what_was_answered(self, privacy_api, answers, auditor):
        made = privacy_api.post("subject-lookups/", {"key": ANN, "reason": "Request"}).json()
        assert "record" not in api_of(auditor).get(f"subject-lookups/{made['id']}/").json()
