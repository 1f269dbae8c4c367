"""Files changed, swapped or removed on the disk: nobody is handed another one, and a verification names each."""

import json
import logging
import os
import shutil
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from apps.ledger.models import Verification
from apps.ledger.tasks import verify_nightly
from apps.vendors.models import DueDiligence, Evidence
from apps.workflow import kept_files
from apps.workflow.models import Comment
from tests.api_cast import api_of
from tests.factories import make_vendor, write_ledger
from tests.hostile_files import PDF
from tests.roles import triggers_off

REMEDY = "Tell the administrator, who brings it back from a backup."


@pytest.fixture
def contract(disk, support, requester):
    comment = Comment.write(support, by=requester, body="Signed", file=SimpleUploadedFile("contract.pdf", PDF))
    return comment.attachments.get()


@pytest.fixture
def evidence(disk, ours, engineer):
    asked = DueDiligence.start(make_vendor(owner=engineer, risk_tier="medium"), by=engineer)
    question = asked.questionnaire.questions.filter(wants_evidence=True).first()
    return Evidence.store(SimpleUploadedFile("a.txt", b"Audited"), by=engineer, due_diligence=asked, question=question)


@pytest.fixture
def verify_files():
    """What `verify_ledger --files` names, as (table, row, what)."""

    def found():
        write_ledger()
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("verify_ledger", "--files", "--json", stdout=out)
        return [
            (problem["table"], problem["row"], problem["what"]) for problem in json.loads(out.getvalue())["problems"]
        ]

    return found


def change_a_byte(path):
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def make_longer(path):
    path.write_bytes(path.read_bytes() + b"x")


def link_elsewhere(path):
    shutil.move(path, path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))


def put_a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def put_a_folder(path):
    path.unlink()
    path.mkdir()


WRONG = [
    (change_a_byte, "holds something else than was recorded"),
    (make_longer, "has another size than was recorded"),
    (os.unlink, "is missing"),
    (link_elsewhere, "was replaced by a link"),
    (put_a_pipe, "cannot be read"),
    (put_a_folder, "cannot be read"),
]


def path_of(stored, disk):
    return disk / stored.file.name


def doors(stored):
    """The page and the API by which it is handed out."""
    if isinstance(stored, Evidence):
        return f"/vendors/evidence/{stored.pk}/", f"due-diligence/{stored.due_diligence_id}/evidence/{stored.pk}/"
    return f"/files/{stored.pk}/", f"files/{stored.pk}/download/"


@pytest.mark.parametrize("kind", ["contract", "evidence"])
class TestDownload:
    def test_of_what_was_recorded_is_served(self, request, disk, kind, sign_in, legal):
        stored = request.getfixturevalue(kind)
        page, path = doors(stored)
        content = path_of(stored, disk).read_bytes()
        assert b"".join(sign_in(legal).get(page).streaming_content) == content
        answer = api_of(legal).client.get(f"/api/v1/{path}")
        assert (b"".join(answer.streaming_content), answer["Content-Length"]) == (content, str(len(content)))

    @pytest.mark.parametrize(("spoil", "what"), WRONG)
    def test_of_anything_else_is_refused_in_words(self, request, disk, kind, sign_in, legal, caplog, spoil, what):
        stored = request.getfixturevalue(kind)
        spoil(path_of(stored, disk))
        page, path = doors(stored)
        with caplog.at_level(logging.ERROR):
            answer = sign_in(legal).get(page)
            said = api_of(legal).get(path)
        words = f"The file {what}, so the portal does not hand it out."
        assert answer.status_code == 409
        assert "This file is not handed out" in answer.content.decode()
        assert words in answer.content.decode()
        assert REMEDY in answer.content.decode()
        assert said.status_code == 409
        assert said.json()["detail"].startswith(f"{words} {REMEDY}")
        assert caplog.text.count(f"{stored._meta.label} {stored.pk} is not handed out: its file {what}") == 2
        assert stored.name not in caplog.text


class TestVerification:
    @pytest.mark.parametrize("kind", ["contract", "evidence"])
    @pytest.mark.parametrize(("spoil", "what"), WRONG)
    def test_names_each_file_that_is_not_as_recorded(self, request, disk, kind, verify_files, spoil, what):
        stored = request.getfixturevalue(kind)
        assert verify_files() == []
        spoil(path_of(stored, disk))
        assert (stored._meta.db_table, stored.pk, f"the file {what} ({stored.file.name})") in verify_files()

    def test_finds_another_file_in_its_place_whose_record_was_changed_with_it(self, contract, disk, verify_files):
        make_longer(path_of(contract, disk))
        with triggers_off() as cursor:
            cursor.execute("UPDATE workflow_attachment SET size = size + 1")
        found = {(table, what.partition(" (")[0]) for table, _, what in verify_files()}
        assert ("workflow_attachment", "the file has another size than was recorded") in found
        assert ("workflow_attachment", "the record differs from its last history row") in found

    @pytest.mark.parametrize("make", [os.mkdir, os.mkfifo, lambda path: os.symlink("/etc/passwd", path)])
    def test_names_what_no_record_names(self, contract, disk, verify_files, make, monkeypatch):
        make(disk / "attachments" / "stray.pdf")
        assert verify_files() == []  # its upload may not have ended yet
        monkeypatch.setattr(kept_files.time, "time", lambda: os.stat(disk).st_ctime + 3700)
        assert verify_files() == [("", 0, "no record names the file attachments/stray.pdf")]

    def test_of_a_folder_that_is_gone_names_some_and_counts_the_others(
        self, support, requester, disk, verify_files, monkeypatch
    ):
        for _ in range(3):
            Comment.write(support, by=requester, body="See", file=SimpleUploadedFile("a.pdf", PDF))
        shutil.rmtree(disk)
        monkeypatch.setattr(kept_files, "MOST", 2)
        found = [what.partition(" (")[0] for _, _, what in verify_files()]
        assert found == ["the file is missing", "the file is missing", "1 more files are not as they were recorded"]

    def test_happens_every_night(self, contract, disk):
        write_ledger()
        assert verify_nightly()
        change_a_byte(path_of(contract, disk))
        assert not verify_nightly()
        [problem] = Verification.objects.latest("pk").problems
        assert problem["table"] == "workflow_attachment"

    def test_by_the_button_does_not_end_the_warning(self, contract, disk, sign_in, auditor):
        write_ledger()
        change_a_byte(path_of(contract, disk))
        assert not verify_nightly()
        page = sign_in(auditor).post("/ledger/verify/", follow=True).content.decode()
        assert "the file holds something else than was recorded" in page
        assert not Verification.objects.latest("pk").ok

    def test_of_many_files_is_left_to_a_worker(self, contract, sign_in, auditor, monkeypatch):
        asked = []
        monkeypatch.setattr("apps.portal.ledger.WHILE_WAITING_BYTES", contract.size - 1)
        monkeypatch.setattr("apps.portal.ledger.run_verification.delay", asked.append)
        sign_in(auditor).post("/ledger/verify/")
        assert asked == [Verification.objects.latest("pk").pk]

    def test_without_the_word_leaves_files_alone(self, contract, disk):
        write_ledger()
        path_of(contract, disk).unlink()
        out = StringIO()
        with pytest.raises(SystemExit, match="2"):
            call_command("verify_ledger", stdout=out)
        assert "missing" not in out.getvalue()
