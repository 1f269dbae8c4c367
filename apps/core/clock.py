"""What time it is for the portal's rules. The demo and tests may travel; the ledger always uses real time."""

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

from django.utils import timezone

SATURDAY = 5

_offset: ContextVar[timedelta] = ContextVar("clock_offset", default=timedelta())


def now() -> datetime:
    return timezone.now() + _offset.get()


def today() -> date:
    return timezone.localdate(now())


def add_working_days(moment: datetime, days: int) -> datetime:
    """The same time of day so many working days later. What comes in on a weekend counts from the start of Monday."""
    local = timezone.localtime(moment)
    if local.weekday() >= SATURDAY:
        local = (local + timedelta(days=7 - local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    while days:
        local += timedelta(days=1)
        days -= local.weekday() < SATURDAY
    return local


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_between(day: date, later: date) -> int:
    """Full months from one day to the other."""
    months = (later.year - day.year) * 12 + later.month - day.month
    return months - (months_after(day, months) > later)


def within(day: date, *thresholds: int) -> str:
    """How soon the day comes, by the smallest of these numbers of days, so that it reads the same for a while.

    Empty when it has passed, or is further away than all of them.
    """
    left = (day - today()).days
    reached = min((days for days in thresholds if 0 <= left <= days), default=0)
    return "" if not reached else "within a day" if reached == 1 else f"within {reached} days"


@contextmanager
def travel_to(moment: datetime) -> Iterator[None]:
    """Let the portal's clock start again at `moment` inside the block."""
    token = _offset.set(moment - timezone.now())
    try:
        yield
    finally:
        _offset.reset(token)
