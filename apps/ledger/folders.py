"""Files that survive a power cut whole: written beside, synced, then put in place."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put a file in place of what is there. Readers see the old or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    _write_new(beside, content, mode)
    os.replace(beside, path)
    sync_folder(path.parent)


def write_once(path: Path, content: bytes, mode: int = 0o444) -> bool:
    """Make a file that is not there yet. False when the very same is there. FileExistsError when another one is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write_new(path, content, mode)
    except FileExistsError:
        if path.read_bytes() == content:
            return False
        raise
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise
