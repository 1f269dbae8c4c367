"""The pages of comments, files, conditions and covers, and the steps and votes of any record."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core import clock
from apps.workflow.models import Attachment, Comment, Condition, Decision, Delegation
from tests.factories import make_stake
from tests.hostile_files import PDF


def upload(name="minutes.pdf", content=PDF, media_type="application/pdf"):
    return SimpleUploadedFile(name, content, content_type=media_type)


@pytest.fixture
def write(in_review, requester, sign_in):
    """Comment on a request that is in review."""

    def write(by=requester, body="See the file.", file=None):
        data = {"comment-body": body} | ({"comment-file": file} if file else {})
        return sign_in(by).post(f"{in_review.get_absolute_url()}comment/", data)

    return write


class TestComments:
    def test_stand_in_the_thread(self, write, in_review, client):
        assert write(body="How many people?").url == f"{in_review.get_absolute_url()}review/"
        assert b"How many people?" in client.get(f"{in_review.get_absolute_url()}review/").content

    def test_are_shown_as_text(self, write, in_review, client):
        write(body="<script>alert(1)</script>")
        page = client.get(f"{in_review.get_absolute_url()}review/").content
        assert b"<script>alert" not in page
        assert b"&lt;script&gt;alert" in page

    def test_need_a_text(self, write):
        answer = write(body=" ")
        assert answer.status_code == 422
        assert b"This field is required" in answer.content

    def test_of_strangers_are_not_taken(self, write, stranger):
        assert write(by=stranger).status_code == 404
        assert not Comment.objects.exists()

    def test_of_auditors_are_not_taken(self, write, auditor):
        assert write(by=auditor).status_code == 403
        assert not Comment.objects.exists()


class TestFiles:
    def test_are_stored_under_a_name_of_our_own(self, write):
        write(file=upload("minutes.pdf"))
        stored = Attachment.objects.get()
        assert (stored.name, stored.media_type, stored.size) == ("minutes.pdf", "application/pdf", len(PDF))
        assert "minutes" not in stored.file.name

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("..\\..\\windows.pdf", "windows.pdf"),
            ("/absolute/path.pdf", "path.pdf"),
            ("<img src=x onerror=alert(1)>.pdf", "<img src=x onerror=alert(1)>.pdf"),
            ("Überblick 2026, Größen.PDF", "Überblick 2026, Größen.PDF"),
        ],
    )
    def test_with_hostile_names_stay_in_their_folder(self, write, sent, kept):
        assert write(file=upload(sent)).status_code == 302
        stored = Attachment.objects.get()
        assert stored.name == kept
        assert stored.file.name.startswith("attachments/")
        assert "/" not in stored.file.name.removeprefix("attachments/")

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("page.html", b"<script>alert(1)</script>", "Files of this kind cannot be attached"),
            ("picture.svg", b"<svg onload='alert(1)'/>", "Files of this kind cannot be attached"),
            ("run.exe", b"MZ", "Files of this kind cannot be attached"),
            ("minutes.pdf.exe", PDF, "Files of this kind cannot be attached"),
            ("no-suffix", PDF, "Files of this kind cannot be attached"),
            ("page.pdf", b"<html><script>alert(1)</script>", "By its content this is a web page"),
            ("zeros.txt", b"text\x00more", "The file is not text"),
        ],
    )
    def test_of_other_kinds_are_refused_beside_the_field(self, write, name, content, says):
        answer = write(file=upload(name, content))
        assert answer.status_code == 422
        assert says in answer.content.decode()
        assert b"See the file." in answer.content
        assert not Comment.objects.exists()

    def test_that_are_too_big_are_refused(self, write, settings):
        settings.UPLOAD_MAX_BYTES = 1024 * 1024
        answer = write(file=upload(content=PDF + b" " * 1024 * 1024))
        assert answer.status_code == 422
        assert b"The file is larger than 1 MB." in answer.content
        assert not Attachment.objects.exists()

    def test_that_are_empty_are_refused(self, write):
        assert write(file=upload(content=b"")).status_code == 422


class TestDownload:
    @pytest.fixture
    def file(self, write):
        write(file=upload('Größen; "2026".pdf'))
        return Attachment.objects.get()

    def test_is_never_shown_in_the_page(self, file, client):
        answer = client.get(file.get_absolute_url())
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content) == PDF
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["Content-Type"] == "application/pdf"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in answer["Content-Security-Policy"]

    def test_is_for_those_who_see_the_record(self, file, stranger, sign_in):
        assert sign_in(stranger).get(file.get_absolute_url()).status_code == 404

    def test_is_hidden_from_somebody_who_profits(self, file, in_review, founder, ours, sign_in):
        in_review.sponsor = founder
        in_review.on_behalf(founder, "edit").save()
        assert sign_in(founder).get(file.get_absolute_url()).status_code == 200
        make_stake(founder, in_review.counterparty)
        assert sign_in(founder).get(file.get_absolute_url()).status_code == 404


class TestSteps:
    def test_ask_before_they_are_taken(self, support, requester, sign_in):
        page = sign_in(requester).get(f"{support.get_absolute_url()}do/submit/")
        assert page.status_code == 200
        support.refresh_from_db()
        assert support.status == "draft"

    def test_are_taken_by_post(self, support, requester, sign_in):
        answer = sign_in(requester).post(f"{support.get_absolute_url()}do/submit/", {"note": "Please."})
        assert answer.url == support.get_absolute_url()
        support.refresh_from_db()
        assert support.status == "in_review"
        assert Decision.objects.about(support).get().note == "Please."

    def test_that_need_a_reason_say_so(self, in_review, privacy, sign_in):
        answer = sign_in(privacy).post(f"/reviews/{in_review.review.pk}/do/ask/", {"note": ""})
        assert answer.status_code == 422
        assert b"Write what you want to know." in answer.content

    def test_say_what_is_missing(self, support, requester, sign_in):
        support.purpose = ""
        support.on_behalf(requester, "edit").save()
        answer = sign_in(requester).post(f"{support.get_absolute_url()}do/submit/", {"note": ""})
        assert answer.status_code == 422
        assert b"Fill this in before you submit the request." in answer.content

    def test_in_the_wrong_state_answer_409(self, support, legal, sign_in):
        answer = sign_in(legal).post(
            f"{support.get_absolute_url()}do/sign/",
            {"signed_on": clock.today(), "signatories": "Both", "document_sha256": "0" * 64},
        )
        assert answer.status_code == 409
        assert b"is not possible for Support desk while it is draft" in answer.content

    def test_of_others_answer_403_and_stay_on_the_record(self, support, legal, sign_in):
        assert sign_in(legal).post(f"{support.get_absolute_url()}do/submit/", {"note": ""}).status_code == 403
        assert Decision.objects.about(support).get().refusal

    @pytest.mark.parametrize("name", ["approve", "expire", "delete", "save"])
    def test_that_people_do_not_take_are_no_pages(self, in_review, legal, sign_in, name):
        for method in (sign_in(legal).get, sign_in(legal).post):
            assert method(f"{in_review.get_absolute_url()}do/{name}/").status_code == 404


class TestVotes:
    @pytest.fixture
    def vote(self, in_review, sign_in):
        return lambda by, **data: sign_in(by).post(f"{in_review.get_absolute_url()}review/vote/", data)

    def test_are_recorded(self, vote, in_review, legal):
        assert vote(legal, role="Legal", verdict="approve", reason="Read.").status_code == 302
        assert in_review.review.votes.get().reason == "Read."

    def test_what_was_typed_comes_back_as_it_was(self, vote, legal):
        shown = vote(legal, role="Legal", verdict="approve_with_conditions", reason="Not enough known").text
        assert ">Not enough known</textarea>" in shown.replace("\n", "")
        assert "[" not in "".join(re.findall(r"<textarea[^>]*>([^<]*)", shown))
        hidden = dict(re.findall(r'name="(number|digest|facts|role)" value="([^"]*)"', shown))
        assert vote(legal, **hidden, verdict="approve", reason="Enough").status_code == 302

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            ({"verdict": "refuse"}, "Say why you refuse."),
            ({"verdict": ""}, "Choose a verdict."),
            ({"verdict": "maybe"}, "Choose a verdict."),
            ({"verdict": "approve_with_conditions"}, "Name at least one condition"),
            ({"verdict": "approve_with_conditions", "obligation": "Test it."}, "An obligation has a text and a date."),
        ],
    )
    def test_with_mistakes_are_asked_again(self, vote, in_review, legal, data, says):
        answer = vote(legal, role="Legal", reason="" if data["verdict"] == "refuse" else "Kept text", **data)
        assert answer.status_code == 422
        assert says in answer.content.decode()
        if data["verdict"] != "refuse":
            assert b"Kept text" in answer.content
        assert not in_review.review.votes.exists()

    def test_for_another_role_answer_403(self, vote, in_review, legal):
        assert vote(legal, role="Privacy", verdict="approve").status_code == 403
        assert not in_review.review.votes.exists()

    def test_of_the_requester_answer_403(self, vote, requester):
        assert vote(requester, role="Legal", verdict="approve").status_code == 403

    def test_on_a_draft_lead_nowhere(self, support, requester, sign_in):
        answer = sign_in(requester).post(f"{support.get_absolute_url()}review/vote/", {"verdict": "approve"})
        assert answer.status_code == 404


class TestConditions:
    @pytest.fixture
    def condition(self, in_review, legal, sign_in):
        data = {"role": "Legal", "verdict": "approve_with_conditions", "conditions": "The report is on file."}
        sign_in(legal).post(f"{in_review.get_absolute_url()}review/vote/", data)
        return Condition.objects.get()

    def test_are_met_with_evidence(self, condition, client):
        url = f"/conditions/{condition.pk}/met/"
        assert client.post(url, {"evidence": ""}).status_code == 422
        assert client.post(url, {"evidence": "Filed."}).status_code == 302
        condition.refresh_from_db()
        assert condition.evidence == "Filed."
        assert client.post(url, {"evidence": "Again."}).status_code == 409

    def test_are_met_by_the_role_that_set_them(self, condition, privacy, stranger, sign_in):
        url = f"/conditions/{condition.pk}/met/"
        assert sign_in(privacy).post(url, {"evidence": "Filed."}).status_code == 403
        assert sign_in(stranger).post(url, {"evidence": "Filed."}).status_code == 404


class TestCover:
    @pytest.fixture
    def name_deputy(self, legal, second_lawyer, sign_in):
        def name_deputy(by=legal, **data):
            today = clock.today()
            dates = {"starts_on": today, "ends_on": today + timedelta(days=7)}
            wanted = {"role": "Legal", "deputy": second_lawyer.pk, **dates, **data}
            return sign_in(by).post("/account/deputy/", wanted)

        return name_deputy

    def test_is_recorded(self, name_deputy, legal, second_lawyer):
        assert name_deputy().status_code == 302
        cover = Delegation.objects.get()
        assert (cover.person, cover.deputy) == (legal, second_lawyer)

    @pytest.mark.parametrize("missing", ["deputy", "role", "starts_on", "ends_on"])
    def test_that_is_incomplete_is_asked_again(self, name_deputy, missing):
        assert name_deputy(**{missing: ""}).status_code == 422
        assert not Delegation.objects.exists()

    def test_is_by_somebody_of_the_role(self, name_deputy, privacy):
        answer = name_deputy(deputy=privacy.pk)
        assert answer.status_code == 422
        assert b"does not hold the role Legal" in answer.content

    def test_is_not_by_oneself(self, name_deputy, legal):
        assert name_deputy(deputy=legal.pk).status_code == 422

    @pytest.mark.parametrize("who", ["auditor", "requester", "engineer"])
    def test_is_for_those_who_vote(self, name_deputy, cast, who):
        assert name_deputy(by=cast[who]).status_code == 403
        assert not Delegation.objects.exists()
