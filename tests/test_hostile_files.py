"""More than 500 hostile files at every door for files: each is refused with a sentence, and nothing is left of it."""

import os
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from apps.consents.models import ConsentEvent, DataSubject, ImportRun
from apps.core import clock
from apps.ledger.models import chained_models
from apps.vendors.models import Evidence
from apps.workflow.models import Attachment, Comment
from tests.api_cast import api_of
from tests.api_operations import operations, schema
from tests.factories import make_approved, make_due_diligence, make_vendor
from tests.file_doors import API_DOORS, PAGE_DOORS
from tests.hostile_files import GOOD, MAX_BYTES, PDF, PNG, HostileFile, harmless_files, hostile_files

pytestmark = pytest.mark.whole

HOSTILE, HARMLESS = hostile_files(), harmless_files()
BOUNDARY = "hostile"

# These read statements, answers or members out of the file and keep no file.
READ_ONLY_DOORS = {
    "ownership-statements/",
    "bods",
    "cohorts/",
    "cohort_create",
    "consent-imports/",
    "import_create",
}
DOORS = sorted(door for door, _ in API_DOORS | PAGE_DOORS)
# All files at every door take minutes, so each door gets its share, and all doors together get every file.
# HOSTILE_FILES=all tries each file at each door.
EVERY = 1 if os.environ.get("HOSTILE_FILES") == "all" else len(DOORS)
KEEPING_DOORS = [door for door in DOORS if door not in READ_ONLY_DOORS]
SIGNATURE = {"signed_on": str(clock.today()), "signatories": "A and B"}


@pytest.fixture(autouse=True)
def small(settings):
    settings.UPLOAD_MAX_BYTES = MAX_BYTES


@pytest.fixture
def doors(cast, support, ours, tickets, client, requester, legal, privacy):
    """{door: (client, path, name of the field, the other fields)}"""
    make_approved(support, requester)
    client.force_login(legal)
    importer, importer_api = Client(), api_of(privacy).client
    importer.force_login(privacy)
    api, transfer = api_of(legal).client, {"dataset": tickets.pk, "recipient": support.counterparty.pk}
    transfer |= {"transferred_on": str(clock.today()), "channel": "sftp", "consideration": "none", "ground": "none"}
    about = {"subject_kind": "agreement", "subject_id": support.pk, "body": "See"}
    page, asked = f"/agreements/{support.pk}", make_due_diligence(make_vendor("Asked", risk_tier="medium"), "open")
    question = asked.questionnaire.questions.filter(wants_evidence=True).first()
    return {
        "due-diligence/{id}/evidence/": (
            api,
            f"/api/v1/due-diligence/{asked.pk}/evidence/",
            "file",
            {"question": question.pk},
        ),
        "ownership-statements/": (api, "/api/v1/ownership-statements/", "file", {}),
        "duediligence_answers": (
            client,
            f"/vendors/due-diligence/{asked.pk}/answers/",
            f"file_{question.pk}",
            {"revision": asked.revision},
        ),
        "bods": (client, "/vendors/bods/", "file", {}),
        "cohorts/": (importer_api, "/api/v1/cohorts/", "file", {"name": "Members"}),
        "consent-imports/": (importer_api, "/api/v1/consent-imports/", "file", {}),
        "cohort_create": (importer, "/consents/cohorts/new/", "file", {"name": "Members"}),
        "import_create": (importer, "/consents/imports/new/", "file", {}),
        "comments/": (api, "/api/v1/comments/", "file", about),
        "agreements/{id}/transitions/{name}/": (
            api,
            f"/api/v1/agreements/{support.pk}/transitions/sign/",
            "document",
            {**SIGNATURE, "revision": support.revision},
        ),
        "comment": (client, f"{page}/comment/", "comment-file", {"comment-body": "See"}),
        "step": (client, f"{page}/do/sign/", "document", {**SIGNATURE, "revision": support.revision}),
        "record_create": (client, "/transfers/new/", "file", transfer),
    }


def hand_in(door, file):
    """Send the file as a hostile client would, with any name; the answer, and what it changed is rolled back."""
    client, path, field, fields = door
    parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    name = file.name.replace("\\", "\\\\").replace('"', "%22")
    parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n')
    body = "".join(parts).encode() + file.content + f"\r\n--{BOUNDARY}--\r\n".encode()
    return client.generic("POST", path, body, content_type=f"multipart/form-data; boundary={BOUNDARY}")


