"""Due diligence and questionnaires as people see and fill them in."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.findings.models import reconcile
from apps.vendors.models import DueDiligence, Evidence, Questionnaire
from tests.factories import make_due_diligence, make_stake, make_vendor


@pytest.fixture
def vendor(ours, engineer):
    return make_vendor(owner=engineer, risk_tier="medium")


@pytest.fixture
def asked(vendor, engineer):
    return DueDiligence.start(vendor, by=engineer)


@pytest.fixture
def form_url(asked):
    return f"/vendors/due-diligence/{asked.pk}/answers/"


def question(asked, beginning):
    return asked.questionnaire.questions.get(text__startswith=beginning)


def filled(asked, **more):
    return {"revision": asked.revision, **more}


class TestForm:
    def test_keeps_a_draft_that_is_not_complete(self, sign_in, engineer, asked, form_url):
        trains = question(asked, "Do they train models")
        sent = filled(asked, **{f"answer_{trains.pk}": "yes", f"remark_{trains.pk}": "On all of it."})
        assert sign_in(engineer).post(form_url, sent).status_code == 302
        answer = asked.answers.get(question=trains)
        assert (answer.value, answer.remark, answer.asks_for_attention) == ("yes", "On all of it.", True)

    def test_handing_in_too_early_saves_and_says_beside_each_field_what_is_missing(
        self, sign_in, engineer, asked, form_url
    ):
        trains = question(asked, "Do they train models")
        sent = filled(asked, hand_in="yes", **{f"answer_{trains.pk}": "no"})
        page = sign_in(engineer).post(form_url, sent, follow=True)
        asked.refresh_from_db()
        assert asked.status == "open"
        assert asked.answers.get(question=trains).value == "no"
        missing = asked.missing()
        assert missing
        assert page.content.decode().count("This answer is needed before you hand in.") == 2 * len(missing)

    def test_hands_in_what_is_complete(self, sign_in, engineer, vendor):
        asked = make_due_diligence(vendor, "open")
        kept = {f"answer_{answer.question_id}": answer.value for answer in asked.answers.all()}
        sent = filled(asked, hand_in="yes", **kept)
        sign_in(engineer).post(f"/vendors/due-diligence/{asked.pk}/answers/", sent)
        asked.refresh_from_db()
        assert (asked.status, asked.handed_in_by) == ("answered", engineer)

    def test_refuses_an_answer_that_is_none_of_the_choices(self, sign_in, engineer, asked, form_url):
        trains = question(asked, "Do they train models")
        page = sign_in(engineer).post(form_url, filled(asked, **{f"answer_{trains.pk}": "maybe"}))
        assert page.status_code == 422
        assert not asked.answers.exists()

    def test_an_older_form_overwrites_nothing(self, sign_in, engineer, asked, form_url):
        trains = question(asked, "Do they train models")
        asked.answer({trains.pk: ("yes", "")}, by=engineer)
        page = sign_in(engineer).post(form_url, {"revision": 1, f"answer_{trains.pk}": "no"})
        assert page.status_code == 409
        assert asked.answers.get(question=trains).value == "yes"

    def test_two_tabs_are_compared_answer_by_answer(self, sign_in, engineer, legal, asked, form_url):
        trains, tells = question(asked, "Do they train models"), question(asked, "What data about people")
        client = sign_in(engineer)
        opened = client.get(form_url).context
        asked.answer({trains.pk: ("yes", ""), tells.pk: ("Photos", "")}, by=legal)
        mine = {f"answer_{trains.pk}": "no", "revision": opened["revision"], "seen": opened["seen"]}
        page = client.post(form_url, mine)
        rows = {row["row"].label: (row["row"], row["event"]) for row in page.context["conflict"]["rows"]}
        assert {label: (row.mine, row.theirs, row.by_me, event.who) for label, (row, event) in rows.items()} == {
            trains.text: ("No", "Yes", True, str(legal)),
            tells.text: ("", "Photos", False, str(legal)),
        }
        assert (page.status_code, asked.answers.get(question=trains).value) == (409, "yes")
        assert f'name="keep-answer_{trains.pk}"' in page.content.decode()

    def test_a_file_that_came_meanwhile_is_told_too(self, sign_in, engineer, asked, form_url):
        client, wanted = sign_in(engineer), asked.questionnaire.questions.filter(wants_evidence=True).first()
        opened = client.get(form_url).context
        Evidence.store(SimpleUploadedFile("soc2.txt", b"All well."), by=engineer, due_diligence=asked, question=wanted)
        page = client.post(form_url, {"revision": opened["revision"], "seen": opened["seen"]})
        assert page.status_code == 409
        assert "soc2.txt" in page.content.decode()

    @pytest.mark.parametrize("name", ["stranger", "privacy", "auditor"])
    def test_is_for_the_owner_and_legal(self, sign_in, cast, form_url, name):
        assert sign_in(cast[name]).get(form_url).status_code in (403, 404)

    def test_is_closed_once_handed_in(self, sign_in, engineer, vendor):
        asked = make_due_diligence(vendor, "answered")
        assert sign_in(engineer).get(f"/vendors/due-diligence/{asked.pk}/answers/").status_code == 409


class TestEvidence:
    def send(self, client, asked, form_url, file):
        wanted = asked.questionnaire.questions.filter(wants_evidence=True).first()
        return client.post(form_url, filled(asked, **{f"file_{wanted.pk}": file}))

    def test_is_kept_and_served_as_a_download(self, sign_in, engineer, asked, form_url):
        client = sign_in(engineer)
        self.send(client, asked, form_url, SimpleUploadedFile("report.txt", b"All well."))
        response = client.get(f"/vendors/evidence/{Evidence.objects.get().pk}/")
        assert response["Content-Disposition"] == 'attachment; filename="report.txt"'
        assert b"".join(response.streaming_content) == b"All well."

    @pytest.mark.parametrize(
        ("name", "content"), [("report.exe", b"MZ"), ("report.pdf", b"no pdf"), ("report.txt", b"a\x00b")]
    )
    def test_of_another_kind_is_refused_and_nothing_kept(self, sign_in, engineer, asked, form_url, name, content):
        response = self.send(sign_in(engineer), asked, form_url, SimpleUploadedFile(name, content))
        assert response.status_code == 422
        assert not Evidence.objects.exists()

    def test_is_not_for_whoever_does_not_see_it_or_profits(self, sign_in, cast, engineer, vendor, asked, form_url):
        self.send(sign_in(engineer), asked, form_url, SimpleUploadedFile("report.txt", b"All well."))
        make_stake(cast["second_lawyer"], vendor)
        url = f"/vendors/evidence/{Evidence.objects.get().pk}/"
        answers = {name: sign_in(cast[name]).get(url).status_code for name in ("stranger", "legal", "second_lawyer")}
        assert answers == {"stranger": 404, "legal": 200, "second_lawyer": 404}


class TestReading:
    def test_counts_nothing_for_those_who_do_not_see_it(self, sign_in, requester, privacy, vendor):
        asked = make_due_diligence(vendor, "open", {"Do they train models": "yes"})
        reconcile(vendor)
        counted = re.compile(r"\d+ (required )?answers? (is|are|asks?)")
        for url in (vendor.get_absolute_url(), f"{vendor.get_absolute_url()}checks/"):
            assert not counted.search(sign_in(requester).get(url).content.decode())
        assert counted.search(sign_in(privacy).get(f"{vendor.get_absolute_url()}checks/").content.decode())
        assert sign_in(requester).get(asked.get_absolute_url()).status_code == 404

    def test_shows_answers_and_what_asks_for_attention(self, sign_in, privacy, vendor):
        asked = make_due_diligence(vendor, "answered", {"Do they train models": "yes"})
        page = sign_in(privacy).get(asked.get_absolute_url()).content.decode()
        assert page.count("asks for attention") == 1

    def test_hides_answers_reason_and_past_from_whoever_profits(self, sign_in, second_lawyer, privacy, vendor):
        asked = make_due_diligence(vendor, "answered", {"What data about people": "Secret words"})
        asked.conclude(by=privacy, note="Secret reason", conclusion="passed")
        make_stake(second_lawyer, vendor)
        client = sign_in(second_lawyer)
        for url in (asked.get_absolute_url(), f"{asked.get_absolute_url()}history/", vendor.get_absolute_url()):
            assert "Secret" not in client.get(url).content.decode()

    def test_the_history_tells_each_answer_before_and_after(self, sign_in, auditor, engineer, asked):
        trains = question(asked, "Do they train models")
        asked.answer({trains.pk: ("no", "")}, by=engineer)
        asked.answer({trains.pk: ("yes", "They do.")}, by=engineer)
        page = sign_in(auditor).get(f"{asked.get_absolute_url()}history/").content.decode()
        assert "They do." in page
        assert "Answer to “Do they train models" in page

    def test_the_vendor_page_says_the_conclusion_to_everybody(self, sign_in, stranger, vendor, privacy):
        make_due_diligence(vendor, concluded_by=privacy)
        page = sign_in(stranger).get(vendor.get_absolute_url()).content.decode()
        assert "Passed, concluded by Privacy" in page
        assert "Questions and answers" not in page

    def test_opening_one_leads_to_the_questions(self, sign_in, engineer, vendor):
        response = sign_in(engineer).post(f"/vendors/{vendor.pk}/due-diligence/new/")
        assert response["Location"] == f"/vendors/due-diligence/{vendor.due_diligence.get().pk}/answers/"


class TestQuestionnairePages:
    @pytest.fixture
    def draft(self, privacy):
        return Questionnaire.objects.get(tier="low").new_version(by=privacy)

    def test_one_in_use_cannot_be_changed(self, sign_in, privacy):
        used = Questionnaire.objects.get(tier="low")
        question = used.questions.first()
        client = sign_in(privacy)
        assert client.get(f"/vendors/questionnaires/{used.pk}/edit/").status_code == 409
        assert client.get(f"/vendors/questions/{question.pk}/edit/").status_code == 409
        assert client.post(f"/vendors/questions/{question.pk}/remove/").status_code == 409
        assert client.get(f"/vendors/questionnaires/{used.pk}/questions/new/").status_code == 409

    def test_privacy_writes_a_question_into_a_draft(self, sign_in, privacy, draft):
        sent = {
            "position": 99,
            "topic": "AI",
            "text": "Which?",
            "kind": "choice",
            "choices": "One\nTwo",
            "attention": "Two",
        }
        assert sign_in(privacy).post(f"/vendors/questionnaires/{draft.pk}/questions/new/", sent).status_code == 302
        made = draft.questions.get(position=99)
        assert (made.choices, made.attention, made.required) == (["One", "Two"], "Two", False)

    def test_privacy_takes_a_question_out_of_a_draft(self, sign_in, privacy, draft):
        count, last = draft.questions.count(), draft.questions.last()
        sign_in(privacy).post(f"/vendors/questions/{last.pk}/remove/")
        assert draft.questions.count() == count - 1

    @pytest.mark.parametrize("name", ["engineer", "auditor"])
    def test_others_keep_none(self, sign_in, cast, name):
        used = Questionnaire.objects.get(tier="low")
        assert sign_in(cast[name]).post(f"/vendors/questionnaires/{used.pk}/renew/").status_code == 403
