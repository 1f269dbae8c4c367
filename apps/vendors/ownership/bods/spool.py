"""Files that wait between preview and import: kept by their digest for who sent them, for a day at most."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.accounts.models import User

FOLDER = "spool/bods"
KEPT_FOR = timedelta(days=1)
_DIGEST = re.compile("[0-9a-f]{64}")


def keep(content: bytes, *, by: User) -> str:
    """Keep the file until it is imported or too old. Returns the digest under which it waits."""
    sweep()
    digest = hashlib.sha256(content).hexdigest()
    place = _place(digest, by)
    if not default_storage.exists(place):
        default_storage.save(place, ContentFile(content))
    return digest


def waiting(digest: str, *, by: User) -> bytes | None:
    """The file that this user sent, byte for byte; None when it does not wait any more."""
    if not _DIGEST.fullmatch(digest) or not default_storage.exists(_place(digest, by)):
        return None
    with default_storage.open(_place(digest, by)) as file:
        content: bytes = file.read()
    return content if hashlib.sha256(content).hexdigest() == digest else None


def drop(digest: str, *, by: User) -> None:
    default_storage.delete(_place(digest, by))


def sweep() -> None:
    """Remove what has waited too long."""
    if not default_storage.exists(FOLDER):
        return
    oldest = timezone.now() - KEPT_FOR
    for name in default_storage.listdir(FOLDER)[1]:
        if default_storage.get_modified_time(f"{FOLDER}/{name}") < oldest:
            default_storage.delete(f"{FOLDER}/{name}")


def _place(digest: str, by: User) -> str:
    return f"{FOLDER}/{by.pk}-{digest}.json"
