"""Whether the content of an upload is what its name says. Everything is read with a bound, whatever a header claims."""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePath
from typing import IO, Any, NoReturn

from django.conf import settings

from apps.core.text import without_unseen

LONGEST_NAME = 200
MOST_PARTS = 2000  # of an Office file
UNZIPPED_AT_MOST = 5  # times UPLOAD_MAX_BYTES
READ_AT_ONCE = 64 * 1024
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# What an Office file says it is, and the part that holds it.
OFFICE = {
    ".docx": (b"wordprocessingml.document.main+xml", "word/document.xml"),
    ".xlsx": (b"spreadsheetml.sheet.main+xml", "xl/workbook.xml"),
}
# Read, each value takes 56 bytes or more, so that a small file of empty lists could fill the memory.
MOST_VALUES = 1_000_000
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError)


class NotWhatItSays(Exception):
    """The content is damaged, hostile or of another kind than the name says."""


def safe_name(name: str) -> str:
    """The name without its folders and without what is invisible or turns the writing direction round."""
    shown = without_unseen(PurePath(name.replace("\\", "/")).name)
    suffix = PurePath(shown).suffix
    return f"{shown.removesuffix(suffix)[: LONGEST_NAME - len(suffix)]}{suffix}" or "file"


def require_content(suffix: str, file: IO[bytes]) -> None:
    """Raise NotWhatItSays unless the whole file is of the kind that its suffix names."""
    file.seek(0)
    try:
        CHECKS[suffix](file)
    except UNREADABLE as error:
        raise NotWhatItSays from error
    finally:
        file.seek(0)


def _require(condition: object) -> None:
    if not condition:
        raise NotWhatItSays


def _text(file: IO[bytes]) -> str:
    """All of it, in UTF-8 and without control characters."""
    text = file.read().decode("utf-8-sig")
    _require(text.strip() and not CONTROLS.search(text))
    return text


def has_more_values(text: str | bytes, most: int = MOST_VALUES) -> bool:
    """Whether JSON may hold more values than that, told without reading it. Commas in texts count as well."""
    commas, lists, objects = (",", "[", "{") if isinstance(text, str) else (b",", b"[", b"{")
    return text.count(commas) + text.count(lists) + text.count(objects) > most  # type: ignore[arg-type]


def _json(file: IO[bytes]) -> None:
    text = _text(file)
    _require(not has_more_values(text))
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise NotWhatItSays from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


def _pdf(file: IO[bytes]) -> None:
    content = file.read()
    _require(re.match(rb"%PDF-[12]\.\d", content) and b"%%EOF" in content[-1024:])


def _png(file: IO[bytes]) -> None:
    """Chunks with right checksums from IHDR to IEND, and nothing after it."""
    content = file.read()
    _require(content.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"))
    at, kind = 8, b""
    while kind != b"IEND":
        length, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        end = at + 8 + length
        _require(end + 4 <= len(content))
        _require(zlib.crc32(content[at + 4 : end]) == int.from_bytes(content[end : end + 4]))
        at = end + 4
    _require(at == len(content))


def _jpeg(file: IO[bytes]) -> None:
    """Segments up to the picture itself, and the end of the picture at the end of the file."""
    content = file.read()
    _require(content.startswith(b"\xff\xd8") and content.rstrip(b"\x00").endswith(b"\xff\xd9"))
    at, marker = 2, 0
    while marker != 0xDA:
        _require(at + 4 <= len(content) and content[at] == 0xFF)
        marker = content[at + 1]
        at += 2 + int.from_bytes(content[at + 2 : at + 4])


def _office(suffix: str) -> Callable[[IO[bytes]], None]:
    kind, main = OFFICE[suffix]

    def check(file: IO[bytes]) -> None:
        _require(file.read(4) == b"PK\x03\x04")
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = [part.filename for part in parts]
            _require(len(parts) <= MOST_PARTS and len(set(names)) == len(names))
            _require({main, "[Content_Types].xml"} <= set(names) and not any(map(_leaves_folder, names)))
            _require(not any(part.flag_bits & 1 or part.filename.endswith("vbaProject.bin") for part in parts))
            _unpack(archive, parts)
            _require(kind in archive.read("[Content_Types].xml"))

    return check


def _leaves_folder(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name


def _unpack(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Read every part to its end, where its checksum is compared, but never more than the bound in all."""
    left = UNZIPPED_AT_MOST * settings.UPLOAD_MAX_BYTES
    for part in parts:
        with archive.open(part) as stream:
            start = chunk = stream.read(READ_AT_ONCE)
            while chunk:
                left -= len(chunk)
                _require(left >= 0)
                chunk = stream.read(READ_AT_ONCE)
        _require(b"<!DOCTYPE" not in start and b"<!ENTITY" not in start)


CHECKS: dict[str, Callable[[IO[bytes]], Any]] = {
    ".pdf": _pdf,
    ".png": _png,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".docx": _office(".docx"),
    ".xlsx": _office(".xlsx"),
    ".txt": _text,
    ".csv": _text,
    ".json": _json,
}
