"""What time it is for the portal's rules. The demo and tests may travel; the ledger always uses real time.

What time brings cannot be taken back, so it happens only where the clock of the machine agrees with the database's.
"""

import time
from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as time_of_day

from django.db import connection
from django.utils import timezone

from apps.core.exceptions import Unavailable

SATURDAY = 5
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DIFFERS_AT_MOST = timedelta(minutes=5)
# A clock that was right stays so for a while, unless somebody sets it.
BELIEVED_SECONDS = 60

_offset: ContextVar[timedelta] = ContextVar("clock_offset", default=timedelta())


class WrongClock(Unavailable):
    """The clock of this machine differs from the database's."""


class _Agreement:
    """When the clocks were last compared, and what this machine's was then ahead of the time since it was started."""

    compared_at = -float("inf")
    ahead_of_uptime = 0.0


def database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def ahead_of_database() -> timedelta:
    """How far this machine's clock is ahead of the database's; less than nothing when it is behind."""
    return timezone.now() - database_now()


def is_right(ahead: timedelta) -> bool:
    return abs(ahead) <= DIFFERS_AT_MOST


def in_words(length: timedelta) -> str:
    """In the largest unit of which it holds one: "40 days", "3 minutes"."""
    seconds = round(abs(length).total_seconds())
    units = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    size, unit = next((found for found in units if seconds >= found[0]), units[-1])
    number = seconds // size
    return f"{number} {unit}{'' if number == 1 else 's'}"


def difference_words(ahead: timedelta) -> str:
    """As in "3 days ahead of"."""
    return f"{in_words(ahead)} {'ahead of' if ahead > timedelta() else 'behind'}"


def require_right() -> None:
    """Raises WrongClock when the clock of this machine may not say what time brings."""
    uptime = time.monotonic()
    was_set = abs(time.time() - uptime - _Agreement.ahead_of_uptime) > 1
    if uptime - _Agreement.compared_at < BELIEVED_SECONDS and not was_set:
        return
    ahead = ahead_of_database()
    if not is_right(ahead):
        raise WrongClock(
            f"The clock of this machine is {difference_words(ahead)} the database's, so nothing was done that time "
            "brings. The administrator of the server sets the clock."
        )
    _Agreement.compared_at, _Agreement.ahead_of_uptime = uptime, time.time() - uptime


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - EPOCH) // MICROSECOND


class UnclearHour(ValueError):
    """A local hour that comes twice, or never, where the clocks are changed. The message says what to do."""


def placed(moment: datetime, zone: tzinfo | None = None) -> datetime:
    """The moment with its offset from UTC: where it has none, that of the zone or the portal. Raises UnclearHour."""
    if moment.tzinfo:
        return moment
    zone = zone or portal_zone()
    found = moment.replace(tzinfo=zone, fold=0)
    if found.utcoffset() == found.replace(fold=1).utcoffset():
        return found
    comes = found.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment
    raise UnclearHour(
        f"This hour comes {'twice' if comes else 'never'} in {zone}, where the clocks are changed that day. "
        "Write the offset from UTC behind it, as in 2026-03-30T14:05:00+02:00."
    )


def last_of(day: date) -> datetime:
    """The last moment of the day; where its last hour comes twice, of the second one."""
    return datetime.combine(day, time_of_day.max.replace(fold=1), portal_zone())


def now() -> datetime:
    return timezone.now() + _offset.get()


def portal_zone() -> tzinfo:
    """Where the company is."""
    return timezone.get_current_timezone()


def day_of(moment: datetime) -> date:
    """The day on which a moment falls where the company is, as pages and mails name it."""
    return timezone.localdate(moment)


def local(moment: datetime) -> datetime:
    """The moment with the hour that the clocks of the company showed."""
    return timezone.localtime(moment)


def today() -> date:
    return day_of(now())


def add_working_days(moment: datetime, days: int) -> datetime:
    """The same time of day so many working days later. What comes in on a weekend counts from the start of Monday."""
    passing = local(moment)
    if passing.weekday() >= SATURDAY:
        passing = (passing + timedelta(days=7 - passing.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    while days:
        passing += timedelta(days=1)
        days -= passing.weekday() < SATURDAY
    return passing


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
