from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.core.files.storage.memory import InMemoryDirNode

from apps.core.storage import UndoneOnRollback


class TransactionalMemory(UndoneOnRollback, InMemoryStorage):
    """Files in memory, which go with their transaction as those on disk do."""

    def contents(self, folder=""):
        """{name: content} of every file."""
        folders, names = self.listdir(folder)
        found = {}
        for name in names:
            path = f"{folder}{name}"
            with self.open(path) as file:
                found[path] = file.read()
        for name in folders:
            found |= self.contents(f"{folder}{name}/")
        return found

    def swap(self, files):
        """Hold these files and no others."""
        self._root = InMemoryDirNode()
        for name, content in files.items():
            # Past the transaction: they belong to rows that stay.
            InMemoryStorage.save(self, name, ContentFile(content))
