"""Files as Excel and other programs write them: read where there is one reading, and told so; refused otherwise."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.consents.intake.importing import import_consents
from apps.consents.models import ConsentEvent
from tests.api_cast import api_of
from tests.consents.files import ANN, BOB

TABLE = f"""Subject;Use;State;Occurred at;Expires-At
{ANN};marketing;Given;2026-03-30T09:15:00Z;2027-01-01T00:00Z
{BOB};marketing; WITHDRAWN;2026-03-30T10:02:00Z;
"""
GERMAN = TABLE.replace(ANN, "jörg@example.org").replace("\n", "\r\n")
WRITTEN = {
    "semicolon-separated, UTF-8": TABLE.encode("utf-8-sig"),
    "semicolon-separated, UTF-16": GERMAN.encode("utf-16"),
    "tab-separated, UTF-16": ("sep=\t\n" + TABLE.replace(";", "\t")).encode("utf-16"),
    "semicolon-separated, Windows-1252": ("sep=;\r\n" + GERMAN).encode("cp1252"),
    "comma-separated, UTF-8": TABLE.replace(";", ",").encode(),
}


def send(user, content):
    file = SimpleUploadedFile("answers.csv", content)
    return api_of(user).post("consent-imports/", {"file": file}, format="multipart")


def answers():
    return sorted(ConsentEvent.objects.values_list("state", "expires_at__year"), key=str)


@pytest.mark.parametrize("words", WRITTEN)
def test_the_page_says_how_a_file_was_read(client, privacy, words):
    client.force_login(privacy)
    file = SimpleUploadedFile("answers.csv", WRITTEN[words])
    page = client.post("/consents/imports/new/", {"file": file}, follow=True).content.decode()
    assert f"The file was read as {words}." in page or f"read as {words}" in page
    assert len(answers()) == 2
    assert 2027 in {year for _, year in answers()}


def test_the_api_says_how_a_file_was_read(privacy):
    answer = send(privacy, WRITTEN["tab-separated, UTF-16"])
    assert (answer.status_code, answer.json()["read_as"]) == (201, "tab-separated, UTF-16")


def test_the_same_answer_in_another_encoding_is_of_the_same_person(privacy):
    for number, encoding in enumerate(("utf-8", "utf-16", "cp1252")):
        file = io.BytesIO(GERMAN.replace("09:15", f"09:1{number}").replace("10:02", f"10:0{number}").encode(encoding))
        assert import_consents(file, file_name="a.csv", by=privacy).ok
    assert ConsentEvent.objects.values("subject").distinct().count() == 2


REFUSED = {
    "a JSON list": (b'[{"subject": "a"}]', 1, "Send JSON Lines"),
    "a workbook": (b"PK\x03\x04" + bytes(30), 1, "CSV UTF-8"),
    "letters with two readings": (TABLE.replace(ANN, "a\u017eb").encode("cp1252"), 2, "more than one way"),
    "Cyrillic letters": (TABLE.replace(ANN, "Иван").encode("cp1251"), 2, "more than one way"),
    "UTF-8 and Windows-1252 in one file": (
        GERMAN.encode() + b"J\xf6rg;marketing;given;2026-03-30T09:15Z;\n",
        4,
        "UTF-8",
    ),
    "UTF-16 that is cut": (TABLE.encode("utf-16")[:-1], 3, "UTF-16"),
    "a German day": (TABLE.replace("2026-03-30T09:15:00Z", "03.04.2026").encode(), 2, "such as 2026-03-30T14:05:00"),
    "another separator": (TABLE.replace(";", "|").encode(), 1, "Column 1 is none of"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_has_no_one_reading_is_refused_with_the_line_and_the_reason(privacy, why):
    content, line, reason = REFUSED[why]
    answer = send(privacy, content)
    assert answer.status_code == 400
    assert reason in str(answer.json()["fields"][f"line {line}"])
    assert not ConsentEvent.objects.exists()


def test_members_of_a_cohort_come_as_excel_writes_them(client, privacy):
    client.force_login(privacy)
    file = SimpleUploadedFile(
        "members.csv", "sep=;\r\nName;Subject\r\nJ\u00f6rg;j\u00f6rg@example.org\r\n".encode("utf-16")
    )
    page = client.post("/consents/cohorts/new/", {"name": "Members", "file": file}, follow=True).content.decode()
    assert "read as semicolon-separated, UTF-16" in page
