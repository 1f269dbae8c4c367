"""How text of others is written: told by the file itself or by bytes that only one reading explains, never guessed."""

from __future__ import annotations

import codecs
import re

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HIGH = re.compile(rb"[\x80-\xff]+")
LONGEST_RUN = 2  # of letters that are not English, side by side; whole words of them are of another alphabet


def _letters() -> frozenset[int]:
    """Bytes that are the same letter in the encodings of Western Europe, Central Europe and Turkey."""
    found = set()
    for byte in range(0xC0, 0x100):
        read = {bytes([byte]).decode(encoding, "replace") for encoding in ("cp1250", "cp1252", "cp1254")}
        if len(read) == 1 and next(iter(read)).isalpha():
            found.add(byte)
    return frozenset(found)


LETTERS = _letters()


def plainly_western(content: bytes) -> str:
    """The text in Windows-1252 when all bytes beyond ASCII are letters that no other encoding reads as other letters.

    UnicodeDecodeError at the first byte of which this is not so.
    """
    for run in HIGH.finditer(content):
        if len(run[0]) > LONGEST_RUN or not LETTERS.issuperset(run[0]):
            raise UnicodeDecodeError("cp1252", content, run.start(), run.end(), "has more than one reading")
    return content.decode("cp1252")


def decode(content: bytes) -> tuple[str, str]:
    """The text, and how it was read; empty for UTF-8. ValueError for what is in none of these encodings."""
    if content.startswith(UTF16) and not content.startswith(codecs.BOM_UTF32_LE):
        return content.decode("utf-16"), "In UTF-16"
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        return plainly_western(content), "In Windows-1252"
    except UnicodeDecodeError:
        return content.decode("cp1252"), "In an encoding that it does not name"
