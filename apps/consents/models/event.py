from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.consents.models.state import State
from apps.consents.models.subject import DataSubject
from apps.core import clock
from apps.core.access import Access
from apps.disclosures.models import NoticeVersion
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.ledger.triggers import append_only
from apps.taxonomy.models import DataUse

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser


class ConsentImportQuerySet(RecordedQuerySet["ConsentImport"]):
    def visible_to(self, user: AnyUser) -> ConsentImportQuerySet:
        """What was imported names nobody: counts and digests only."""
        return self if user.has_perm("consents.view_imports") else self.none()


class ConsentImport(RecordedModel):
    """One delivery of answers: a file, or a single one by API or link. Its history commits to each of its rows."""

    class Kind(models.TextChoices):
        FILE = "file", "File"
        API = "api", "API"
        LINK = "link", "Withdrawal link"
        PAGE = "page", "Look-up"

    kind = models.CharField(max_length=5, choices=Kind, editable=False)
    file_name = models.CharField(max_length=200, blank=True, editable=False)
    file_sha256 = models.CharField("SHA-256 of the file", max_length=64, blank=True, editable=False)
    rows = models.PositiveIntegerField(editable=False)
    rejected = models.PositiveIntegerField("rejected rows", default=0, editable=False)
    new_subjects = models.PositiveIntegerField("people not known before", default=0, editable=False)
    counts = models.JSONField(default=dict, editable=False, help_text="{use: {state: rows}}")
    block_rows = models.PositiveIntegerField("rows in a block", editable=False)
    blocks = models.JSONField(default=list, editable=False, help_text="The SHA-256 of each block of rows, in order.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    recorded_at = models.DateTimeField(db_index=True, editable=False)

    objects = ConsentImportQuerySet.as_manager()
    redactable = ("file_name",)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["file_sha256"], condition=Q(kind="file"), name="consent_file_once"),
        ]
        indexes = [models.Index(fields=["updated_at"], name="consent_import_finished")]

    def __str__(self) -> str:
        return self.file_name or f"{self.get_kind_display()}, {clock.local(self.recorded_at):%-d %b %Y, %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("consents:consentimport_detail", args=[self.pk])


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: AnyUser) -> ImportRunQuerySet:
        return self if user.has_perm("consents.view_imports") else self.none()

    def cut_off(self) -> ImportRunQuerySet:
        """Neither ended nor heard of for a while: the process that did the work is gone."""
        return self.filter(finished_at=None, seen_at__lt=timezone.now() - ImportRun.SILENT_FOR)


class ImportRun(models.Model):
    """The work on a file: how far it is, and what is wrong with it. No part of the ledger; the import it made is."""

    SILENT_FOR = timedelta(minutes=10)
    MOST_PROBLEMS = 100  # that are kept, as {"line": …, "reason": …}

    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    spool = models.CharField(max_length=200, blank=True, help_text="The name under which an upload waits.")
    options = models.JSONField(default=dict)
    phase = models.CharField(max_length=60, default="Waiting")
    rows = models.PositiveIntegerField(default=0, help_text="Read so far.")
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    problems = models.JSONField(default=list)
    problem_count = models.PositiveIntegerField(default=0)
    read_as = models.CharField(
        max_length=60, blank=True, default="", help_text="How the file was read, such as semicolon-separated, UTF-16."
    )
    made = models.ForeignKey(
        ConsentImport, null=True, on_delete=models.PROTECT, related_name="runs", db_constraint=False
    )

    objects = ImportRunQuerySet.as_manager()
    portal_may = Access.EDIT

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Import of {self.file_name}"

    def get_absolute_url(self) -> str:
        return reverse("consents:run", args=[self.pk])

    @property
    def was_cut_off(self) -> bool:
        return self.finished_at is None and self.seen_at < timezone.now() - self.SILENT_FOR


class ConsentEvent(models.Model):
    """One answer of one person about one use: when it was given, and when we knew it. Rows are only ever added.

    The number is that of the import times 2^32 plus the place within it, so that the rows of an import lie together.
    Nothing but the import writes rows, and it looks up what they point at; a constraint would ask again for each row.
    """

    PLACES = 32  # bits of the number that count the place within the import

    id = models.BigIntegerField(primary_key=True)
    consent_import = models.ForeignKey(
        ConsentImport,
        on_delete=models.PROTECT,
        related_name="events",
        db_column="import_id",
        db_constraint=False,
        db_index=False,
    )
    use = models.ForeignKey(DataUse, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    notice_version = models.ForeignKey(
        NoticeVersion, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True)
    subject = models.ForeignKey(DataSubject, on_delete=models.PROTECT, related_name="events", db_constraint=False)
    line = models.IntegerField(help_text="In the file; 1 for a single answer.")
    state = models.SmallIntegerField(choices=State)
    mechanism = models.CharField(max_length=60, blank=True, help_text="How it was given, such as web form or paper.")
    language = models.CharField(max_length=15, blank=True)
    source = models.CharField(max_length=100, blank=True, help_text="The system that recorded it.")

    class Meta:
        ordering = ["-occurred_at", "-id"]
        triggers = append_only()

    def __str__(self) -> str:
        return f"Answer {self.pk}"

    @property
    def is_positive(self) -> bool:
        return State(self.state).is_positive
