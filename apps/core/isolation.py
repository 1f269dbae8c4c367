"""One record that cannot be worked on stops no other. What failed is told by kind and number: errors name people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection, models

Result = TypeVar("Result")

logger = logging.getLogger(__name__)
_problems: ContextVar[list[str] | None] = ContextVar("problems", default=None)


@dataclass
class Attempt:
    failed: bool = False


@contextmanager
def isolated(what: str) -> Iterator[Attempt]:
    """What fails inside the block goes no further, and is noted. Whatever it wrote has a transaction of its own."""
    attempt = Attempt()
    try:
        yield attempt
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        attempt.failed = True
        _note(what, error)


def by_halves(
    model: type[models.Model], keys: Sequence[int], work: Callable[[Sequence[int]], Result], what: str
) -> tuple[list[Result], int]:
    """Work on the records together; where that fails, on each half by itself, until only what fails is left out.

    Gives what the work gave, and how many records were left out.
    """
    if len(keys) == 1:
        with isolated(f"{what} of {by_number(model, keys[0])}") as attempt:
            return [work(keys)], 0
        return [], int(attempt.failed)
    try:
        return [work(keys)], 0
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # each half says what it is
        _leave_broken_connection()
    half = len(keys) // 2
    first, second = by_halves(model, keys[:half], work, what), by_halves(model, keys[half:], work, what)
    return first[0] + second[0], first[1] + second[1]


@contextmanager
def noting_problems() -> Iterator[list[str]]:
    """What is isolated inside the block, as sentences."""
    found: list[str] = []
    token = _problems.set(found)
    try:
        yield found
    finally:
        _problems.reset(token)


def by_number(model: type[models.Model], pk: int) -> str:
    """A record without its name: "agreement no. 12"."""
    return f"{model._meta.verbose_name} no. {pk}"


def _note(what: str, error: Exception) -> None:
    # No message and no trace: both may name people.
    words = f"{what} failed: {type(error).__name__}"
    logger.error(words)
    found = _problems.get()
    if found is not None:
        found.append(f"{words}.")
    _leave_broken_connection()


def _leave_broken_connection() -> None:
    """A connection that the server has ended would make all that comes after it fail as well."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
