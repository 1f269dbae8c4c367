"""What many parts of a page ask about is found out once while it is read, since reading changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")
Key = TypeVar("Key", bound=Hashable)

_known: ContextVar[dict[Any, Any] | None] = ContextVar("known_while_reading", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """For the time of an answer, or a part of one, that changes nothing."""
    known = _known.get()
    token = _known.set({} if known is None else known)
    try:
        yield
    finally:
        _known.reset(token)


def is_reading() -> bool:
    return _known.get() is not None


def once_while_reading(about: Hashable, find: Callable[[], T]) -> T:
    """What `find` gives, kept under `about` until the answer is written. Anywhere else it is found anew each time."""
    known = _known.get()
    if known is None:
        return find()
    if about not in known:
        known[about] = find()
    found: T = known[about]
    return found


def each_once_while_reading(
    about: Hashable, keys: Iterable[Key], find: Callable[[list[Key]], dict[Key, T]]
) -> dict[Key, T]:
    """The same of many at once: `find` is asked for those of the keys that nobody has asked about yet."""
    known, keys = _known.get(), list(keys)
    if known is None:
        return find(keys)
    if unknown := [key for key in keys if (about, key) not in known]:
        known.update(((about, key), value) for key, value in find(unknown).items())
    return {key: known[about, key] for key in keys}


def of_each_once_while_reading(find: Callable[[list[Any]], dict[int, T]]) -> Callable[[Collection[Any]], dict[int, T]]:
    """A function that tells something of many records, by their keys, and while a page is read once of each."""

    @wraps(find)
    def asked(records: Collection[Any]) -> dict[int, T]:
        by_key = {record.pk: record for record in records}
        return each_once_while_reading(
            (find.__module__, find.__name__), by_key, lambda keys: find([by_key[key] for key in keys])
        )

    return asked
