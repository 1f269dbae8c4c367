"""Comments, files and conditions through the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Role
from apps.workflow.models import Ask, Comment, Condition
from tests.api_cast import api_of
from tests.hostile_files import PDF


def about(record):
    return {"subject_kind": record._meta.model_name, "subject_id": record.pk}


class TestComments:
    def test_are_written_with_a_file_that_can_be_downloaded(self, requester, legal, support):
        body = {**about(support), "body": "Look, @legal", "file": SimpleUploadedFile("terms.pdf", PDF)}
        made = api_of(requester).post("comments/", body, format="multipart").json()
        file = api_of(legal).client.get(f"/api/v1/files/{made['attachments'][0]['id']}/download/")
        assert b"".join(file.streaming_content) == PDF
        assert file["Content-Disposition"] == 'attachment; filename="terms.pdf"'
        assert (file["Content-Type"], file["X-Content-Type-Options"]) == ("application/pdf", "nosniff")

    def test_are_listed_for_one_record_only(self, requester):
        assert set(api_of(requester).get("comments/").json()["fields"]) == {"subject_kind", "subject_id"}

    def test_about_what_one_does_not_see_are_refused_as_if_it_were_not_there(self, stranger, support):
        response = api_of(stranger).post("comments/", {**about(support), "body": "x"})
        assert response.json()["fields"] == {"subject_id": ["There is no such record."]}

    def test_about_a_person_are_refused(self, legal, lumen, founder):
        response = api_of(legal).post("comments/", {**about(founder.person), "body": "x"})
        assert response.json()["fields"] == {"subject_kind": ['"person" is not a valid choice.']}

    def test_of_others_are_hidden_from_whoever_profits(self, founder, legal, case):
        theirs = Comment.write(case, by=legal, body="He profits.", file=SimpleUploadedFile("a.txt", b"He profits."))
        own = Comment.write(case, by=founder, body="I am in a hurry.")
        api = api_of(founder)
        assert api.ids("comments/", **about(case)) == {own.pk}
        assert api.ids("files/", **about(case)) == set()
        assert api.get(f"comments/{theirs.pk}/").status_code == 404
        assert api.get(f"files/{theirs.attachments.get().pk}/").status_code == 404
        assert api.get(f"files/{theirs.attachments.get().pk}/download/").status_code == 404


class TestConditions:
    @pytest.fixture
    def condition(self, in_review, legal):
        in_review.review.vote(
            by=legal, role=Role.LEGAL, verdict="approve_with_conditions", conditions=[Ask("Read the access list.")]
        )
        return Condition.objects.get()

    def test_are_met_by_the_role_that_set_them(self, legal, privacy, condition):
        path = f"conditions/{condition.pk}/meet/"
        assert api_of(privacy).post(path, {"evidence": "Read."}).status_code == 403
        assert api_of(legal).post(path, {"evidence": "Read."}).json()["met_by_name"] == "Legal"
        assert api_of(legal).post(path, {"evidence": "Read."}).status_code == 409

    def test_are_listed_for_one_record(self, legal, in_review, condition):
        assert api_of(legal).ids("conditions/", met=False, **about(in_review)) == {condition.pk}
        assert api_of(legal).ids("conditions/", met=True, **about(in_review)) == set()
