from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.consents.models.subject import DataSubject
from apps.core import clock
from apps.ledger.models import RecordedModel, RecordedQuerySet

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User


class SubjectLookupQuerySet(RecordedQuerySet["SubjectLookup"]):
    def visible_to(self, user: AnyUser) -> SubjectLookupQuerySet:
        """That somebody was looked up, and why, is for privacy, the DPO and auditors. What was read is kept nowhere."""
        return self if user.has_perm("consents.view_lookups") else self.none()


class SubjectLookup(RecordedModel):
    """That somebody looked up a person, when and why. Never the key that was asked for."""

    OPEN_FOR = timedelta(hours=1)

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField("when", default=clock.now, editable=False)
    reason = models.TextField(max_length=500, help_text="Why you need to know, such as the number of a request.")
    subject = models.ForeignKey(
        DataSubject, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="person", editable=False
    )
    forgotten_at = models.DateTimeField("person forgotten", null=True, editable=False)
    forgotten_because = models.TextField("why the person was forgotten", max_length=500, blank=True, editable=False)

    objects = SubjectLookupQuerySet.as_manager()
    redactable = ("reason", "forgotten_because")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "look-up of a person"
        verbose_name_plural = "look-ups of people"

    def __str__(self) -> str:
        return f"Look-up {self.pk}, {clock.local(self.at):%-d %b %Y, %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("consents:lookup", args=[self.pk])

    @property
    def open_until(self) -> datetime:
        return self.at + self.OPEN_FOR

    def is_open_to(self, user: User) -> bool:
        """Whether the answer may still be read: by who asked, for a while. Later there is a reason to give again."""
        return self.by_id == user.pk and clock.now() < self.open_until
