"""What time it is for the portal's rules. The demo and tests may travel; the ledger always uses real time."""

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


@contextmanager
def travel_to(moment: datetime) -> Iterator[None]:
    """Let the portal's clock start again at `moment` inside the block."""
    token = _offset.set(moment - timezone.now())
    try:
        yield
    finally:
        _offset.reset(token)
