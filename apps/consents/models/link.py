from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.core import signing
from django.db import models
from django.urls import reverse

from apps.consents.models.lookup import SubjectLookup
from apps.consents.models.subject import DataSubject
from apps.core import clock
from apps.ledger.models import RecordedModel, RecordedQuerySet

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser, User


def _signer() -> signing.Signer:
    """Signs with the first secret; links that were signed with one of the others still work."""
    first, *earlier = settings.WITHDRAWAL_KEYS
    return signing.Signer(key=first, fallback_keys=earlier, salt="consents.withdrawal", sep=".")


class WithdrawalLinkQuerySet(RecordedQuerySet["WithdrawalLink"]):
    def visible_to(self, user: AnyUser) -> WithdrawalLinkQuerySet:
        return self if user.has_perm("consents.view_lookups") else self.none()


class WithdrawalLink(RecordedModel):
    """A link for one person, with which what they permit can be withdrawn and nothing else be done.

    The address is the opaque id, signed with a secret of the environment: the database alone makes no address.
    """

    LASTS = timedelta(days=30)

    opaque = models.CharField(max_length=43, unique=True, editable=False)
    subject = models.ForeignKey(
        DataSubject, on_delete=models.PROTECT, related_name="+", verbose_name="person", editable=False
    )
    lookup = models.ForeignKey(
        SubjectLookup, on_delete=models.PROTECT, related_name="links", verbose_name="made after", editable=False
    )
    expires_at = models.DateTimeField("valid until", editable=False)
    used_at = models.DateTimeField("first used", null=True, editable=False)

    objects = WithdrawalLinkQuerySet.as_manager()
    secret_fields = ("opaque",)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Withdrawal link {self.pk}, until {clock.local(self.expires_at):%-d %b %Y}"

    @classmethod
    def issue(cls, lookup: SubjectLookup, subject: DataSubject, *, by: User) -> Self:
        link = cls(opaque=secrets.token_urlsafe(32), subject=subject, lookup=lookup, expires_at=clock.now() + cls.LASTS)
        link.on_behalf(by, "Make a withdrawal link").save()
        return link

    @classmethod
    def found_by(cls, token: str) -> WithdrawalLink | None:
        """The link of this address; None when the signature is wrong, or it is over."""
        try:
            opaque = _signer().unsign(token)
        except signing.BadSignature:
            return None
        return cls.objects.filter(opaque=opaque, expires_at__gt=clock.now()).first()

    @property
    def url(self) -> str:
        """The whole address, for a letter or a mail. Shown once, to who made the link."""
        path = reverse("consents:withdrawal", args=[_signer().sign(self.opaque)])
        return f"{settings.PORTAL_URL}{path}"

    def mark_used(self) -> None:
        if self.used_at is None:
            self.used_at = clock.now()
            self.on_behalf(None, "Used by the person").save()
