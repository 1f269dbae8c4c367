"""The thread of a record: comments with mentions, and files."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Collection
from difflib import get_close_matches
from functools import reduce
from operator import or_
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Q
from django.http import FileResponse
from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from apps.core.exceptions import NotAsRecorded
from apps.core.recorded_files import Altered, open_recorded
from apps.core.uploads import KINDS, NotWhatItSays, contents_of, safe_name
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.workflow.models.about import AboutModel, AboutQuerySet

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser
    from apps.workflow.models.governed import GovernedModel

logger = logging.getLogger(__name__)

# Somebody is mentioned by the part of their e-mail address before the @: "@legal".
MENTION = re.compile(r"(?<![\w@])@([\w.+-]*\w)")

# Of so many names that nobody has, the nearest are looked for, among so many on either side.
MOST_CORRECTED, MOST_BESIDE = 10, 200

ATTACHABLE = tuple(sorted(KINDS))
FOLDER = "attachments"  # among the files, where those of records lie
UNNAMED = "somebody who stays confidential"  # the author of a comment that names nobody


class CommentQuerySet(AboutQuerySet["Comment"]):
    def visible_to(self, user: AnyUser) -> CommentQuerySet:
        """Comments about visible records; see `is_readable_by` for those with a path of interests."""
        return self.about_visible(user)

    def thread(self, subject: GovernedModel, user: User) -> CommentQuerySet:
        """The thread about a record as this user may read it."""
        comments = self.about(subject).select_related("author").prefetch_related("attachments")
        return comments.filter(author=user) if subject.hides_remarks_from(user) else comments


class Comment(AboutModel, RecordedModel):
    """Something said about a record. Kept through returns and resubmissions."""

    class Kind(models.TextChoices):
        REMARK = "remark", "Remark"
        QUESTION = "question", "Question"
        ANSWER = "answer", "Answer"
        RETURN = "return", "Returned"

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="comments",
        help_text="None when what it is about keeps the name of its author confidential.",
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REMARK)
    body = models.TextField(max_length=10_000)

    objects = CommentQuerySet.as_manager()
    redactable = ("body",)

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["content_type", "object_id"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.author_name}"

    @property
    def author_name(self) -> str:
        return str(self.author or UNNAMED.capitalize())

    def is_readable_by(self, user: User) -> bool:
        """Whether this user, who sees the record it is about, may read what is said here."""
        return self.author_id == user.pk or not self.subject.hides_remarks_from(user)

    @classmethod
    @transaction.atomic
    def write(
        cls,
        subject: GovernedModel,
        *,
        by: User,
        body: str,
        kind: str = Kind.REMARK,
        file: UploadedFile[bytes] | None = None,
    ) -> Comment:
        author = subject.author_of(by)
        comment = cls(subject=subject, author=author, body=body, kind=kind)
        comment.on_behalf(author, "comment").save()
        for user in mentioned_in(body):
            Mention(comment=comment, user=user).on_behalf(author, "comment").save()
        if file is not None:
            Attachment.store(file, by=author, comment=comment)
        return comment


class MentionQuerySet(RecordedQuerySet["Mention"]):
    def waiting_for(self, user: User) -> MentionQuerySet:
        """Mentions of this user that they have neither marked as read nor answered in the same thread."""
        answers = Comment.objects.filter(
            author=user,
            content_type=models.OuterRef("comment__content_type"),
            object_id=models.OuterRef("comment__object_id"),
            created_at__gt=models.OuterRef("created_at"),
        )
        waiting = self.filter(user=user, read_at=None, comment__in=Comment.objects.about_visible(user))
        return waiting.exclude(models.Exists(answers)).exclude(comment__author=user)


class Mention(RecordedModel):
    """That a comment names somebody, who finds it on the home page until it is read or answered."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="mentions")
    read_at = models.DateTimeField(null=True, editable=False)

    objects = MentionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.user} in {self.comment}"

    def read(self, *, by: User) -> None:
        """Mark it as read. Only whom it names does, and once is enough."""
        if by.pk != self.user_id:
            raise PermissionDenied("Only whom a mention names marks it as read.")
        if self.read_at is None:
            self.read_at = clock.now()
            self.on_behalf(by, "read").save()


def storage_name(stored: StoredFile, filename: str) -> str:
    """A name that tells nothing and cannot leave the folder."""
    return f"{FOLDER}/{uuid4().hex}{PurePath(filename).suffix.lower()}"


