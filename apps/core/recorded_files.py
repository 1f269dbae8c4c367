"""Files of which the ledger holds the SHA-256: what lies on the disk is believed only when it is the same."""

from __future__ import annotations

import errno
import os
from hashlib import sha256
from typing import IO

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, Storage

READ_AT_ONCE = 1024 * 1024
# A link in the place of a file is not followed, and a pipe in it is not waited for.
PLAINLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class Altered(Exception):
    """What lies there is not what was recorded. The message says what is wrong, after “the file”."""


def open_recorded(storage: Storage, name: str, *, size: int, digest: str) -> IO[bytes]:
    """The file, at its beginning, when it is byte for byte the one that was recorded. Raises Altered."""
    try:
        file = _open(storage, name)
    except FileNotFoundError:
        raise Altered("is missing") from None
    except SuspiciousFileOperation:
        raise Altered("lies outside the folder of files") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Altered("was replaced by a link") from None
        raise Altered("cannot be read") from None
    try:
        _require_same(file, size, digest)
    except BaseException:
        file.close()
        raise
    return file


def path_of(storage: Storage, name: str) -> str | None:
    """Where it lies on the disk; None for files that lie on no disk."""
    return storage.path(name) if isinstance(storage, FileSystemStorage) else None


def _open(storage: Storage, name: str) -> IO[bytes]:
    path = path_of(storage, name)
    if path is None:
        return storage.open(name)
    handle = os.open(path, PLAINLY)
    try:
        return os.fdopen(handle, "rb")
    except OSError:
        os.close(handle)
        raise


def _require_same(file: IO[bytes], size: int, digest: str) -> None:
    """Read never more than one byte beyond the recorded size, whatever lies there now."""
    made, left = sha256(), size + 1
    try:
        while left and (piece := file.read(min(left, READ_AT_ONCE))):
            made.update(piece)
            left -= len(piece)
        file.seek(0)
    except OSError:
        raise Altered("cannot be read") from None
    if left != 1:
        raise Altered("has another size than was recorded")
    if made.hexdigest() != digest:
        raise Altered("holds something else than was recorded")
