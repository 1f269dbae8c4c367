"""Office files and ZIP archives: what is in them, told within bounds and without opening what lies inside."""

from __future__ import annotations

import re
import zipfile
from typing import IO
from xml.etree import ElementTree

from django.conf import settings
from django.template.defaultfilters import filesizeformat

MOST_PARTS = 2000  # of an Office file
MOST_NAMES = 50  # of an archive, that are told
MOST_MEMBERS = 100_000
UNZIPPED_AT_MOST = 5  # times UPLOAD_MAX_BYTES
READ_AT_ONCE = 64 * 1024
TYPES = "[content_types].xml"
TYPE = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"
# Parts with these words in their names or content types hold programs, however they are written.
PROGRAMS = ("vbaproject", "vbadata", "macroenabled", "macrosheet")


class Unfit(Exception):
    """Why an archive cannot be taken, as a sentence."""


def listing(files: list[tuple[str, int]], heading: str) -> list[str]:
    """Names and sizes of what was not opened."""
    if not files:
        return []
    shown = [f"{name} ({filesizeformat(size)})" for name, size in files[:MOST_NAMES]]
    more = len(files) - len(shown)
    return [heading, *shown, *([f"and {more:,} more"] if more else [])]


def archive(file: IO[bytes]) -> list[str]:
    """The names and sizes of what a ZIP archive holds, as its directory tells them."""
    _require_beginning(file)
    with zipfile.ZipFile(file) as opened:
        members = [member for member in opened.infolist() if not member.is_dir()]
    if len(members) > MOST_MEMBERS:
        raise Unfit(f"The archive holds more than {MOST_MEMBERS:,} files. Split it.")
    if not members:
        raise Unfit("The archive holds no files.")
    locked = any(member.flag_bits & 1 for member in members)
    size = filesizeformat(sum(member.file_size for member in members))
    told = f"{len(members):,} {'file' if len(members) == 1 else 'files'}, {size} as its directory says"
    head = [f"{told}, protected by a password" if locked else told]
    return [*head, *listing([(m.filename, m.file_size) for m in members], "Not opened:")]


def office(file: IO[bytes], kind: str) -> list[str]:
    """Read every part of an Office file whose main part is of this content type. Gives what is embedded in it."""
    _require_beginning(file)
    with zipfile.ZipFile(file) as opened:
        parts = opened.infolist()
        names = [part.filename.lower() for part in parts]
        if len(parts) > MOST_PARTS:
            raise Unfit(f"The file has more than {MOST_PARTS:,} parts.")
        if any(part.flag_bits & 1 for part in parts):
            raise Unfit("The file is protected by a password. Take the password away, and send it again.")
        if len(set(names)) < len(names) or any(map(_leaves_folder, names)):
            raise Unfit("A part of the file has a name that no Office program gives.")
        _unpack(opened, parts)
        _require_types(opened, parts, kind)
    embedded = [part for part in parts if "/embeddings/" in part.filename.lower()]
    return listing([(part.filename.rpartition("/")[2], part.file_size) for part in embedded], "Embedded, not opened:")


def _require_beginning(file: IO[bytes]) -> None:
    file.seek(0)
    if file.read(4) not in (b"PK\x03\x04", b"PK\x05\x06"):
        raise zipfile.BadZipFile


def _require_types(opened: zipfile.ZipFile, parts: list[zipfile.ZipInfo], kind: str) -> None:
    """The content types name the main part, which may be called anything."""
    by_name = {part.filename.lower(): part for part in parts}
    if TYPES not in by_name:
        raise Unfit("This is an archive, and no Office file: it does not say the types of its parts.")
    try:
        overrides = ElementTree.fromstring(opened.read(by_name[TYPES])).iter(TYPE)
    except ElementTree.ParseError:
        raise Unfit("The file is damaged: the types of its parts cannot be read.") from None
    types = {entry.get("PartName", "").lstrip("/").lower(): entry.get("ContentType", "").lower() for entry in overrides}
    if any(word in text for word in PROGRAMS for text in (*by_name, *types.values())):
        raise Unfit("The file holds macros, which are programs. Save it without them, and send it again.")
    mains = {name for name, content in types.items() if content.endswith(f"{kind}.main+xml")}
    if not mains & by_name.keys():
        raise Unfit("The file does not hold what its name says: none of its parts is the main part of this kind.")


def _leaves_folder(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or ":" in name


def _unpack(opened: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Read every part to its end, where its checksum is compared, but never more than the bound in all."""
    left = UNZIPPED_AT_MOST * settings.UPLOAD_MAX_BYTES
    for part in parts:
        with opened.open(part) as stream:
            start = chunk = stream.read(READ_AT_ONCE)
            while chunk:
                left -= len(chunk)
                if left < 0:
                    raise Unfit("Unpacked, the file is far larger than what is taken.")
                chunk = stream.read(READ_AT_ONCE)
        # A drawing (SVG) may begin so; what the Office programs write never does.
        plain = start.replace(b"\0", b"")
        if part.filename.lower().endswith((".xml", ".rels")) and (b"<!DOCTYPE" in plain or b"<!ENTITY" in plain):
            raise Unfit("A part of the file declares entities of its own, which no Office program writes.")
