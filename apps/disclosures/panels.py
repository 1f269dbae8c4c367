"""Offers to opt out on the page of the version that promises them, and statements on that of an organisation."""

from __future__ import annotations

from apps.accounts.models import User
from apps.core.panels import Panel, panel
from apps.disclosures.models import NoticeVersion, OptOutOffer, PublicStatement
from apps.vendors.models import Organisation

MOST_LISTED = 20


@panel(NoticeVersion)
def offers(version: NoticeVersion, user: User) -> Panel | None:
    rows = list(OptOutOffer.objects.visible_to(user).filter(version=version)[:MOST_LISTED])
    return Panel("Offers to opt out", "disclosures/offers_panel.html", {"offers": rows}) if rows else None


@panel(Organisation)
def statements(organisation: Organisation, user: User) -> Panel | None:
    rows = list(PublicStatement.objects.visible_to(user).filter(organisation=organisation)[:MOST_LISTED])
    return Panel("What we said about it", "disclosures/statements_panel.html", {"statements": rows}) if rows else None
