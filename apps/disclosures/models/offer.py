from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from apps.core import clock
from apps.core.exceptions import Conflict
from apps.core.reading import each_once_while_reading
from apps.disclosures.models.version import NoticeVersion
from apps.disclosures.recipients import RecipientClass
from apps.ledger.models import RecordedModel, RecordedQuerySet
from apps.ledger.triggers import frozen

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser

SHA256 = RegexValidator(r"^[0-9a-f]{64}$", "A SHA-256 has 64 characters 0 to 9 and a to f.")
FACTS = (
    "version_id",
    "recipient_class",
    "offered_from",
    "offered_until",
    "channel",
    "text_sha256",
    "exclusions_sha256",
    "excluded",
    "created_at",
    "id",
)


class OptOutOfferQuerySet(RecordedQuerySet["OptOutOffer"]):
    def visible_to(self, user: AnyUser) -> OptOutOfferQuerySet:
        return self if user.is_authenticated else self.none()

    def finished(self, by: date | None = None) -> OptOutOfferQuerySet:
        """Those whose last day was over, with the answers of the people applied, on that day or today."""
        return self.filter(state=OptOutOffer.State.FINISHED, offered_until__lt=by or clock.today())

    def finished_under(self, versions: Collection[int]) -> dict[int, list[OptOutOffer]]:
        """By the key of the version: its finished offers, with who recorded them."""
        return each_once_while_reading("finished offers", versions, _finished_under)


def _finished_under(versions: list[int]) -> dict[int, list[OptOutOffer]]:
    found: dict[int, list[OptOutOffer]] = {version: [] for version in versions}
    finished = OptOutOffer.objects.finished().filter(version__in=versions).select_related("recorded_by").order_by("pk")
    for offer in finished if versions else ():
        found[offer.version_id].append(offer)
    return found


class OptOutOffer(RecordedModel):
    """That people were offered to opt out before data goes to a class of recipients, as a notice promises."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"

    class Channel(models.TextChoices):
        MAIL = "mail", "E-mail"
        APP = "app", "In the product"
        LETTER = "letter", "Letter"
        WEB = "web", "On the web site only"

    version = models.ForeignKey(
        NoticeVersion, on_delete=models.PROTECT, related_name="opt_out_offers", verbose_name="promised by"
    )
    recipient_class = models.CharField("before sharing with", max_length=20, choices=RecipientClass)
    offered_from = models.DateField("from")
    offered_until = models.DateField(
        "until", null=True, blank=True, help_text="The last day on which people could answer."
    )
    channel = models.CharField("way", max_length=10, choices=Channel)
    text_sha256 = models.CharField("SHA-256 of the text shown", max_length=64, validators=[SHA256])
    exclusions_sha256 = models.CharField(
        "SHA-256 of the exclusion list applied",
        max_length=64,
        blank=True,
        validators=[SHA256],
        help_text="The list of those who opted out, as it was applied to the data.",
    )
    excluded = models.PositiveBigIntegerField("people who opted out", null=True, blank=True)
    state = models.CharField(
        max_length=10,
        choices=State,
        default=State.RUNNING,
        help_text="Finished: the time to answer is over and the exclusion list was applied. It then stays as it is.",
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = OptOutOfferQuerySet.as_manager()

    class Meta:
        ordering = ["-offered_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(offered_until=None) | Q(offered_until__gte=F("offered_from")),
                name="offer_ends_after_start",
            ),
            models.CheckConstraint(
                condition=~Q(state="finished") | (Q(offered_until__isnull=False) & ~Q(exclusions_sha256="")),
                name="finished_offer_has_its_end_and_list",
            ),
        ]
        triggers = frozen(*FACTS, status="state", final=("finished",))

    def __str__(self) -> str:
        return f"Offer to opt out before sharing with {self.get_recipient_class_display().lower()}"

    def get_absolute_url(self) -> str:
        return reverse("disclosures:optoutoffer_detail", args=[self.pk])

    def clean(self) -> None:
        wrong = {}
        if self.state == self.State.FINISHED:
            if self.offered_until is None or self.offered_until >= clock.today():
                wrong["offered_until"] = "An offer is finished once its last day is over. Give that day."
            if not self.exclusions_sha256:
                wrong["exclusions_sha256"] = (
                    "Give the SHA-256 of the exclusion list that was applied, an empty one too."
                )
        if self.version_id and not self.version.is_spoken:
            wrong["version"] = "Choose a version that people have read: a published one."
        if wrong:
            raise ValidationError(wrong)

    @property
    def is_running(self) -> bool:
        return self.state == self.State.RUNNING

    def require_editable(self) -> None:
        if not self.is_running:
            raise Conflict(f"{self} is finished and stays as it was recorded.")
