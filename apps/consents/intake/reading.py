"""Reads a file of answers or members, row after row. Whatever it holds, it is read within bounds."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from typing import IO, Any

from django.conf import settings

from apps.core.encodings import UTF16, plainly_western

BLOCK = 1 << 18
LONGEST_LINE = 1 << 20
LONGEST_FIELD = 1000
GZIP, ARCHIVE = b"\x1f\x8b", b"PK\x03\x04"
WESTERN = "Windows-1252"
NOT_UTF8 = (
    "The line is not in UTF-8, and it could be read in more than one way. Save the file with this encoding: "
    "in Excel as “CSV UTF-8”."
)


class Unreadable(Exception):
    """The file cannot be read on from a line. Never holds what stands in the file."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"Line {line}: {reason}")
        self.line, self.reason = line, reason


def digest(file: IO[bytes]) -> str:
    """SHA-256 of the file as it is sent."""
    file.seek(0)
    made = sha256()
    while block := file.read(BLOCK):
        made.update(block)
    file.seek(0)
    return made.hexdigest()


class Lines:
    """The lines of a file, unpacked if it is a gzip file, with their breaks. `encoding` says how they were read."""

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        start = file.read(2)
        file.seek(0)
        self._content: Any = gzip.GzipFile(fileobj=file) if start == GZIP else file
        self.encoding = "UTF-8"
        self._is_ascii = True
        self._found = chain.from_iterable(self._blocks())

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        return next(self._found)

    def _blocks(self) -> Iterator[list[str]]:
        """Lists of complete lines. `line` is the number of the first one that is not complete yet."""
        line, total, rest = 1, 0, b""
        while True:
            block = self._next(line, is_first=not total)
            total += len(block)
            if total > settings.CONSENT_FILE_MAX_BYTES:
                raise Unreadable(line, f"The content is longer than {settings.CONSENT_FILE_MAX_BYTES:,} bytes.")
            if not block:
                break
            head, found, tail = block.rpartition(b"\n")
            if not found:
                rest += block
            else:
                complete = rest + head + found
                rest = tail
                yield self._text(complete, line)
                line += complete.count(b"\n")
            if len(rest) > LONGEST_LINE:
                raise Unreadable(line, f"The line is longer than {LONGEST_LINE:,} bytes.")
        if rest:
            yield self._text(rest, line)

    def _next(self, line: int, *, is_first: bool) -> bytes:
        try:
            block: bytes = self._content.read(BLOCK)
            if is_first and block.startswith(ARCHIVE):
                raise Unreadable(1, "The file is a workbook or another archive. Save it as “CSV UTF-8”, and send that.")
            if is_first and block.startswith(UTF16):
                self.encoding = "UTF-16"
                self._content = _Recoded(self._content, block)
                block = self._content.read(BLOCK)
        except EOFError:
            raise Unreadable(line, "The gzip file ends too early. Send it again.") from None
        except (OSError, zlib.error):
            raise Unreadable(line, "The gzip file is damaged from here on.") from None
        except UnicodeError:
            raise Unreadable(line, "From here on the file is not in UTF-16, although its beginning says so.") from None
        return block

    def _text(self, block: bytes, line: int) -> list[str]:
        if b"\0" in block:
            raise Unreadable(line + block[: block.index(b"\0")].count(b"\n"), "There is a NUL byte in the line.")
        try:
            text = self._decoded(block, "utf-8-sig" if line == 1 else "utf-8")
        except UnicodeDecodeError as error:
            at = line + block[: error.start].count(b"\n")
            raise Unreadable(at, NOT_UTF8) from None
        return io.StringIO(text, newline="\n").readlines()

    def _decoded(self, block: bytes, encoding: str) -> str:
        """In UTF-8, or in Windows-1252 from the first letter beyond ASCII on where that has only one reading."""
        try:
            if self.encoding == WESTERN:
                return plainly_western(block)
            text = block.decode(encoding)
            self._is_ascii = self._is_ascii and block.isascii()
            return text
        except UnicodeDecodeError as error:
            if not self._is_ascii or self.encoding == WESTERN:
                raise
            try:
                text = plainly_western(block)
            except UnicodeDecodeError:
                raise error from None
            self.encoding = WESTERN
            return text


class _Recoded:
    """A file in UTF-16, read as UTF-8."""

    def __init__(self, content: Any, start: bytes) -> None:
        self.content, self.decoder = content, codecs.getincrementaldecoder("utf-16")()
        self.start = self.decoder.decode(start).encode()

    def read(self, size: int) -> bytes:
        block, self.start = self.start, b""
        while not block:
            more = self.content.read(size)
            block = self.decoder.decode(more, final=not more).encode()
            if not more:
                break
        return block
