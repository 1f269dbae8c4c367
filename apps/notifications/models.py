"""What the portal has to tell people, and what it did at night."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from apps.core.access import Access
from apps.core.isolation import isolated, noting_problems
from apps.ledger.anchors import record_mail
from apps.notifications.history import keep_history

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser

# What nobody could be told for so long is no news: the next digest says it again.
TRY_FOR = timedelta(days=3)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=6)


class Line(TypedDict):
    """One sentence of a message, with the page that it leads to. Neutral: no names, titles, interests or amounts."""

    group: str
    text: str
    path: str


class Note(TypedDict):
    """A signed checkpoint of the ledger that is sent with a message."""

    name: str
    note: str


def new_message_id() -> str:
    return f"<{uuid4().hex}@{urlsplit(settings.PORTAL_URL).hostname or 'localhost'}>"


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: AnyUser) -> MessageQuerySet:
        """One's own; that others were written to is known to administrators and auditors, what was said is not."""
        if user.has_perm("notifications.view_all_messages"):
            return self
        return self.filter(recipient=user.pk or 0)

    def due(self) -> MessageQuerySet:
        """Still to be sent, now: not a pause after an attempt, and not to somebody who was deactivated."""
        now = clock.now()
        waiting = self.filter(sent_at=None, retry_at__lte=now, created_at__gt=now - TRY_FOR)
        return waiting.filter(recipient__is_active=True)

    def sent_or_due(self) -> MessageQuerySet:
        """Sent, or still to be sent: not what was refused or given up, of which nobody has heard."""
        waits = Q(retry_at__isnull=False, created_at__gt=clock.now() - TRY_FOR)
        return self.filter(waits | Q(sent_at__isnull=False))


class Message(models.Model):
    """Something to tell one person by mail: a row of the outbox. It exists once and is sent at least once.

    No recorded model: it decides nothing and says only what other records say. The Message-ID is given when the row
    is made, so that a mail sent twice, because the worker died before it could write it down, is known as one.
    """

    class Kind(models.TextChoices):
        DIGEST = "digest", "What waits for you"

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=20, choices=Kind)
    dedupe_key = models.CharField(max_length=100, unique=True, editable=False)
    message_id = models.CharField(max_length=200, unique=True, default=new_message_id, editable=False)
    subject = models.CharField(max_length=150)
    lines = models.JSONField(default=list, help_text="The sentences, each with group, text and path.")
    attachments = models.JSONField(default=list, help_text="Signed checkpoints to be kept outside: name and note.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    retry_at = models.DateTimeField(null=True, default=clock.now, editable=False, help_text="Empty: never again.")
    last_error = models.CharField(max_length=100, blank=True, editable=False, help_text="The kind of error only.")

    objects = MessageQuerySet.as_manager()
    # What somebody is told concerns nobody else; the recipient reads it on its page.
    secret_fields = ("lines",)
    portal_may = Access.EDIT

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["retry_at"], condition=Q(sent_at=None), name="unsent_messages"),
            models.Index(fields=["-created_at", "-id"], name="messages_in_order"),
        ]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        return reverse("notifications:message", args=[self.pk])

    @classmethod
    def queue(
        cls, recipient: User, kind: str, key: str, *, subject: str, lines: Sequence[Line], notes: Sequence[Note] = ()
    ) -> None:
        """Add it to the outbox, unless one with this key is there already, whoever added it."""
        message = Message(
            recipient=recipient, kind=kind, dedupe_key=key, subject=subject, lines=list(lines), attachments=list(notes)
        )
        Message.objects.bulk_create([message], ignore_conflicts=True)

    @classmethod
    def deliver(cls, pk: int) -> bool:
        """Send it, unless another worker does or did. Says whether it was sent."""
        with transaction.atomic():
            due = cls.objects.due().select_for_update(of=("self",), no_key=True, skip_locked=True)
            message = due.select_related("recipient").filter(pk=pk).first()
            if message is None:
                return False
            message._send()
            message.save()
            if message.sent_at is None:
                return False
            for attached in message.attachments:
                record_mail(attached["note"], message.recipient_id)
            return True

    def _send(self) -> None:
        self.attempts += 1
        try:
            self.as_email().send()
        except Exception as error:  # whatever is wrong with one message must not hold up the others
            self.last_error, self.retry_at = type(error).__name__, self._next_attempt(error)
        else:
            self.sent_at, self.last_error = clock.now(), ""

    def _next_attempt(self, error: Exception) -> datetime | None:
        if isinstance(error, SMTPRecipientsRefused) and all(code >= 500 for code, _ in error.recipients.values()):
            return None
        pause: timedelta = min(FIRST_PAUSE * 2 ** (self.attempts - 1), LONGEST_PAUSE)
        return clock.now() + pause

    def as_email(self) -> EmailMultiAlternatives:
        context = {"message": self, "groups": self.groups(), "portal_url": settings.PORTAL_URL}
        email = EmailMultiAlternatives(
            subject=self.subject,
            body=render_to_string("notifications/mail.txt", context),
            to=[self.recipient.email],
            headers={"Message-ID": self.message_id, "Auto-Submitted": "auto-generated"},
        )
        email.attach_alternative(render_to_string("notifications/mail.html", context), "text/html")
        for attached in self.attachments:
            # As bytes, so that no mail server changes line breaks that are signed.
            email.attach(attached["name"], attached["note"].encode(), "application/octet-stream")
        return email

    def groups(self) -> dict[str, list[Line]]:
        """The lines under their headings, in the order in which they were written."""
        grouped: dict[str, list[Line]] = {}
        for line in self.lines:
            grouped.setdefault(line["group"], []).append(line)
        return grouped

    @property
    def state_words(self) -> str:
        if self.sent_at:
            return "Sent"
        if self.retry_at is None:
            return "Refused by the mail server"
        return "Waiting" if self.created_at > clock.now() - TRY_FOR else "Given up"


class NightlyRunQuerySet(models.QuerySet["NightlyRun"]):
    def finished(self) -> NightlyRunQuerySet:
        return self.exclude(finished_at=None)

    def since(self, moment: datetime) -> NightlyRunQuerySet:
        """Whole runs that ended after that moment."""
        return self.filter(finished_at__gt=moment)

    def newest(self) -> NightlyRun | None:
        return self.order_by("-pk").first()


class NightlyRun(models.Model):
    """One pass over what time brings: expiries, lapses, checks, digests. A row without an end was cut off."""

    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict, help_text="What each part did, in numbers.")
    problems = models.JSONField(
        default=list, db_default=[], help_text="What it left undone, by kind and number of the record."
    )

    objects = NightlyRunQuerySet.as_manager()
    portal_may = Access.EDIT

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"Nightly run of {clock.local(self.started_at):%-d %b %Y, %H:%M}"

    @classmethod
    def refuse(cls, problem: str) -> None:
        """Put on record, once, that a run could not begin. Its moment is the database's: the clock here is wrong."""
        newest = cls.objects.newest()
        if newest is None or newest.finished_at or newest.problems != [problem]:
            cls.objects.create(started_at=clock.database_now(), problems=[problem])

    def take(self, name: str, part: Callable[[], Any]) -> None:
        """Do a part of the run. Others come after it whatever becomes of it, and the mails tell what failed."""
        with noting_problems() as problems, isolated(f"The part “{name}”"):
            self.counts[name] = part()
        self.problems += problems
        self.save()

    def finish(self) -> None:
        self.finished_at = clock.now()
        self.save()


# History models are part of this module, and so have to be made while it is loaded.
keep_history()
