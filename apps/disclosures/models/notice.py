from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language_info

from apps.ledger.models import RecordedModel, RecordedQuerySet

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser


class NoticeQuerySet(RecordedQuerySet["Notice"]):
    def visible_to(self, user: AnyUser) -> NoticeQuerySet:
        """What people are told is known to everybody who is signed in."""
        return self if user.is_authenticated else self.none()


class Notice(RecordedModel):
    """What people are told about a product's use of their data, in one language; its versions hold the text."""

    product = models.CharField(max_length=200, help_text="The product or service, as people know it.")
    language = models.CharField(
        max_length=15,
        default="en",
        help_text="The code of the language, such as en, de or pt-br.",
        validators=[RegexValidator(r"^[a-z]{2,3}(-[a-z0-9]{2,8})*$", "Write a code such as en, de or pt-br.")],
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")

    objects = NoticeQuerySet.as_manager()
    keepers = ("owner",)

    class Meta:
        ordering = ["product", "language"]
        constraints = [models.UniqueConstraint(fields=["product", "language"], name="notice_once_a_language")]

    def __str__(self) -> str:
        return f"{self.product} ({self.language_name})"

    def get_absolute_url(self) -> str:
        return reverse("disclosures:notice_detail", args=[self.pk])

    @property
    def language_name(self) -> str:
        try:
            return str(get_language_info(self.language)["name"])
        except KeyError:
            return self.language
