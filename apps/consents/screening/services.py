"""From what a form asks to cohorts and screenings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.http import StreamingHttpResponse

from apps.consents import keys
from apps.consents.intake.importing import RowError
from apps.consents.intake.reading import Lines, Unreadable
from apps.consents.intake.rows import read_heading
from apps.consents.intake.uploads import RefusedFile
from apps.consents.models import Cohort, ConsentEvent, CoveragePoint, Screening
from apps.consents.screening.cohorts import COLUMN, import_members
from apps.consents.screening.counting import count
from apps.consents.screening.needs import needs_of
from apps.consents.screening.running import exclusions, screen
from apps.consents.sets.hierarchy import UseHierarchy
from apps.core import clock

if TYPE_CHECKING:
    from apps.accounts.models import User

NO_COLUMN = f"The first line must name the column {COLUMN}."
EXCLUSION_COLUMNS = ["digest", "key_version"]
MOST_POINTS = 13
# Cohorts for which somebody may wait while their past is counted.
WHILE_WAITING = 50_000


def add_cohort(name: str, file: Any, *, by: User) -> tuple[Cohort, str]:
    """A cohort from an upload, and how the file was read. Raises RefusedFile, and nothing is left of it then."""
    if problem := _heading_problem(file):
        raise RefusedFile([problem], 1)
    result = import_members(file, name=name, by=by)
    if result.made is None:
        raise RefusedFile(result.problems, len(result.problems))
    return result.made, result.read_as


def _heading_problem(file: Any) -> RowError | None:
    """Whatever somebody sends by mistake is not taken for keys, as a list of keys without a heading would be."""
    try:
        heading = read_heading(Lines(file), (COLUMN,))
    except Unreadable as error:
        return RowError(error.line, error.reason)
    return None if COLUMN in heading.columns else RowError(1, NO_COLUMN)


def screen_for(cohort: Cohort, asked: dict[str, Any], *, by: User) -> Screening:
    """Screen for what a form asks. A day stands for all of it."""
    needs = needs_of((use.key for use in asked["uses"]), asked["recipient"])
    dates = {name: end_of(asked[name]) for name in ("occurred_by", "known_by") if asked[name]}
    return screen(cohort, needs, asked["basis"], by=by, **dates)


def end_of(day: date) -> datetime:
    """The end of the day, as far as it has come."""
    return min(clock.last_of(day), clock.now())


def is_short(screening: Screening) -> bool:
    return screening.members <= WHILE_WAITING


def trace(screening: Screening) -> None:
    """Count how coverage went up to the screening, from the ledger. Done again it changes nothing."""
    if screening.points.exists():
        return
    made = []
    for at in _moments(screening):
        then = Screening(
            cohort=screening.cohort,
            needs=screening.needs,
            basis=screening.basis,
            occurred_by=at,
            known_by=screening.known_by,
            from_ledger=True,
        )
        made.append(CoveragePoint(screening=screening, at=at, permitted=count(then).permitted))
    made.append(CoveragePoint(screening=screening, at=screening.occurred_by, permitted=screening.permitted))
    with transaction.atomic():
        CoveragePoint.objects.bulk_create(made, ignore_conflicts=True)


def _moments(screening: Screening) -> list[datetime]:
    """Moments at even distances, from just before the first answer that may count."""
    hierarchy = UseHierarchy.load()
    uses = {use for key in screening.needs for use in hierarchy.sources[hierarchy.ids[key]]}
    first = (
        ConsentEvent.objects.filter(use__in=uses, occurred_at__lte=screening.occurred_by)
        .order_by("occurred_at")
        .values_list("occurred_at", flat=True)
        .first()
    )
    start = (first or screening.occurred_by - timedelta(days=365)) - timedelta(days=1)
    step = (screening.occurred_by - start) / (MOST_POINTS - 1)
    return [start + step * number for number in range(MOST_POINTS - 1)]


def exclusion_list(screening: Screening) -> StreamingHttpResponse:
    """Who is to be left out, as a file of digests: nobody here knows a key."""
    response = StreamingHttpResponse(exclusion_rows(screening), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="exclusions-{screening.pk}.csv"'
    return response


def exclusion_rows(screening: Screening) -> Iterator[str]:
    """The lines of the list, each with the number of the secret without which nobody can compare it with keys."""
    found, version = exclusions(screening), keys.version_in_use()
    rows = (f"{digest},{version}\r\n" for _, digest in found if digest)
    return chain([",".join(EXCLUSION_COLUMNS) + "\r\n"], rows)
