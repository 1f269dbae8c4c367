"""A disk that is full: whoever sends a file is told so, and nothing of it is left. The kernel itself refuses here."""

import resource
from contextlib import contextmanager

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from apps.core.files import whole_text_file
from apps.core.unavailable import DISK_FULL
from apps.portal import health
from apps.workflow.models import Attachment, Comment
from tests.factories import make_cohort
from tests.hostile_files import PDF

ROOM = 40_000
# Kept in memory by Django, and on disk.
SIZES = [100_000, 3_000_000]


@contextmanager
def little_room(size=ROOM):
    """No file of this process may become larger, as when the disk has no room for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def contract(size):
    return SimpleUploadedFile("contract.pdf", PDF.replace(b"startxref", b"%" * size + b"\nstartxref"))


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.django_db
class TestUpload:
    @pytest.mark.parametrize("size", SIZES)
    def test_by_page_is_refused_in_words_and_leaves_nothing(self, in_review, legal, sign_in, disk, size):
        client = sign_in(legal)
        client.raise_request_exception = False
        url, data = f"{in_review.get_absolute_url()}comment/", {"comment-body": "The signed one"}
        before = Comment.objects.count()
        with little_room():
            answer = client.post(url, data | {"comment-file": contract(size)})
        assert (answer.status_code, DISK_FULL in answer.content.decode()) == (503, True)
        assert (Comment.objects.count(), files_in(disk)) == (before, [])
        assert client.post(url, data | {"comment-file": contract(size)}).status_code == 302
        [kept] = files_in(disk)
        assert kept.stat().st_size == Attachment.objects.get().size > size
        assert kept.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("size", SIZES)
    def test_by_api_is_refused_in_words_and_leaves_nothing(self, in_review, legal, client, disk, size):
        client.force_login(legal)
        client.raise_request_exception = False
        body = {"subject_kind": "agreement", "subject_id": in_review.pk, "body": "The signed one"}
        with little_room():
            answer = client.post("/api/v1/comments/", body | {"file": contract(size)})
        assert (answer.status_code, answer.json()) == (503, {"detail": DISK_FULL})
        assert files_in(disk) == []

    def test_of_a_name_that_somebody_has_taken_meanwhile_replaces_nothing(self, disk):
        disk.mkdir()
        (disk / "same.txt").write_bytes(b"theirs")
        # Past the look for a free name, as when both look at the same moment.
        name = default_storage._save("same.txt", ContentFile(b"ours"))
        assert (disk / "same.txt").read_bytes() == b"theirs"
        assert (disk / name).read_bytes() == b"ours"


@pytest.mark.django_db
def test_a_list_of_whom_to_leave_out_is_whole_or_not_there(tmp_path, disk):
    make_cohort(people=[f"person-{number}" for number in range(2000)])
    file = tmp_path / "left-out.csv"
    words = ("screen", "Everybody", "--use", "marketing", "--exclusions", str(file))
    with little_room(), pytest.raises(OSError, match="File too large"):
        call_command(*words)
    assert list(tmp_path.iterdir()) == []
    call_command(*words)
    assert len(file.read_text().splitlines()) >= 2000


def test_a_file_that_is_there_stays_when_a_new_one_finds_no_room(tmp_path):
    file = tmp_path / "list.txt"
    file.write_text("old")

    def write():
        with whole_text_file(file) as new:
            new.write("x" * ROOM * 2)

    with little_room(), pytest.raises(OSError, match="File too large"):
        write()
    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])


@pytest.mark.django_db(transaction=True)
class TestHealth:
    def test_says_that_nothing_can_be_written(self, client, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        with little_room(0):
            said = client.get("/healthz").json()["files"]
        assert said == "The folder for files cannot be written to, or its disk is full."
        assert client.get("/healthz").json()["files"] == "ok"
        assert list(tmp_path.iterdir()) == []

    def test_says_that_the_largest_upload_would_not_fit(self, client, settings, tmp_path):
        settings.MEDIA_ROOT, settings.UPLOAD_MAX_BYTES = tmp_path, 1 << 60
        assert client.get("/healthz").json()["files"].startswith("The disk for files is nearly full")
        assert client.get("/healthz/web").json() == dict.fromkeys(health.WEB, "ok")
