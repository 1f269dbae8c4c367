from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db import transaction as db

from apps.agreements.models.agreement import Agreement
from apps.core import clock
from apps.core.exceptions import Conflict
from apps.core.permissions import require
from apps.ledger.models import RecordedManager, RecordedModel

if TYPE_CHECKING:
    from apps.accounts.models import User


class Justification(RecordedModel):
    """Why a sharing is right although insiders profit from the recipient, signed by somebody without any path."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="justifications")
    text = models.TextField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=clock.now)
    digest = models.CharField(max_length=64, help_text="Of the content that it justifies.")

    objects = RecordedManager["Justification"]()
    redactable = ("text",)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Justification by {self.signed_by}"

    @classmethod
    @db.atomic
    def sign(cls, agreement: Agreement, *, by: User, text: str) -> Justification:
        agreement.lock()
        if agreement.status != Agreement.Status.IN_REVIEW:
            raise Conflict("A justification is signed while the request is in review.")
        require(by, "agreements.justify_agreement", agreement)
        if not text.strip():
            raise ValidationError({"text": "Write why the sharing is right."})
        made = cls(agreement=agreement, text=text, signed_by=by, digest=agreement.material_digest)
        made.on_behalf(by, "sign justification").save()
        return made
