"""Looking up one person: who may, what is shown and for how long, and that the key leaves no trace."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from apps.consents.models import ConsentEvent, State, SubjectLookup, WithdrawalLink
from apps.consents.sets.outcomes import outcomes_of
from apps.core import clock
from apps.taxonomy.models import DataUse
from tests.consents.files import ANN, BOB, CLEO, TRAINING, said
from tests.factories import make_consent_import, make_user

NEW, REASON = "/consents/look-ups/new/", "Request 2026-17"


@pytest.fixture
def look_up(answers, in_privacy):
    def look_up(key=ANN, reason=REASON):
        return in_privacy.post(NEW, {"key": key, "reason": reason}, follow=True)

    return look_up


@pytest.fixture
def found(look_up):
    look_up()
    return SubjectLookup.objects.latest("pk")


def place(lookup, name):
    return reverse(f"consents:lookup_{name}", args=[lookup.pk])


class TestWhatIsShown:
    def test_is_what_the_person_permits_and_every_answer(self, look_up):
        page = said(look_up())
        assert "This person permits <b>Marketing" in page
        assert "Given" in page
        assert "answers.csv" in page

    def test_is_that_nothing_is_permitted_after_a_withdrawal(self, look_up):
        assert "This person permits nothing of what they were asked about" in said(look_up(BOB))

    @pytest.mark.parametrize("state", ["unknown", "invalidated"])
    def test_is_what_cannot_be_relied_on_as_what_it_is(self, look_up, in_privacy, engineer, state):
        make_consent_import("later", people=[CLEO], by=engineer, state=state, use="analytics")
        assert f"{state.capitalize()}</span>" in said(look_up(CLEO))
        record = in_privacy.get(place(SubjectLookup.objects.latest("pk"), "json")).json()
        assert {row["purpose"]: row["stands"] for row in record["processing"]}["analytics"] == state

    def test_is_that_nobody_is_known_by_the_key(self, look_up):
        assert "Nobody is known by this key" in said(look_up("nobody@example.org"))
        assert SubjectLookup.objects.get().subject is None

    def test_is_the_same_for_an_address_in_other_letters_and_with_spaces(self, look_up):
        assert "This person permits" in said(look_up(f" {ANN.upper()} "))

    def test_is_the_record_as_json_by_the_parts_of_the_standard(self, in_privacy, found):
        answer = in_privacy.get(place(found, "json"))
        record = answer.json()
        assert set(record) == {"header", "notices", "processing", "events", "not_recorded"}
        assert record["header"]["schema_version"] == "ISO/IEC TS 27560:2023"
        assert {event["state"] for event in record["events"]} == {"dpv:ConsentGiven"}
        assert {row["purpose"]: row["permitted"] for row in record["processing"]} == {"marketing": True, TRAINING: True}
        assert "attachment" in answer["Content-Disposition"]
        assert "no-store" in answer["Cache-Control"]

    def test_is_over_after_an_hour(self, in_privacy, found):
        with clock.travel_to(clock.now() + timedelta(hours=2)):
            assert "kept nowhere" in said(in_privacy.get(found.get_absolute_url()))
            assert in_privacy.get(place(found, "json")).status_code == 403

    @pytest.mark.parametrize("name", ["auditor", "dpo"])
    def test_is_to_others_only_that_somebody_asked(self, name, cast, sign_in, found):
        page = said(sign_in(cast[name]).get(found.get_absolute_url()))
        assert REASON in page
        assert "Marketing" not in page
        assert "All answers" not in page


class TestWho:
    @pytest.mark.parametrize("name", ["legal", "dpo", "auditor", "engineer", "stranger", "administrator"])
    def test_does_not_look_up(self, name, cast, sign_in, answers):
        client = sign_in(cast[name])
        assert client.get(NEW).status_code == 403
        assert client.post(NEW, {"key": ANN, "reason": REASON}).status_code == 403
        assert not SubjectLookup.objects.exists()

    @pytest.mark.parametrize("name", ["legal", "engineer", "stranger"])
    def test_does_not_see_who_was_looked_up(self, name, cast, sign_in, found):
        client = sign_in(cast[name])
        assert client.get("/consents/look-ups/").status_code == 403
        assert client.get(found.get_absolute_url()).status_code == 404
        assert client.get(place(found, "json")).status_code == 404

    def test_somebody_else_of_privacy_gives_a_reason_of_their_own(self, sign_in, found):
        client = sign_in(make_user("deputy", "Privacy"))
        assert client.get(place(found, "json")).status_code == 403
        assert {client.post(place(found, name)).status_code for name in ("withdraw", "link", "forget")} == {403}


class TestTheReason:
    def test_is_asked_and_without_it_nobody_is_looked_up(self, in_privacy, answers):
        answer = in_privacy.post(NEW, {"key": ANN, "reason": " "})
        assert answer.status_code == 422
        assert not SubjectLookup.objects.exists()

    def test_must_not_name_the_key(self, in_privacy, answers):
        answer = in_privacy.post(NEW, {"key": ANN, "reason": f"Letter of {ANN.upper()}"})
        assert "Leave the key of the person out" in said(answer)
        assert not SubjectLookup.objects.exists()

    def test_stays_on_record_with_who_and_when(self, found, privacy):
        row = found.history.get()
        assert (row.reason, row.by, row.history_user) == (REASON, privacy, privacy)


class TestTheKey:
    def test_does_not_come_back_on_any_page(self, look_up, in_privacy, answers):
        wrong = in_privacy.post(NEW, {"key": ANN, "reason": ""})
        assert ANN not in said(wrong) + said(look_up()) + said(look_up("nobody@example.org"))

    def test_stands_in_no_table_session_or_log(self, look_up, in_privacy, caplog):
        caplog.set_level("DEBUG")
        for key in (ANN, CLEO, "nobody@example.org"):
            look_up(key)
            in_privacy.post(NEW, {"key": key, "reason": ""})
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f"SELECT string_agg(t::text, '') FROM \"{table}\" t")
                text = cursor.fetchone()[0] or ""
                assert not [key for key in (ANN, CLEO, "nobody@example.org") if key in text], table
        said_in_log = [r.getMessage() for r in caplog.records if not r.name.startswith("django.db")]
        assert not [line for line in said_in_log if ANN in line or CLEO in line]


class TestTime:
    def test_a_yes_that_has_lapsed_since_is_not_shown_as_permission(self, in_privacy, load):
        soon = clock.now() + timedelta(minutes=10)
        load(f"{ANN},marketing,given,2026-03-01,{soon.isoformat()}", header="subject,use,state,occurred_at,expires_at")
        with clock.travel_to(soon + timedelta(minutes=1)):
            page = said(in_privacy.post(NEW, {"key": ANN, "reason": REASON}, follow=True))
        assert "This person permits nothing" in page


class TestAWithdrawalOnTheirWord:
    def test_says_so_when_the_person_has_said_yes_again_since(self, in_privacy, found):
        marketing = DataUse.objects.get(key="marketing")
        form = {"uses": [marketing.pk], "mechanism": "letter", "said_on": "2001-01-01"}
        page = said(in_privacy.post(place(found, "withdraw"), form, follow=True))
        assert f"After that day the person said yes again to {marketing.name}." in page
        assert "counts from now on" not in page

    def test_counts_at_once_and_names_how_they_said_it(self, in_privacy, found, privacy):
        marketing = DataUse.objects.get(key="marketing")
        form = {"uses": [marketing.pk], "mechanism": "letter", "said_on": str(clock.today())}
        page = said(in_privacy.post(place(found, "withdraw"), form, follow=True))
        assert "The withdrawal is recorded" in page
        event = ConsentEvent.objects.latest("pk")
        assert (event.state, event.mechanism, event.consent_import.by) == (State.WITHDRAWN, "letter", privacy)
        assert outcomes_of(found.subject)[marketing.pk].key == "withdrawn"

    def test_of_an_earlier_day_counts_from_its_end(self, in_privacy, found):
        marketing = DataUse.objects.get(key="marketing")
        form = {"uses": [marketing.pk], "mechanism": "letter", "said_on": "2026-03-04"}
        in_privacy.post(place(found, "withdraw"), form)
        assert ConsentEvent.objects.latest("pk").occurred_at.isoformat()[:19] == "2026-03-04T23:59:59"

    def test_of_what_is_not_permitted_or_of_a_day_to_come_is_refused(self, in_privacy, found):
        refused = DataUse.objects.get(key="essential")
        for form in ({"uses": [refused.pk]}, {"uses": []}, {"said_on": "2100-01-01"}, {"mechanism": "rumour"}):
            given = {"uses": [DataUse.objects.get(key="marketing").pk], "mechanism": "letter", "said_on": "2026-03-04"}
            assert in_privacy.post(place(found, "withdraw"), {**given, **form}).status_code == 422

    def test_of_somebody_who_permits_nothing_is_a_conflict(self, look_up, in_privacy):
        look_up(BOB)
        assert in_privacy.get(place(SubjectLookup.objects.latest("pk"), "withdraw")).status_code == 409


class TestALink:
    def test_is_made_for_the_person_and_shown_once(self, in_privacy, found):
        page = said(in_privacy.post(place(found, "link")))
        link = WithdrawalLink.objects.get()
        assert link.url in page
        assert link.subject == found.subject
        assert link.url not in said(in_privacy.get(found.get_absolute_url()))

    def test_is_made_on_post_only(self, in_privacy, found):
        assert in_privacy.get(place(found, "link"))["Location"] == found.get_absolute_url()
        assert not WithdrawalLink.objects.exists()


class TestForgetting:
    def test_asks_whether_it_is_meant_and_why(self, in_privacy, found):
        assert in_privacy.post(place(found, "forget"), {"reason": "Proof period over"}).status_code == 422
        assert in_privacy.post(place(found, "forget"), {"sure": "on"}).status_code == 422
        found.subject.refresh_from_db()
        assert not found.subject.is_forgotten

    def test_leaves_nothing_that_leads_to_the_person(self, in_privacy, found, look_up):
        page = in_privacy.post(place(found, "forget"), {"reason": "Proof period over", "sure": "on"}, follow=True)
        assert "The person is forgotten" in said(page)
        assert "forgotten" in said(in_privacy.get(found.get_absolute_url()))
        assert "Nobody is known by this key" in said(look_up())
        assert ConsentEvent.objects.filter(subject=found.subject).exists()
        found.refresh_from_db()
        assert found.forgotten_because == "Proof period over"