class StoredFile(RecordedModel):
    """A file that somebody gave. Its SHA-256 is on the chain; it is only ever served as a download."""

    file = models.FileField(upload_to=storage_name, max_length=200)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    sha256 = models.CharField(max_length=64)
    contents = models.TextField(  # noqa: DJ001 - recorded tables gain nullable columns only
        "what it holds",
        null=True,
        blank=True,
        editable=False,
        help_text="A line for each thing that the file was found to hold, as names and sizes; nothing of it is opened. "
        "Empty for files that were kept before the portal looked.",
    )

    redactable = ("name", "contents")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def as_download(self) -> FileResponse:
        """The file, never shown in a page. NotAsRecorded unless it is byte for byte the one that was given."""
        try:
            file = open_recorded(self.file.storage, str(self.file), size=self.size, digest=self.sha256)
        except Altered as error:
            logger.error("%s %s is not handed out: its file %s", self._meta.label, self.pk, error)
            raise NotAsRecorded(str(error)) from error
        response = FileResponse(file, as_attachment=True, filename=self.name, content_type=self.media_type)
        response["X-Content-Type-Options"] = "nosniff"
        return response

    @classmethod
    def store(cls, file: UploadedFile[bytes], *, by: User | None, **owner: Any) -> Self:
        """Keep the file with what it belongs to. ValidationError when it is not of a kind that may be attached."""
        contents = sniff(file)
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        made = cls(
            file=file,
            name=safe_name(file.name or "file"),
            media_type=KINDS[_suffix(file)].media_type,
            size=file.size or 0,
            sha256=digest.hexdigest(),
            contents=contents,
            **owner,
        )
        made.on_behalf(by, "attach").save()
        return made


class AttachmentQuerySet(RecordedQuerySet["Attachment"]):
    def visible_to(self, user: AnyUser) -> AttachmentQuerySet:
        return self.filter(comment__in=Comment.objects.about_visible(user))


class Attachment(StoredFile):
    """A file beside a comment."""

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="attachments")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def get_absolute_url(self) -> str:
        return reverse("workflow:attachment", args=[self.pk])


def mentioned_in(text: str) -> list[User]:
    """Everybody whom the text names. ValidationError when it names somebody who is not here."""
    names = {name.lower() for name in MENTION.findall(text)}
    if not names:
        return []
    by_name: dict[str, list[User]] = {}
    named = reduce(or_, (Q(email__startswith=f"{name}@") for name in names))
    for user in _who_may_be_named().filter(named):
        by_name.setdefault(_name_of(user.email), []).append(user)
    if unknown := sorted(names - by_name.keys()):
        told = [_nobody_is_called(name, _beside(name)) for name in unknown[:MOST_CORRECTED]]
        raise ValidationError({"body": [*told, *(_nobody_is_called(name, ()) for name in unknown[MOST_CORRECTED:])]})
    return [user for name in sorted(names) for user in by_name[name]]


def _who_may_be_named() -> models.QuerySet[User]:
    return User.objects.filter(is_active=True, is_service=False)


def _name_of(email: str) -> str:
    return email.partition("@")[0]


def _beside(name: str) -> set[str]:
    """Names before and after it in the alphabet, where one that was meant mostly is; all of them in a small company."""
    emails = _who_may_be_named().values_list("email", flat=True)
    before = emails.filter(email__lt=name).order_by("-email")[:MOST_BESIDE]
    after = emails.filter(email__gte=name).order_by("email")[:MOST_BESIDE]
    return {_name_of(email) for email in (*before, *after)}


def _nobody_is_called(name: str, known: Collection[str]) -> str:
    nearest = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    meant = f"Did you mean {' or '.join(f'@{near}' for near in nearest)}?" if nearest else "Write it without the @."
    return f"Nobody here is called @{name}. {meant}"


# A form asks before the file is kept, and what reads a file starts a process.
_sniffed: WeakKeyDictionary[UploadedFile[bytes], str] = WeakKeyDictionary()


def sniff(file: UploadedFile[bytes]) -> str:
    """What an upload holds. ValidationError when it is too big, of no allowed kind, or not what it says."""
    if file not in _sniffed:
        _sniffed[file] = _contents(file)
    return _sniffed[file]


def _contents(file: UploadedFile[bytes]) -> str:
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(f"The file is larger than {settings.UPLOAD_MAX_BYTES // 1024 // 1024} MB.")
    if not file.size:
        raise ValidationError("The file is empty.")
    if _suffix(file) not in KINDS:
        raise ValidationError(f"Files of this kind cannot be attached. Use one of {', '.join(ATTACHABLE)}.")
    try:
        return contents_of(_suffix(file), file)
    except NotWhatItSays as error:
        raise ValidationError(str(error)) from None


def _suffix(file: UploadedFile[bytes]) -> str:
    return PurePath(file.name or "").suffix.lower()
