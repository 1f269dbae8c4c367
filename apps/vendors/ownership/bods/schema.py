"""Validation against the JSON schema of BODS 0.4 that libcovebods carries, worded without repeating any value.

libcovebods' own run collects every error of the file with the offending values; a hostile file has millions. Here its
schema and validator are asked lazily. Its additional checks are not run: some fetch lists from the network, and some
fail on odd but valid dates. `meaning` asks those that matter here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from libcovebods.config import LIB_COVE_BODS_CONFIG_DEFAULT
from libcovebods.jsonschemavalidate import Draft202012Validator, FormatChecker
from libcovebods.schema_dir import schema_registry

from apps.vendors.ownership.bods.problems import StatementError, problem_at

VERSION = "0.4"
RECORD_TYPES = ("entity", "person", "relationship")
_WORDS = {
    "type": {
        "object": "an object with fields",
        "array": "a list",
        "string": "text",
        "number": "a number",
        "boolean": "true or false",
    },
    "format": {
        "date": "a date such as 2024-03-31",
        "date-time": "a date with time such as 2024-03-31T10:00:00Z",
    },
}
_PHRASES = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "a number of at least {}",
    "maximum": "a number of at most {}",
    "pattern": "a year, or a year with month such as 2024-03",
}
_OTHER = "a value as the standard prescribes it"


def version_problems(statements: list[Any]) -> Iterator[StatementError]:
    for number, statement in enumerate(statements, start=1):
        if not isinstance(statement, dict):
            continue
        details = statement.get("publicationDetails")
        version = details.get("bodsVersion", VERSION) if isinstance(details, dict) else VERSION
        if version != VERSION or ("statementType" in statement and "recordType" not in statement):
            named = f" {version}" if isinstance(version, str) and re.fullmatch(r"[0-9.]{1,8}", version) else ""
            told = f"version{named}" if version != VERSION else "an older version"
            yield problem_at(
                number,
                statement,
                ["publicationDetails", "bodsVersion"],
                f"Only version {VERSION} of the Beneficial Ownership Data Standard is read; this is {told}.",
            )


def schema_problems(statements: list[Any]) -> Iterator[StatementError]:
    validator = _validator()
    for number, statement in enumerate(statements, start=1):
        told: set[StatementError] = set()
        for error in validator.iter_errors(statement):
            if _is_about_unclear_type(error, statement):
                continue
            problem = _worded(number, statement, error)
            if problem not in told:
                told.add(problem)
                yield problem


@cache
def _validator() -> Any:
    registry = schema_registry(LIB_COVE_BODS_CONFIG_DEFAULT["schema_versions"][VERSION]["schema_url"])
    one_statement = {"$ref": "urn:statement#/$defs/Statement"}
    return Draft202012Validator(schema=one_statement, registry=registry, format_checker=FormatChecker())


def _is_about_unclear_type(error: Any, statement: Any) -> bool:
    """Without a known recordType the schema tries the details as each type; those errors mislead."""
    return "recordDetails" in error.absolute_path and statement.get("recordType") not in RECORD_TYPES


def _worded(number: int, statement: Any, error: Any) -> StatementError:
    error = next((inner for inner in error.context if inner.path), error)
    reason = f"The {_expected(error)} is missing." if error.validator == "required" else f"Expected {_expected(error)}."
    return problem_at(number, statement, error.absolute_path, reason)


def _expected(error: Any) -> str:
    validator, value = error.validator, error.validator_value
    if validator in ("anyOf", "oneOf"):
        return " or ".join(dict.fromkeys(_expected(inner) for inner in error.context))
    if validator == "required":
        # The message names a field of the schema here, nothing of the file.
        return f"field “{error.message.split(chr(39))[1]}”"
    if validator == "enum":
        return f"one of: {', '.join(value)}"
    if validator == "const":
        return "an empty list" if value == [] else "no text here"
    if validator in _WORDS:
        return _WORDS[validator].get(value, _OTHER)
    return _PHRASES.get(validator, _OTHER).format(value)
