"""Files that stay only when the transaction that stored them is committed."""

from __future__ import annotations

import weakref
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.db import transaction


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
