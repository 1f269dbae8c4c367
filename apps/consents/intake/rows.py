"""What a row of a file may hold, and its form in the stage. Reasons never repeat what stands in the file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.utils import timezone

from apps.consents.intake.reading import Unreadable
from apps.consents.intake.short_texts import text_error
from apps.consents.intake.stage import FIELDS, NULL, POSTGRES_EPOCH, cell, number, pack_row
from apps.consents.keys import Digest
from apps.consents.models import STATES
from apps.core import clock
from apps.core.names import SentTwice, nearest, one_of_each
from apps.disclosures.models import NoticeVersion

REQUIRED = ("subject", "use", "state", "occurred_at")
TEXTS = {"mechanism": 60, "language": 15, "source": 100}
OPTIONAL = ("expires_at", "notice", *TEXTS)
LONGEST_KEY = 1000
CACHED = 10_000
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
SEPARATOR = re.compile(r'"?sep=([,;\t])"?', re.IGNORECASE)

Row = Sequence[Any]


@dataclass(frozen=True)
class Unsaid:
    """What counts where a row does not say it; `notice` is the number of the version that people were shown.

    Raises ValueError, with the rest of a sentence, for texts that no row may hold.
    """

    notice: int | None = None
    mechanism: str = ""
    language: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        for name, longest in TEXTS.items():
            if problem := text_error(getattr(self, name), longest):
                raise ValueError(f"{name} {problem}")


NOTHING_UNSAID = Unsaid()


class BadRow(Exception):
    """Why a row cannot be taken, as a sentence."""


class BadColumns(Exception):
    """Why the first line does not name the columns, as a sentence."""


@dataclass(frozen=True)
class Heading:
    """The first lines of a file as they stand there, and the columns that they name when they are read as CSV."""

    lines: tuple[str, ...]
    columns: list[str]
    delimiter: str

    @property
    def separated(self) -> str:
        return f"{DELIMITERS[self.delimiter]}-separated"

    def rows(self, found: Iterable[str]) -> Iterator[tuple[int, Row]]:
        """Each further row with the line on which it ends."""
        return _numbered(csv.reader(found, delimiter=self.delimiter, strict=True), len(self.lines))


def read_heading(found: Iterator[str], known: Collection[str]) -> Heading:
    """Excel separates by what the settings of its country say, which a line such as sep=; may tell.

    Without it, whichever separator makes the first line name most of the known columns.
    """
    first = next(found, "")
    said = SEPARATOR.fullmatch(first.strip("\r\n"))
    if said:
        second = next(found, "")
        return Heading((first, second), _names(second, said[1]), said[1])
    read = {delimiter: _names(first, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: sum(name in known for name in read[delimiter]))
    return Heading((first,), read[best], best)


def _names(line: str, delimiter: str) -> list[str]:
    """Names of columns, whatever their case, and with spaces or hyphens between their words."""
    try:
        names = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []
    return [re.sub(r"[\s-]+", "_", name.strip().casefold()) for name in names]


def _numbered(reader: Any, before: int) -> Iterator[tuple[int, Row]]:
    try:
        for row in reader:
            if row:
                yield before + reader.line_num, row
    except csv.Error:
        reason = "The quotes in this row do not match, or a field is far too long."
        raise Unreadable(before + reader.line_num, reason) from None


def json_rows(lines: Iterable[str], columns: Sequence[str]) -> Iterator[tuple[int, Row | BadRow]]:
    """Objects in the order of the columns; what is missing is empty."""
    known = set(columns)
    for line, text in enumerate(lines, 1):
        if text.strip():
            yield line, _object(text, columns, known)


def _object(text: str, columns: Sequence[str], known: set[str]) -> Row | BadRow:
    try:
        found = json.loads(text, object_pairs_hook=one_of_each)
    except SentTwice:
        return BadRow("The object has a name more than once, so it is unclear which value counts.")
    except (ValueError, RecursionError):
        return BadRow("The line is not JSON.")
    if not isinstance(found, dict):
        return BadRow("The line is not a JSON object.")
    if not found.keys() <= known:
        return BadRow(f"A name in the object is none of {', '.join(columns)}.{_meant(found, columns)}")
    row = ["" if found.get(column) is None else found[column] for column in columns]
    if not all(isinstance(value, str) for value in row):
        return BadRow("All values must be written as text.")
    if "\\u" in text and not _is_whole(row):
        return BadRow("A value holds half of a pair of surrogates, which is no text.")
    return row


def _meant(names: Iterable[str], known: Sequence[str]) -> str:
    """Which of the known names was probably meant by the first that is none of them."""
    meant = nearest(next(name for name in names if name not in known), known)
    return f" Did you mean {meant}?" if meant else ""


def _is_whole(row: Row) -> bool:
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        return False
    return True


def require_key(key: str) -> None:
    """Raises BadRow for what nobody could look up again. Space around an e-mail address does not count."""
    if not key:
        raise BadRow("The subject is empty.")
    if len(key) > LONGEST_KEY:
        raise BadRow(f"The subject is longer than {LONGEST_KEY} letters.")
    if key.strip() != key and "@" not in key:
        raise BadRow("The subject begins or ends with a space, so that nobody would be found by it.")


def require_columns(names: Sequence[str], required: Sequence[str], optional: Sequence[str]) -> None:
    allowed = [*required, *optional]
    for place, name in enumerate(names, 1):
        if name not in allowed:
            raise BadColumns(f"Column {place} is none of {', '.join(allowed)}.{_meant([name], allowed)}")
    if len(set(names)) < len(names):
        raise BadColumns("A column is there twice.")
    if missing := [name for name in required if name not in names]:
        raise BadColumns(f"The first line must name the columns; missing are {', '.join(missing)}.")


class Packer:
    """Turns rows of these columns into their form in the stage."""

    def __init__(self, columns: Sequence[str], digest: Digest, uses: Mapping[str, int], unsaid: Unsaid) -> None:
        self.columns, self.digest, self.uses = columns, digest, uses
        self.places = {name: columns.index(name) for name in OPTIONAL if name in columns}
        self.notice = number(unsaid.notice) if unsaid.notice else NULL
        self.unsaid = {name: cell(getattr(unsaid, name).encode()) for name in TEXTS}
        self.notices = _notices() if "notice" in self.places else {}
        self.zone = timezone.get_default_timezone()
        self._cells: dict[tuple[str, str], bytes] = {}

    def packing(self) -> Callable[[int, Row], bytes]:
        """A function of line and row; what every one of millions of rows passes through, so without detours."""
        width, pick = len(self.columns), itemgetter(*(self.columns.index(name) for name in REQUIRED))
        kinds = {(key, name): (pk, int(state)) for key, pk in self.uses.items() for name, state in STATES.items()}
        digest, moment_of, rest_of = self.digest, self._moment, self._rest if self.places else None
        constant = NULL + self.notice + b"".join(self.unsaid.values())

        def pack(line: int, row: Row) -> bytes:
            if len(row) != width:
                raise BadRow(f"The row has {len(row)} fields, and the first line names {width} columns.")
            key, use, state, moment = pick(row)
            if not key or len(key) > LONGEST_KEY or key.strip() != key:
                require_key(key)
            kind = kinds.get((use, state)) or kinds.get((use.strip(), state.strip().casefold()))
            if kind is None:
                raise BadRow(self._why_not(use.strip()))
            occurred = moment_of(moment, "occurred_at")
            rest = rest_of(row, occurred) if rest_of else constant
            return pack_row(FIELDS, 4, line, 16, digest(key), 8, kind[0], 2, kind[1], 8, occurred) + rest

        return pack

    def _why_not(self, use: str) -> str:
        if use not in self.uses:
            return "The use is not one that the portal knows. The page of terms lists their keys."
        return f"The state is none of {', '.join(STATES)}."

    def _moment(self, text: str, name: str) -> int:
        """Microseconds since 2000, as the database counts."""
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = clock.placed(moment, self.zone)
            if not 1900 <= moment.year <= 2200:
                raise ValueError
            return (moment - POSTGRES_EPOCH) // clock.MICROSECOND
        except clock.UnclearHour as error:
            raise BadRow(f"{name}: {error}") from None
        except (ValueError, OverflowError):
            raise BadRow(
                f"{name} is not a date and time such as 2026-03-30T14:05:00+02:00, from 1900 to 2200."
            ) from None

    def _rest(self, row: Row, occurred: int) -> bytes:
        return self._expires(row, occurred) + self._notice(row) + b"".join(self._text(row, name) for name in TEXTS)

    def _expires(self, row: Row, occurred: int) -> bytes:
        text = row[self.places["expires_at"]] if "expires_at" in self.places else ""
        if not text:
            return NULL
        expires = self._moment(text, "expires_at")
        if expires <= occurred:
            raise BadRow("expires_at is not after occurred_at.")
        return number(expires)

    def _notice(self, row: Row) -> bytes:
        text = row[self.places["notice"]] if "notice" in self.places else ""
        if not text:
            return self.notice
        if text not in self.notices:
            raise BadRow("The notice is no number or SHA-256 of a version that people were shown.")
        return number(self.notices[text])

    def _text(self, row: Row, name: str) -> bytes:
        text = row[self.places[name]] if name in self.places else ""
        if not text:
            return self.unsaid[name]
        if (name, text) not in self._cells:
            if len(self._cells) >= CACHED:
                self._cells.clear()
            self._cells[name, text] = cell(_plain(name, text))
        return self._cells[name, text]


def _plain(name: str, text: str) -> bytes:
    if problem := text_error(text, TEXTS[name]):
        raise BadRow(f"{name} {problem}")
    return text.encode()


def _notices() -> dict[str, int]:
    """The versions that people were shown, by number and by the SHA-256 of the text."""
    found = NoticeVersion.objects.spoken().values_list("pk", "sha256")
    return {name: pk for pk, sha256 in found for name in (str(pk), sha256)}
