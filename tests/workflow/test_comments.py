import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.workflow.models import Attachment, Comment, Review
from apps.workflow.models.comment import mentioned_in
from tests.hostile_files import DOCX, JPEG, PDF, PNG


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@legal please", ["legal"]),
        ("(@legal, @PRIVACY)", ["legal", "privacy"]),
        ("@legal.", ["legal"]),
        ("@second_lawyer", ["second_lawyer"]),
        ("legal@example.org", []),
        ("", []),
    ],
)
def test_mentions(cast, text, names):
    assert {user.email.partition("@")[0] for user in mentioned_in(text)} == set(names)


def test_who_is_deactivated_is_not_mentioned(legal):
    legal.is_active = False
    legal.save()
    with pytest.raises(ValidationError, match="Nobody here is called @legal"):
        mentioned_in("@legal")


def test_only_whom_the_text_names_is_loaded(cast, django_assert_num_queries, monkeypatch):
    User.objects.bulk_create(User(email=f"colleague-{n:04}@example.org") for n in range(1000))
    loaded = []
    monkeypatch.setattr(User, "from_db", classmethod(_noting(User.from_db.__func__, loaded)))
    with django_assert_num_queries(1):
        assert len(mentioned_in("@legal and @privacy, and not legal_@example.org")) == 2
    assert len(loaded) == 2


def test_the_nearest_names_are_looked_for_among_few(cast, django_assert_num_queries):
    User.objects.bulk_create(User(email=f"colleague-{n:04}@example.org") for n in range(1000))
    with django_assert_num_queries(3), pytest.raises(ValidationError, match="Did you mean @privacy"):
        mentioned_in("@privcy")
    with django_assert_num_queries(21), pytest.raises(ValidationError):
        mentioned_in(" ".join(f"@nobody{n}" for n in range(100)))


def _noting(made, loaded):
    def from_db(cls, *args):
        loaded.append(args)
        return made(cls, *args)

    return from_db


class TestThread:
    def test_is_read_by_those_who_see_the_record(self, case, legal, requester):
        Comment.write(case, by=requester, body="Please")
        assert Comment.objects.thread(case, legal).count() == 1

    def test_hides_the_words_of_others_from_who_profits(self, case, legal, founder):
        Comment.write(case, by=legal, body="He profits.")
        Comment.write(case, by=founder, body="I am in a hurry.")
        assert [comment.author for comment in Comment.objects.thread(case, founder)] == [founder]


class TestAttachments:
    @pytest.mark.parametrize(
        ("name", "content", "media_type"),
        [
            ("contract.pdf", PDF, "application/pdf"),
            ("CONTRACT.PDF", PDF, "application/pdf"),
            ("scan.png", PNG, "image/png"),
            ("photo.jpeg", JPEG, "image/jpeg"),
            ("list.csv", b"a,b\n1,2\n", "text/csv"),
            ("text.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ],
    )
    def test_are_of_known_kinds(self, support, requester, name, content, media_type):
        comment = Comment.write(support, by=requester, body="See here", file=SimpleUploadedFile(name, content))
        attachment = comment.attachments.get()
        assert (attachment.name, attachment.media_type, attachment.size) == (name, media_type, len(content))
        assert len(attachment.sha256) == 64

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("page.html", b"<script>"),
            ("image.svg", b"<svg/>"),
            ("run.exe", b"MZ"),
            ("contract", PDF),
            ("contract.pdf", PNG),
            ("photo.png", PDF),
            ("list.csv", b"a\x00b"),
            ("contract.pdf.html", PDF),
        ],
    )
    def test_of_other_kinds_are_refused_and_leave_no_comment(self, support, requester, name, content):
        with pytest.raises(ValidationError):
            Comment.write(support, by=requester, body="See here", file=SimpleUploadedFile(name, content))
        assert not Comment.objects.exists()

    def test_have_a_greatest_size(self, support, requester, settings):
        settings.UPLOAD_MAX_BYTES = 10
        with pytest.raises(ValidationError, match="larger than"):
            Comment.write(support, by=requester, body="See", file=SimpleUploadedFile("a.txt", b"x" * 11))

    @pytest.mark.parametrize("name", ["../../etc/passwd.txt", "a/b\\c.txt", "ü" * 300 + ".txt"])
    def test_are_stored_under_a_name_of_our_own(self, support, requester, name):
        Comment.write(support, by=requester, body="See", file=SimpleUploadedFile(name, b"x"))
        stored = Attachment.objects.get()
        assert stored.file.name.startswith("attachments/")
        assert ".." not in stored.file.name

    def test_are_seen_by_those_who_see_the_record(self, support, requester, stranger, legal):
        Comment.write(support, by=requester, body="See", file=SimpleUploadedFile("a.txt", b"x"))
        seen = [Attachment.objects.visible_to(user).count() for user in (requester, legal, stranger)]
        assert seen == [1, 1, 0]


class TestVisibility:
    #              requester, sponsor, owner of the dataset, legal, auditor, stranger
    def test_a_review_is_seen_by_those_who_see_its_subject(self, in_review, cast):
        seen = [name for name, user in cast.items() if Review.objects.visible_to(user).exists()]
        assert seen == [
            "engineer",
            "requester",
            "legal",
            "second_lawyer",
            "privacy",
            "dpo",
            "independent",
            "executive",
            "auditor",
        ]
