"""What many parts of a page ask about is found out once while it is read, since reading changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import update_wrapper
from typing import Any, Generic, TypeVar

from django.db.models import Model

T = TypeVar("T")
Key = TypeVar("Key", bound=Hashable)
RecordT = TypeVar("RecordT", bound=Model)

KNOWN = "_known_of_it"  # where a record keeps what is known of it

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


class OfEach(Generic[RecordT, T]):
    """What a function tells of each of many records of one model, by their keys, in as few queries as of one.

    While a page is read it is found once of each record. What a batch is looked at for is known before, by `know`, and
    stays with these records until one is locked or saved, or `forget` is told.
    """

    def __init__(self, find: Callable[[list[RecordT]], dict[int, T]]) -> None:
        self.find = find
        update_wrapper(self, find)

    def __call__(self, records: Iterable[RecordT]) -> dict[int, T]:
        by_key = {record.pk: record for record in records}
        kinds = tuple(sorted({record._meta.label for record in by_key.values()}))
        return each_once_while_reading((self, kinds), by_key, lambda keys: self.find([by_key[key] for key in keys]))

    def know(self, records: Iterable[RecordT]) -> None:
        records = list(records)
        found = self(records)
        for record in records:
            self.tell(record, found[record.pk])

    def tell(self, record: RecordT, value: T) -> None:
        """Let a record know what need not be found out."""
        vars(record).setdefault(KNOWN, {})[self] = value

    def knows(self, record: RecordT) -> bool:
        return self in vars(record).get(KNOWN, {})

    def of(self, record: RecordT) -> T:
        """What is known of this record; asked now where nobody has asked before."""
        if self.knows(record):
            known: T = vars(record)[KNOWN][self]
            return known
        return self([record])[record.pk]


def of_each(find: Callable[[list[RecordT]], dict[int, T]]) -> OfEach[RecordT, T]:
    """A function that tells something of many records of one model; see OfEach."""
    return OfEach(find)


def forget(record: Model) -> None:
    """Ask anew whatever is asked about the record from now on."""
    vars(record).pop(KNOWN, None)
