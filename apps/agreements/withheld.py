"""Of data that moved only legal and privacy hear at first. Others who read everything read that it is so."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max

from apps.agreements.models import Transfer
from apps.core import clock
from apps.core.withheld import withholds
from apps.findings.models import Finding


@withholds(Transfer, Finding)
def reports_withheld_from(user: Any) -> str:
    """As in "1 report is withheld until 4 Dec 2026"."""
    withheld = Transfer.objects.embargoed_for(user).aggregate(count=Count("pk"), until=Max("released_at"))
    if not withheld["count"]:
        return ""
    until = f"{clock.day_of(withheld['until']):%-d %b %Y}"
    if withheld["count"] == 1:
        return f"1 report is withheld until {until}."
    return f"{withheld['count']} reports are withheld, the last one until {until}."