def counts():
    """How many rows of everything that is recorded, and which files."""
    rows = {model._meta.label: model._base_manager.count() for model, _ in chained_models()}
    rows |= {model._meta.label: model.objects.count() for model in (DataSubject, ConsentEvent, ImportRun)}
    return rows | {"attachments": Attachment.objects.count(), "comments": Comment.objects.count()}, stored()


def stored():
    return set(default_storage.listdir("attachments")[1]) if default_storage.exists("attachments") else set()


def test_there_are_more_than_500_different_ones():
    assert len({(file.name, file.content) for file in HOSTILE}) > 500


@pytest.mark.parametrize("name", DOORS)
class TestEveryDoor:
    def test_refuses_each_hostile_file_and_nothing_is_left(self, doors, name):
        before, refused = counts(), (400,) if "/" in name else (422,)
        share = HOSTILE[DOORS.index(name) % EVERY :: EVERY]
        answers = [(str(file), hand_in(doors[name], file)) for file in share]
        assert [(why, answer.status_code) for why, answer in answers if answer.status_code not in refused] == []
        assert counts() == before

    def test_says_what_is_wrong(self, doors, name):
        answer = hand_in(doors[name], HostileFile("another kind", "scan.pdf", PNG)).content.decode()
        assert "By its content this is a PNG picture" in answer or name in READ_ONLY_DOORS


@pytest.mark.parametrize("name", KEEPING_DOORS)
class TestEveryDoorThatKeepsFiles:
    def test_takes_what_is_harmless_under_a_safe_name(self, doors, name):
        kind = Evidence if name.startswith("due") else Attachment
        for file in HARMLESS[KEEPING_DOORS.index(name) % EVERY :: min(EVERY, len(KEEPING_DOORS))]:
            with transaction.atomic():
                answer = hand_in(doors[name], file)
                assert answer.status_code in (200, 201, 302), (str(file), answer.content)
                kept = kind.objects.latest("pk")
                assert re.fullmatch(r"attachments/[0-9a-f]{32}\.\w+", kept.file.name)
                assert not set(kept.name) & set("/\\\u202e\u0001")
                transaction.set_rollback(True)
        assert stored() == set()


@pytest.mark.parametrize("suffix", sorted(GOOD))
def test_a_file_of_more_than_20_mb_is_refused(settings, doors, suffix):
    settings.UPLOAD_MAX_BYTES = 20 * 1024 * 1024
    file = SimpleUploadedFile(f"large{suffix}", GOOD[suffix] + b" " * 20 * 1024 * 1024)
    file.content = file.read()
    answer = hand_in(doors["comments/"], file)
    assert answer.status_code == 400
    assert "larger than 20 MB" in answer.json()["detail"] + str(answer.json().get("fields"))


def test_a_field_of_ten_megabytes_beside_the_file_is_refused(doors):
    client, path, field, fields = doors["comments/"]
    file = SimpleUploadedFile("a.pdf", PDF)
    file.content = PDF
    answer = hand_in((client, path, field, {**fields, "body": "x" * 10_000_000}), file)
    assert answer.status_code == 413


class TestAFileOfAStepThatFails:
    def test_does_not_stay(self, doors, support, monkeypatch):
        def fail(*args, **kwargs):
            raise RuntimeError("The last thing to happen fails.")

        monkeypatch.setattr("apps.workflow.models.governed.GovernedModel._move", fail)
        with pytest.raises(RuntimeError):
            hand_in(doors["step"], harmless_files()[0])
        assert stored() == set()

    @pytest.mark.django_db(transaction=True)
    def test_stays_when_the_step_is_made(self, doors):
        assert hand_in(doors["step"], harmless_files()[0]).status_code == 302
        assert stored() == {Attachment.objects.get().file.name.partition("/")[2]}


# --- That no door is forgotten ----------------------------------------------------------------------------------------


def test_every_door_of_the_api_is_tried():
    found = set()
    for path, methods in schema()["paths"].items():
        for operation in methods.values():
            media = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data", {}).get("schema", {})
            body = schema()["components"]["schemas"][media["$ref"].rpartition("/")[2]] if media else {}
            for field, about in body.get("properties", {}).items():
                if about.get("format") == "binary":
                    found.add((path.removeprefix("/api/v1/"), field))
    assert found == API_DOORS
    assert list(operations())
