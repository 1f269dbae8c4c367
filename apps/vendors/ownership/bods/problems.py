"""What is wrong with a file, in words. Problems name ids, places and what was expected; never what the file holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

MOST_PROBLEMS = 50
_FIELD_NAME = re.compile(r"[A-Za-z]{1,40}")


@dataclass(frozen=True)
class StatementError:
    place: str
    reason: str
    pointer: str = ""


class Rejected(Exception):
    """The file cannot be imported."""

    def __init__(self, problems: list[StatementError]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


def reject_any(problems: Iterable[StatementError]) -> None:
    """Raise Rejected with the first problems if there is one. Does not ask for more than it tells."""
    asked: Iterator[StatementError] = iter(problems)
    told = list(islice(asked, MOST_PROBLEMS))
    if told and next(asked, None) is not None:
        told.append(StatementError("file", f"There are more problems; these are the first {MOST_PROBLEMS}."))
    if told:
        raise Rejected(told)


def problem_at(number: int, statement: Any, path: Iterable[str | int], reason: str) -> StatementError:
    """A problem with its place in words and as a JSON pointer (RFC 6901) into the file."""
    steps = list(path)
    known = [step if isinstance(step, int) or _FIELD_NAME.fullmatch(step) else "?" for step in steps]
    pointer = "".join(f"/{step}" for step in (number - 1, *known))
    return StatementError(place_of(number, statement, steps), reason, pointer)


def place_of(number: int, statement: Any, path: Iterable[str | int] = ()) -> str:
    """Such as: statement 3 (GB-1234), recordDetails.interests[0].type."""
    statement_id = statement.get("statementId") if isinstance(statement, dict) else None
    place = f"statement {number} ({shown(statement_id)})" if statement_id else f"statement {number}"
    where = _path_text(path)
    return f"{place}, {where}" if where else place


def shown(identifier: object) -> str:
    """An id from a hostile file, made fit for a message. What holds a space may be somebody's name."""
    if not isinstance(identifier, str) or not identifier.isprintable() or " " in identifier:
        return "unreadable id"
    return identifier if len(identifier) <= 64 else identifier[:63] + "…"


def _path_text(path: Iterable[str | int]) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step if _FIELD_NAME.fullmatch(step) else 'unknown field'}"
    return text.removeprefix(".")
