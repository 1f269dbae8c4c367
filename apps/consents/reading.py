"""Reads a file of answers or members, row after row. Whatever it holds, it is read within bounds."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from typing import IO, Any

from django.conf import settings

BLOCK = 1 << 18
LONGEST_LINE = 1 << 20
LONGEST_FIELD = 1000
GZIP = b"\x1f\x8b"


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


def lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of the file, unpacked if it is a gzip file, with their line breaks."""
    file.seek(0)
    packed = file.read(2) == GZIP
    file.seek(0)
    content: Any = gzip.GzipFile(fileobj=file) if packed else file
    return chain.from_iterable(_blocks(content))


def _blocks(content: IO[bytes]) -> Iterator[list[str]]:
    """Lists of complete lines. `line` is the number of the first one that is not complete yet."""
    line, total, rest = 1, 0, b""
    while True:
        block = _next(content, line)
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
            yield _text(complete, line)
            line += complete.count(b"\n")
        if len(rest) > LONGEST_LINE:
            raise Unreadable(line, f"The line is longer than {LONGEST_LINE:,} bytes.")
    if rest:
        yield _text(rest, line)


def _next(content: IO[bytes], line: int) -> bytes:
    try:
        return content.read(BLOCK)
    except EOFError:
        raise Unreadable(line, "The gzip file ends too early. Send it again.") from None
    except (OSError, zlib.error):
        raise Unreadable(line, "The gzip file is damaged from here on.") from None


def _text(block: bytes, line: int) -> list[str]:
    if b"\0" in block:
        raise Unreadable(line + block[: block.index(b"\0")].count(b"\n"), "There is a NUL byte in the line.")
    try:
        text = block.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        at = line + block[: error.start].count(b"\n")
        raise Unreadable(at, "The line is not in UTF-8. Save the file with this encoding.") from None
    return io.StringIO(text, newline="\n").readlines()
