"""Whether the content of an upload is what its name says, and what it holds. Everything is read within bounds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import IO, NoReturn

import puremagic

from apps.core.archives import Unfit, archive, listing, office
from apps.core.encodings import decode
from apps.core.text import without_unseen

LONGEST_NAME = 200
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Read, each value takes 56 bytes or more, so that a small file of empty lists could fill the memory.
MOST_VALUES = 1_000_000
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError)
PARSERS = Path(__file__).parent / "parsers"
DAMAGED = "The file is damaged, ends too early, or is of another kind than its name says ({})."
PARSED_WITHIN = 30  # seconds
MOST_LINES, LONGEST_LINE = 80, 300

# The last bytes of a file of each kind. Cameras and scanners put data of their own behind them.
ENDS = {"PDF": b"%%EOF", "PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9"}
# In front of the beginning or behind the end, these are files of their own, which somebody hid there.
HIDDEN = {".html", ".htm", ".exe", ".dll", ".pdf", ".zip", ".docx", ".jar", ".gif", ".png", ".rar", ".7z", ".gz"}
BLANK = b"\0\r\n\t "
MARKUP = re.compile(rb"\s*(<[!?a-zA-Z]|#!)")
JPEG, ZIP = "a JPEG picture", "an Office file or another archive (ZIP)"
# Kinds that their first bytes tell without doubt, by the endings that puremagic knows them by.
CALLED = {
    ".pdf": "a PDF document",
    ".png": "a PNG picture",
    ".gif": "a GIF picture",
    ".webp": "a WebP picture",
    ".tif": "a TIFF picture",
    ".tiff": "a TIFF picture",
    **dict.fromkeys((".jpg", ".jpeg", ".jfif", ".jpe"), JPEG),
    **dict.fromkeys((".docx", ".xlsx", ".pptx", ".zip"), ZIP),
    ".exe": "a program",
    ".html": "a web page",
    ".eml": "a mail",
    ".gz": "an archive (gzip)",
}


class NotWhatItSays(Exception):
    """Why the content cannot be taken, as a sentence: it is damaged, hostile or of another kind than the name says."""


def safe_name(name: str) -> str:
    """The name without its folders and without what is invisible or turns the writing direction round."""
    shown = without_unseen(PurePath(name.replace("\\", "/")).name)
    suffix = PurePath(shown).suffix
    return f"{shown.removesuffix(suffix)[: LONGEST_NAME - len(suffix)]}{suffix}" or "file"


def contents_of(suffix: str, file: IO[bytes]) -> str:
    """What a file of this kind holds, a line for each thing; the first one says what it is.

    Raises NotWhatItSays unless the whole file is of the kind that its suffix names.
    """
    kind = KINDS[suffix]
    _require_kind(suffix, file)
    try:
        lines = kind.read(file)
    except Unfit as error:
        raise NotWhatItSays(str(error)) from None
    except UNREADABLE as error:
        raise NotWhatItSays(DAMAGED.format(suffix)) from error
    finally:
        file.seek(0)
    shown = [without_unseen(line)[:LONGEST_LINE] for line in lines]
    return "\n".join([kind.words, *shown[:MOST_LINES]])


def has_more_values(text: str | bytes, most: int = MOST_VALUES) -> bool:
    """Whether JSON may hold more values than that, told without reading it. Commas in texts count as well."""
    commas, lists, objects = (",", "[", "{") if isinstance(text, str) else (b",", b"[", b"{")
    return text.count(commas) + text.count(lists) + text.count(objects) > most  # type: ignore[arg-type]


# --- Why not ----------------------------------------------------------------------------------------------------------


def _require_kind(suffix: str, file: IO[bytes]) -> None:
    """Say what it is where its first bytes tell another kind. Text may begin with anything that text can say."""
    file.seek(0)
    found = _kind_by_first_bytes(file.read(4096))
    file.seek(0)
    what = CALLED.get(found)
    if what and what != CALLED.get(suffix) and not (suffix in (".txt", ".csv") and found in (".eml", ".html")):
        raise NotWhatItSays(
            f"By its content this is {what}, and not what its name says ({suffix}). Give it its own ending."
        )


def _kind_by_first_bytes(content: bytes) -> str:
    try:
        return puremagic.from_string(content).lower()
    except (puremagic.PureError, ValueError):
        return ""


def _hides(content: bytes) -> bool:
    return bool(MARKUP.match(content)) or _kind_by_first_bytes(content.lstrip(BLANK)) in HIDDEN


def _around(content: bytes, beginning: bytes, end: bytes) -> list[str]:
    """What stands before the beginning and after the end: said when it means nothing, refused when it is a file."""
    before, after = content[: content.index(beginning)], content.rpartition(end)[2] if end in content else b""
    if _hides(before) or _hides(after):
        where = "Before its beginning" if _hides(before) else "After its end"
        raise NotWhatItSays(f"{where}, the file holds another file. Send the two apart.")
    told = [(before, "before its beginning"), (after, "after its end")]
    return [f"{len(extra):,} bytes of something else {where}" for extra, where in told if extra.strip(BLANK)]


# --- The kinds --------------------------------------------------------------------------------------------------------


def _text(file: IO[bytes]) -> list[str]:
    """All of it, without control characters."""
    text, encoding = decode(file.read())
    if not text.strip():
        raise NotWhatItSays("The file holds nothing but spaces.")
    if CONTROLS.search(text):
        raise NotWhatItSays("The file is not text: it holds characters that no text holds.")
    return [encoding] if encoding else []


def _json(file: IO[bytes]) -> list[str]:
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotWhatItSays("The file is not in UTF-8, as JSON has to be.") from None
    if has_more_values(text):
        raise NotWhatItSays(f"The file may hold more than {MOST_VALUES:,} values.")
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotWhatItSays("The file is not valid JSON, or lies too deep in itself.") from error
    return []


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


def _pdf(file: IO[bytes]) -> list[str]:
    content = file.read()
    if b"%PDF-" not in content[:1024]:
        raise NotWhatItSays("The file does not begin as a PDF does.")
    around = _around(content, b"%PDF-", ENDS["PDF"])
    return [*_parsed("pdf", content), *around]


def _picture(file: IO[bytes], kind: str) -> list[str]:
    content = file.read()
    lines = _parsed("picture", content, kind)
    return [*lines, *(_around(content, b"", ENDS[kind]) if kind in ENDS else ())]


def _message(file: IO[bytes], parser: str) -> list[str]:
    return _parsed(parser, file.read())


def _parsed(parser: str, content: bytes, *arguments: str) -> list[str]:
    """What a library tells of the file in a process of its own, which knows no secrets and has limits."""
    command = [sys.executable, "-I", str(PARSERS / "limited.py"), str(PARSERS / f"{parser}.py"), *arguments]
    try:
        done = subprocess.run(
            command, input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PARSED_WITHIN, env={}
        )
    except subprocess.TimeoutExpired:
        raise NotWhatItSays("The portal cannot read the file in reasonable time.") from None
    if done.returncode:
        raise ValueError("The file cannot be read.")
    told = json.loads(done.stdout)
    if refused := told.get("refused"):
        raise NotWhatItSays(refused)
    files = [(str(name), int(size)) for name, size in told.get("files", ())]
    return [*told["lines"], *listing(files, "Attached, not opened:")]


@dataclass(frozen=True)
class Kind:
    words: str
    media_type: str
    read: Callable[[IO[bytes]], list[str]]


def _office(words: str, program: str) -> Kind:
    media_type = f"application/vnd.openxmlformats-officedocument.{program}"
    return Kind(words, media_type, partial(office, kind=program.lower()))


def _image(name: str) -> Kind:
    return Kind(f"{name} picture", f"image/{name.lower()}", partial(_picture, kind=name))


KINDS: dict[str, Kind] = {
    ".pdf": Kind("PDF document", "application/pdf", _pdf),
    ".png": _image("PNG"),
    ".jpg": _image("JPEG"),
    ".jpeg": _image("JPEG"),
    ".gif": _image("GIF"),
    ".webp": _image("WEBP"),
    ".tif": _image("TIFF"),
    ".tiff": _image("TIFF"),
    ".docx": _office("Word document", "wordprocessingml.document"),
    ".xlsx": _office("Excel workbook", "spreadsheetml.sheet"),
    ".pptx": _office("PowerPoint presentation", "presentationml.presentation"),
    ".eml": Kind("Mail", "message/rfc822", partial(_message, parser="mail")),
    ".msg": Kind("Message of Outlook", "application/vnd.ms-outlook", partial(_message, parser="outlook")),
    ".zip": Kind("ZIP archive", "application/zip", archive),
    ".txt": Kind("Text", "text/plain", _text),
    ".csv": Kind("CSV table", "text/csv", _text),
    ".json": Kind("JSON", "application/json", _json),
}
