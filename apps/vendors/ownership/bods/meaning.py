"""What the schema cannot say: statements that fit it but cannot be true, or cannot be stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from apps.core import clock
from apps.vendors.ownership.bods.problems import StatementError, problem_at
from apps.vendors.ownership.bods.statement import BodsStatement, full_name, identifiers, share_of

# Nothing on record began before; whoever writes 0001-01-01 means that the date is unknown.
EARLIEST = "1000"
_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2})?", re.ASCII)
_DATES = {
    "entity": ("foundingDate", "dissolutionDate"),
    "person": ("birthDate", "deathDate"),
    "relationship": (),
}

Path = tuple[str | int, ...]
Found = Iterator[tuple[Path, str]]


def meaning_problems(statements: list[BodsStatement]) -> Iterator[StatementError]:
    first: dict[str, BodsStatement] = {}
    types: dict[str, BodsStatement] = {}
    for statement in statements:
        same_id = first.setdefault(statement.id, statement)
        same_record = types.setdefault(statement.record_id, statement)
        for path, reason in (*_clashes(statement, same_id, same_record), *_impossible(statement)):
            yield problem_at(statement.number, statement.content, path, reason)


def _clashes(statement: BodsStatement, same_id: BodsStatement, same_record: BodsStatement) -> Found:
    if same_id.digest != statement.digest:
        yield ("statementId",), f"Statement {same_id.number} has the same statementId but says something else."
    if same_record.record_type != statement.record_type:
        yield (
            ("recordType",),
            f"Statement {same_record.number} gives the same record the type {same_record.record_type}.",
        )


def _impossible(statement: BodsStatement) -> Found:
    yield from _bad_statement_date(statement)
    yield from _too_long(statement)
    yield from _bad_dates(statement.details, _DATES[statement.record_type], ("recordDetails",))
    if statement.record_type == "person":
        yield from _future_dates(statement.details, _DATES["person"])
    if statement.record_type == "relationship":
        yield from _bad_relationship(statement)


def _bad_statement_date(statement: BodsStatement) -> Found:
    text = statement.content["statementDate"]
    if not _is_possible(text[:10]):
        yield ("statementDate",), "Expected a possible date."
    elif text[:10] > _tomorrow():
        yield ("statementDate",), "The date lies in the future. Until then it would overrule every newer statement."
    else:
        try:
            _ = statement.stated_at
        except ValueError:
            yield ("statementDate",), "Expected a possible time of day, such as 2024-03-31T10:00:00Z."


def _too_long(statement: BodsStatement) -> Found:
    texts: list[tuple[Path, str, int]] = [(("recordId",), statement.record_id, 200)]
    details = statement.details
    if statement.record_type == "entity":
        texts.append((("recordDetails", "name"), details.get("name", ""), 300))
        texts += [(("recordDetails", "identifiers"), scheme, 100) for scheme, _ in identifiers(details)]
        texts += [(("recordDetails", "identifiers"), value, 200) for _, value in identifiers(details)]
    elif statement.record_type == "person":
        texts.append((("recordDetails", "names"), full_name(details), 300))
    for path, text, longest in texts:
        if len(text) > longest:
            yield path, f"Expected at most {longest} characters."
    if not statement.record_id.strip():
        yield ("recordId",), "The recordId is empty."


def _bad_dates(holder: dict[str, Any], names: tuple[str, ...], at: Path) -> Found:
    """Two dates in their order; either may be missing or, for people, a year or month only."""
    given = [(name, holder[name]) for name in names if name in holder]
    impossible = [name for name, text in given if not _is_possible(text)]
    yield from (((*at, name), "Expected a possible date.") for name in impossible)
    if len(given) == 2 and not impossible:
        (first_name, first), (last_name, last) = given
        precision = min(len(first), len(last))
        if last[:precision] < first[:precision]:
            yield (*at, last_name), f"The date comes before {first_name}."


def _future_dates(person: dict[str, Any], names: tuple[str, ...]) -> Found:
    for name in names:
        text = person.get(name, "")
        if text > _tomorrow()[: len(text)]:
            yield ("recordDetails", name), "The date lies in the future."


def _bad_relationship(statement: BodsStatement) -> Found:
    if not isinstance(statement.details["subject"], str):
        yield (
            ("recordDetails", "subject"),
            "The organisation in which the interest is held is not named. An interest in nothing cannot be recorded.",
        )
    for index, interest in enumerate(statement.details.get("interests", [])):
        at: Path = ("recordDetails", "interests", index)
        yield from _bad_dates(interest, ("startDate", "endDate"), at)
        yield from _bad_share(interest, (*at, "share"))


def _bad_share(interest: dict[str, Any], at: Path) -> Found:
    exact, least, most, over, under = share_of(interest)
    if least is not None and most is not None and (least > most or (least == most and (over or under))):
        yield at, "The smallest share is larger than the largest, or leaves nothing between."
    elif exact is not None and (
        not ((least or 0) <= exact <= (100 if most is None else most))
        or (over and exact == least)
        or (under and exact == most)
    ):
        yield at, "The exact share lies outside the smallest and largest share."


def _is_possible(text: str) -> bool:
    if text < EARLIEST:
        return False
    if _PARTIAL_DATE.fullmatch(text):
        return True
    try:
        return bool(_FULL_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _tomorrow() -> str:
    """Somewhere on earth it is a day later already."""
    return (clock.today() + timedelta(days=1)).isoformat()
