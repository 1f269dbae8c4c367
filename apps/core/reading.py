"""What many parts of a page ask about is found out once while it is read, since reading changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_known: ContextVar[dict[Any, Any] | None] = ContextVar("known_while_reading", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """For the time of an answer that changes nothing."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once_while_reading(about: Any, find: Callable[[], T]) -> T:
    """What `find` gives, kept under `about` until the answer is written. Anywhere else it is found anew each time."""
    known = _known.get()
    if known is None:
        return find()
    if about not in known:
        known[about] = find()
    found: T = known[about]
    return found
