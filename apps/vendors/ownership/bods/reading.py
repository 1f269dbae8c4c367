"""From hostile bytes to statements that are sound JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from django.conf import settings

from apps.core.uploads import MOST_VALUES, has_more_values
from apps.vendors.ownership.bods.problems import Rejected, StatementError, problem_at, reject_any

MOST_LEVELS = 40
LONGEST_NUMBER = 100
# PostgreSQL stores neither NUL nor halves of surrogate pairs.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

# A value's place as (place of its parent, name or index), which costs less than a tuple of all steps.
Link = tuple["Link", str | int] | None


class _BadValue(ValueError):
    """The text is JSON for the parser, but no value that we take. The message is shown."""


def read_statements(content: bytes, most: int | None = None) -> list[Any]:
    """The list that the file holds, of `most` statements if somebody waits for it. Raises Rejected."""
    if len(content) > settings.UPLOAD_MAX_BYTES:
        _reject(f"The file is larger than {settings.UPLOAD_MAX_BYTES // 1024**2} MB, the most that is read.")
    text = _decode(content)
    if most is not None and has_more_values(text):
        _reject(f"The file holds more than {MOST_VALUES:,} values, the most that is read at once. Split it.")
    statements = _parse(text)
    if not isinstance(statements, list):
        _reject("Expected a list of statements: the file must begin with [ and end with ].")
    if most is not None and len(statements) > most:
        _reject(f"The file holds {len(statements)} statements. At most {most} are read here; split the file.")
    reject_any(_unsound(statements))
    return statements


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _reject(f"The file is not UTF-8 text: byte {error.start + 1} does not fit. Save it as UTF-8.")


def _parse(text: str) -> Any:
    try:
        return json.loads(
            text, parse_constant=_constant, parse_int=_integer, parse_float=_float, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        _reject(f"The file is not JSON: the text cannot be read from line {error.lineno}, column {error.colno} on.")
    except _BadValue as error:
        _reject(str(error))
    except RecursionError:
        _reject(f"The file is nested too deeply. At most {MOST_LEVELS} levels are read.")


def _constant(name: str) -> NoReturn:
    raise _BadValue(f"The file holds {name}, which is not a number in JSON.")


def _integer(text: str) -> int:
    _require_short(text)
    return int(text)


def _float(text: str) -> float:
    _require_short(text)
    if math.isinf(number := float(text)):
        raise _BadValue("The file holds a number that is too large to be read.")
    return number


def _require_short(text: str) -> None:
    if len(text) > LONGEST_NUMBER:
        raise _BadValue(f"The file holds a number with more than {LONGEST_NUMBER} digits.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _BadValue("An object in the file names the same field twice, so it is unclear which one counts.")
    return members


def _unsound(statements: list[Any]) -> Iterator[StatementError]:
    for number, statement in enumerate(statements, start=1):
        for link, reason in _unsound_values(statement):
            yield problem_at(number, statement, _steps(link), reason)


def _unsound_values(root: Any) -> Iterator[tuple[Link, str]]:
    """Without recursion, because the depth is what is asked."""
    waiting: list[tuple[Any, Link, int]] = [(root, None, 0)]
    while waiting:
        value, link, level = waiting.pop()
        if level > MOST_LEVELS:
            yield link, f"The statement is nested too deeply. At most {MOST_LEVELS} levels are read."
        elif isinstance(value, str) and _UNSTORABLE.search(value):
            yield link, "The text holds a character that cannot be stored (NUL, or half of a surrogate pair)."
        elif isinstance(value, dict):
            if any(_UNSTORABLE.search(name) for name in value):
                yield link, "The name of a field holds a character that cannot be stored."
            waiting += [(member, (link, name), level + 1) for name, member in value.items()]
        elif isinstance(value, list):
            waiting += [(item, (link, index), level + 1) for index, item in enumerate(value)]


def _steps(link: Link) -> list[str | int]:
    steps: list[str | int] = []
    while link is not None:
        link, step = link
        steps.append(step)
    return steps[::-1]


def _reject(reason: str) -> NoReturn:
    raise Rejected([StatementError("file", reason)])
