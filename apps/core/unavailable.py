"""What the portal says when its database or its disk fails it, rather than that it met a fault of its own."""

from __future__ import annotations

import errno

from django.db import Error, InterfaceError, OperationalError

from apps.core.exceptions import Unavailable

# For the header Retry-After.
RETRY_SECONDS = 5

BUSY = (
    "The portal is busy: somebody else is saving, and it waited as long as it may. Nothing of yours was saved. "
    "Try again in a moment."
)
TOO_LONG = "This takes longer than the portal may work on one request. Nothing was saved. Ask for less, or try later."
AWAY = "The database does not answer. Nothing of yours was saved. Try again in a moment."
DATABASE_FULL = "The database has no room left. Nothing of yours was saved. The administrator of the server makes room."
DISK_FULL = "There is no room left for files. Nothing of yours was saved. The administrator of the server makes room."

# By the code that PostgreSQL gives, or by the class that the code begins with.
BY_CODE = {
    "55P03": BUSY,  # lock_timeout
    "40P01": BUSY,  # deadlock
    "40001": BUSY,
    "57014": TOO_LONG,  # statement_timeout
    "53100": DATABASE_FULL,
    "53": AWAY,
    "57": AWAY,
    "08": AWAY,
    "25P03": AWAY,  # idle_in_transaction_session_timeout
}
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def as_unavailable(error: BaseException) -> Unavailable | None:
    """The same error as people hear of it, if it is one of those that pass."""
    if isinstance(error, Unavailable):
        return error
    words = _of_database(error) if isinstance(error, Error) else _of_disk(error)
    return Unavailable(words) if words else None


def _of_database(error: Error) -> str | None:
    code = getattr(error.__cause__, "sqlstate", None) or ""
    if not code:
        # A connection that could not be made, or that is gone.
        return AWAY if isinstance(error, (OperationalError, InterfaceError)) else None
    return BY_CODE.get(code) or BY_CODE.get(code[:2])


def _of_disk(error: BaseException) -> str | None:
    return DISK_FULL if isinstance(error, OSError) and error.errno in NO_ROOM else None
