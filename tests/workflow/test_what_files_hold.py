"""Evidence as people have it is taken for what it is, and listed; what is refused is told the true reason."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.workflow.models import Attachment
from tests.api_cast import api_of
from tests.hostile_files import (
    GOOD,
    HTML,
    JPEG,
    PDF,
    PNG,
    only_unusual,
    parts_of,
    zipped,
)


@pytest.fixture
def attach(support, requester):
    """Sends a file with a comment by the API."""

    def send(name, content):
        about = {"subject_kind": "agreement", "subject_id": support.pk, "body": "See"}
        file = SimpleUploadedFile(name, content)
        return api_of(requester).post("comments/", about | {"file": file}, format="multipart")

    return send


HOLDS = {
    "message.eml": ["Mail", "Subject: The photos für you", "Attached, not opened:", "photos.zip"],
    "message.msg": ["Message of Outlook", 'From: "Ada Example" <ada@example.org>', "Subject: The photos"],
    "files.zip": ["ZIP archive", "2 files", "photos/1.jpg", "inner.zip"],
    "text.pdf": ["PDF document", "1 page"],
    "scan.jpg": ["JPEG picture", "8 by 8 pixels"],
    "talk.pptx": ["PowerPoint presentation"],
}


@pytest.mark.parametrize("name", HOLDS)
def test_what_a_file_holds_is_told_to_those_who_see_it(client, attach, support, requester, name):
    assert attach(name, GOOD[name[name.index(".") :]]).status_code == 201
    kept = Attachment.objects.get()
    assert [words for words in HOLDS[name] if words not in kept.contents] == []
    client.force_login(requester)
    page = client.get(f"/agreements/{support.pk}/review/").content.decode()
    assert kept.contents.splitlines()[0] in page
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize(("why", "name", "content"), only_unusual())
def test_what_devices_and_programs_write_is_taken(attach, why, name, content):
    assert attach(name, content).status_code == 201, why


SENTENCES = {
    "a picture called PDF": ("scan.pdf", PNG, "By its content this is a PNG picture"),
    "a PDF that is cut": ("text.pdf", PDF[:-60], "damaged, ends too early"),
    "a web page behind a PDF": ("text.pdf", PDF + HTML, "After its end, the file holds another file"),
    "a program behind a picture": ("scan.jpg", JPEG + b"MZ\x90\0" * 50, "After its end, the file holds another file"),
    "macros": ("text.docx", zipped([*parts_of(".docx"), ("word/VBAPROJECT.BIN", b"x")]), "holds macros"),
    "a workbook called Word": ("text.docx", zipped(parts_of(".xlsx")), "none of its parts is the main part"),
    "any archive called Word": ("text.docx", GOOD[".zip"], "no Office file"),
    "a mail of nobody": ("message.eml", b"Hello\r\n", "does not read as a mail"),
}


@pytest.mark.parametrize("why", SENTENCES)
def test_a_refusal_gives_the_true_reason(attach, why):
    name, content, sentence = SENTENCES[why]
    answer = attach(name, content)
    assert answer.status_code == 400
    assert sentence in str(answer.json())
    assert not Attachment.objects.exists()
