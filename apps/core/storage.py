"""Files that are there as a whole or not at all, and stay only when the transaction that stored them is committed."""

from __future__ import annotations

import os
import weakref
from typing import Any
from uuid import uuid4

from django.core.files.storage import FileSystemStorage
from django.db import transaction
from django.utils._os import safe_makedirs

# Where a file is written before it gets its name. What lies there was being written when the portal was killed.
PARTIAL = "partial"


class _Pending:
    """A stored file that nothing points at yet. Deletes it when it is forgotten before `keep` was called."""

    def __init__(self, storage: Any, name: str) -> None:
        self._undo = weakref.finalize(self, storage.delete, name)

    def keep(self) -> None:
        self._undo.detach()


class UndoneOnRollback:
    """Deletes a file again when the transaction, or the savepoint, in which it was stored is rolled back.

    Django keeps callbacks for the commit and drops them at a rollback; the file goes with its callback.
    """

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        stored: str = super().save(name, content, max_length=max_length)  # type: ignore[misc]
        transaction.on_commit(_Pending(self, stored).keep)
        return stored


class TransactionalStorage(UndoneOnRollback, FileSystemStorage):
    """Files on disk."""

    def _save(self, name: str, content: Any) -> str:
        """Write it under another name first: a disk that is full leaves nothing, and nobody reads half a file."""
        draft = f"{PARTIAL}/{uuid4().hex}"
        try:
            super()._save(draft, content)  # type: ignore[misc]
            return self._place(draft, name)
        finally:
            self.delete(draft)

    def _place(self, draft: str, name: str) -> str:
        """Give it its name, or another where somebody has taken that meanwhile: a link replaces nothing."""
        while True:
            place = self.path(name)
            mode = 0o777 if self.directory_permissions_mode is None else self.directory_permissions_mode
            safe_makedirs(os.path.dirname(place), mode, exist_ok=True)
            try:
                os.link(self.path(draft), place)
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return name
