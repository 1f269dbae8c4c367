"""A server's data in memory while it runs. Tests make and drop databases by the dozen, at which disks are slow."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
# Templates and log, and the copies of each test process, of which there is one for each core; with as much to spare.
# Containers often have 64 MB.
ROOM = (4 + (os.cpu_count() or 1)) * 1024**3 // 2


@contextmanager
def in_memory(folder: Path) -> Iterator[Path]:
    """Where to work on this folder of a server's data: in memory if there is room, else where it is.

    The server must have ended when the block ends. What has changed is kept on disk then, unless the block failed.
    """
    if not _has_room():
        yield folder
        return
    place = SHARED_MEMORY / f"governance-portal-{os.geteuid()}-{sha256(bytes(folder)).hexdigest()[:12]}"
    working = place / folder.name
    shutil.rmtree(place, ignore_errors=True)  # of a run that was killed
    place.mkdir(mode=0o755)
    try:
        if folder.exists():
            _copy(folder, working)
        before = _databases(working)
        yield working
        if _databases(working) != before:
            _replace(folder, working)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _has_room() -> bool:
    return os.access(SHARED_MEMORY, os.W_OK) and shutil.disk_usage(SHARED_MEMORY).free >= ROOM


def _databases(folder: Path) -> set[str]:
    """Which databases there are; those that the tests copy are gone by the end."""
    return {path.name for path in folder.glob("data/base/*")}


def _copy(source: Path, target: Path) -> None:
    # With owners and modes, which PostgreSQL insists on.
    subprocess.run(["cp", "-a", source, target], check=True)


def _replace(folder: Path, working: Path) -> None:
    """In one step as others see it: a copy that is cut short leaves the folder as it was."""
    draft = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    _copy(working, draft)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
