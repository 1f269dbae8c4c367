from django.core.files.storage import InMemoryStorage

from apps.core.storage import UndoneOnRollback


class TransactionalMemory(UndoneOnRollback, InMemoryStorage):
    """Files in memory, which go with their transaction as those on disk do."""
