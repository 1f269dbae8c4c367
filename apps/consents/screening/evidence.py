"""A screening as people read it: where members stand, what was assumed, and what the number does not cover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format

from apps.consents.models import SAID_NO, CoveragePoint, Outcome, Screening
from apps.consents.sets.outcomes import Share, in_percent, shares
from apps.core import clock
from apps.taxonomy.models import DataUse


@dataclass(frozen=True)
class Need:
    """One use that must be permitted, and where the members stand."""

    key: str
    name: str
    is_asked_separately: bool
    shares: list[Share]
    percent_words: str


def needs_of(screening: Screening) -> list[Need]:
    uses = {use.key: use for use in DataUse.objects.filter(key__in=screening.needs)}
    return [_need(key, uses.get(key), screening) for key in screening.needs]


def _need(key: str, use: DataUse | None, screening: Screening) -> Need:
    counts = screening.counts.get(key, {})
    return Need(
        key=key,
        name=use.name if use else key,
        is_asked_separately=use is not None and use.asked_separately,
        shares=shares(counts, screening.members),
        percent_words=in_percent(_permitted(counts, screening), screening.members),
    )


def _permitted(counts: dict[str, int], screening: Screening) -> int:
    """Of one use alone, by the basis that was assumed."""
    if screening.basis == Screening.Basis.OPT_IN:
        return counts.get(Outcome.PERMITTED.key, 0)
    against = sum(counts.get(outcome.key, 0) for outcome in SAID_NO)
    return screening.members - against


def in_short(screenings: list[Screening], names: dict[str, str]) -> list[dict[str, Any]]:
    """Screenings as rows of a list, with the names of the uses."""
    return [
        {
            "screening": screening,
            "needs": [names.get(key, key) for key in screening.needs],
            "percent": in_percent(screening.permitted, screening.members),
            "bar": round(100 * screening.coverage),
        }
        for screening in screenings
    ]


def basis_sentence(screening: Screening) -> str:
    who = str(screening.by) if screening.by else "The portal itself"
    if screening.basis == Screening.Basis.OPT_IN:
        return f"{who} assumed that people must have said yes: who gave no answer does not count as permitting."
    return (
        f"{who} assumed that it is enough when people have not said no: who gave no answer, or one that has lapsed, "
        "counts as permitting."
    )


def not_covered(screening: Screening) -> list[str]:
    """What nobody should read out of the number."""
    known_by = _moment(screening.known_by)
    return [
        "It speaks of the people of this cohort alone, and of them only as far as the key under which they answered "
        "is the key under which they are members.",
        f"Answers that were recorded after {known_by} are not in it, also when they were given before.",
        "It counts answers. It does not say what people were told, nor whether the notice they were shown, an "
        "agreement or the law allow the sharing.",
    ]


def _moment(at: datetime) -> str:
    return date_format(clock.local(at), "DATETIME_FORMAT")


def curve(screening: Screening) -> list[dict[str, Any]]:
    """The points of the chart, which the table beside it shows, too."""
    return [_point(point, screening.members) for point in screening.points.all()]


def _point(point: CoveragePoint, members: int) -> dict[str, Any]:
    return {
        "x": int(point.at.timestamp() * 1000),
        "day": date_format(clock.local(point.at), "DATE_FORMAT"),
        "people": f"{point.permitted:,}",
        "percent": round(100 * point.permitted / members, 2) if members else 0,
        "words": in_percent(point.permitted, members),
    }
