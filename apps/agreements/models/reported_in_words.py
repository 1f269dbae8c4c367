"""Reports in words: what moved and to whom, as somebody tells it who does not find the records or wants to add none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db import transaction as db

from apps.core.text import folded
from apps.datasets.models import Dataset
from apps.findings.models import reconcile
from apps.vendors.models import Organisation
from apps.vendors.organisations.duplicates import known_names
from apps.vendors.organisations.names import company_keys

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.agreements.models.transfer import Transfer

TELL_ONE = "Choose one from the list, or say it in your own words; not both."
TELL_ANY = "Choose one from the list, or say it in your own words."
MAY_LINK = "Legal says which records a report in words means, unless they reported it, took part or have an interest."
LINK_FIRST = (
    "Say first which dataset and which organisation the report means: until then nobody knows what covers it, and who "
    "may not take part."
)


class ReportedInWords(models.Model):
    """The dataset and the recipient of a report, each as a record or in words that are linked to one later."""

    class Channel(models.TextChoices):
        API = "api", "An interface (API)"
        CLOUD = "cloud", "Cloud storage"
        SFTP = "sftp", "SFTP"
        COMPANY_MAIL = "company_mail", "Company e-mail"
        PERSONAL_MAIL = "personal_mail", "Personal e-mail"
        FILE_SHARE = "file_share", "A consumer file share"
        MEDIA = "media", "Removable media"
        OTHER = "other", "Another way, or unknown"

    OFF_CHANNEL = (Channel.PERSONAL_MAIL, Channel.FILE_SHARE, Channel.MEDIA)

    dataset = models.ForeignKey(Dataset, null=True, blank=True, on_delete=models.PROTECT, related_name="transfers")
    dataset_words = models.CharField(  # noqa: DJ001 - recorded tables gain nullable columns only
        "what moved, in your own words", max_length=300, null=True, blank=True
    )
    recipient = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="received_transfers"
    )
    recipient_words = models.CharField(  # noqa: DJ001 - recorded tables gain nullable columns only
        "who received it, in your own words", max_length=300, null=True, blank=True
    )

    class Meta:
        abstract = True

    transferred_on: date
    channel: str
    records: int | None
    quantity: str
    revision: int

    @property
    def is_linked(self) -> bool:
        """Whether it is known which records the report means."""
        return bool(self.dataset_id and self.recipient_id)

    @property
    def what(self) -> str:
        return f"“{self.dataset or self.dataset_words}”"

    @property
    def to_whom(self) -> str:
        return str(self.recipient) if self.recipient_id else f"“{self.recipient_words}”"

    @property
    def title(self) -> str:
        return f"{self.dataset or self.what} to {self.to_whom} on {self.transferred_on:%-d %b %Y}"

    def in_short(self) -> str:
        what = f"{self.records:,} records of {self.what}" if self.records else self.what
        return f"On {self.transferred_on:%-d %b %Y}, {what} went to {self.to_whom}. {CHANNEL_WORDS[self.channel]}"

    @property
    def quantity_words(self) -> str:
        counted = f"{self.records:,} records" if self.records else ""
        return "; ".join(part for part in (counted, self.quantity) if part)

    @property
    def not_known(self) -> list[str]:
        """What nobody has said yet, as sentences."""
        told = [
            (self.dataset_id, f"Which dataset “{self.dataset_words}” means is not known."),
            (self.recipient_id, f"Which organisation “{self.recipient_words}” means is not known."),
        ]
        return [words for key, words in told if key is None]

    def wrong_in_words(self) -> dict[str, str]:
        """By field: what is wrong with how dataset and recipient are told."""
        wrong = {}
        for name in ("dataset", "recipient"):
            words = (getattr(self, f"{name}_words") or "").strip()
            if not words and not getattr(self, f"{name}_id"):
                wrong[name] = TELL_ANY
            elif words and getattr(self, f"{name}_id") and self._state.adding:
                wrong[f"{name}_words"] = TELL_ONE
        return wrong

    def require_linked(self) -> None:
        if not self.is_linked:
            raise ValidationError(LINK_FIRST)

    def meant(self, **given: models.Model | None) -> dict[str, models.Model]:
        """Of these records those that the report has in words; what was chosen from the list stays."""
        found = {name: record for name, record in given.items() if record and getattr(self, f"{name}_words")}
        if not found:
            raise ValidationError("Choose which dataset or which organisation the words of the report mean.")
        return found

    @cached_property
    def recipients(self) -> list[Organisation]:
        """The recipient, or those on record whom the words may mean: their people are kept from a report about them."""
        return [self.recipient] if self.recipient else list(named_in([self.recipient_words or ""])[0])

    @classmethod
    def prefetch_recipients(cls, records: Sequence[Any]) -> None:
        """Ask once for all that are told in words."""
        unlinked = [record for record in records if record.recipient_id is None]
        if unlinked:
            found = named_in([record.recipient_words or "" for record in unlinked])
            for record, organisations in zip(unlinked, found, strict=True):
                record.recipients = list(organisations)


@db.atomic
def link_report(
    transfer: Transfer, *, by: User, note: str, dataset: Dataset | None = None, recipient: Organisation | None = None
) -> None:
    """Record which records a report in words means. Whoever turns out to have an interest does not say it."""
    if not by.has_perm("agreements.link_transfer", transfer):
        raise PermissionDenied(MAY_LINK)
    transfer.lock()
    for name, record in transfer.meant(dataset=dataset, recipient=recipient).items():
        setattr(transfer, name, record)
    transfer._forget()
    transfer.full_clean()
    if why_not := transfer.barred(by):
        raise PermissionDenied(why_not)
    transfer.withheld_from = sorted(transfer.path_users)
    transfer.on_behalf(by, f"linked: {note}").save()
    reconcile(transfer)


def named_in(texts: Iterable[str]) -> list[list[Organisation]]:
    """For each text: the organisations whose names stand in it, or that have it in their name.

    By every name that is or was on record of them, and however the name of a company is written.
    """
    names = [(key, folded(name), company_keys(name)) for key, name in known_names()]
    wanted = [
        {key for key, name, keys in names if _alike(name, folded(text)) or keys & company_keys(text)} for text in texts
    ]
    by_key = Organisation.objects.in_bulk(set().union(*wanted)) if any(wanted) else {}
    return [[by_key[key] for key in sorted(keys)] for keys in wanted]


def _alike(name: str, text: str) -> bool:
    """Whole words only: “Al” does not stand in “all photos”."""
    return bool(name and text) and (f" {name} " in f" {text} " or f" {text} " in f" {name} ")


CHANNEL_WORDS: dict[str, str] = {
    ReportedInWords.Channel.API: "It left through an interface.",
    ReportedInWords.Channel.CLOUD: "It left by cloud storage.",
    ReportedInWords.Channel.SFTP: "It left by SFTP.",
    ReportedInWords.Channel.COMPANY_MAIL: "It left by company e-mail.",
    ReportedInWords.Channel.PERSONAL_MAIL: "It left by personal e-mail.",
    ReportedInWords.Channel.FILE_SHARE: "It left by a consumer file share.",
    ReportedInWords.Channel.MEDIA: "It left on removable media.",
    ReportedInWords.Channel.OTHER: "The way it left is another one or not known.",
}


def chosen_changes(name: str) -> pgtrigger.Q:
    """That a record which was chosen from the list becomes another one."""
    changed = pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")})
    return changed & (pgtrigger.Q(**{f"old__{name}_words__isnull": True}) | pgtrigger.Q(**{f"old__{name}_words": ""}))
