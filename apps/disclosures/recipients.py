"""The classes of recipients that notices speak of, and the use of the taxonomy that stands for sharing with each."""

from __future__ import annotations

from django.db import models


class RecipientClass(models.TextChoices):
    SERVICE_PROVIDER = "service_provider", "Service providers, who act for us"
    AFFILIATE = "affiliate", "Companies of our own group"
    BUSINESS_PARTNER = "business_partner", "Business partners"
    LEGAL_PROCESS = "legal_process", "Authorities and courts, by legal process"
    THIRD_PARTY = "third_party", "Any other company"


def sharing_use(recipient: str) -> str:
    """The key of the data use for sharing with this class. What the law asks for needs no permission and has none."""
    return "" if recipient == RecipientClass.LEGAL_PROCESS else f"third_party_sharing.{recipient}"
