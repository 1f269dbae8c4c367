"""Files of answers that wait for a worker: readable by the portal alone, deleted when done, for a day at most."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import IO, Any

from django.core.files.storage import default_storage
from django.utils import timezone

FOLDER = "spool/consents"
KEPT_FOR = timedelta(days=1)


def keep(file: Any) -> str:
    """Keep an upload under a name that says nothing. Returns the name."""
    name = uuid.uuid4().hex
    default_storage.save(f"{FOLDER}/{name}", file)
    return name


def waiting(name: str) -> IO[bytes] | None:
    """The file, opened; None when it does not wait any more."""
    place = f"{FOLDER}/{name}"
    found: IO[bytes] | None = default_storage.open(place) if name and default_storage.exists(place) else None
    return found


def drop(name: str) -> None:
    if name:
        default_storage.delete(f"{FOLDER}/{name}")


def sweep() -> None:
    """Remove what has waited too long."""
    if not default_storage.exists(FOLDER):
        return
    oldest = timezone.now() - KEPT_FOR
    for name in default_storage.listdir(FOLDER)[1]:
        if default_storage.get_modified_time(f"{FOLDER}/{name}") < oldest:
            drop(name)
