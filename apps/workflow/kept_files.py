"""Whether the files that people gave lie there as the ledger has them, and no others."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import islice

from django.apps import apps
from django.core.files.storage import Storage
from django.db.models import Sum

from apps.core.recorded_files import Altered, open_recorded, path_of
from apps.ledger.verify import Chain, Discrepancy, Reader
from apps.ledger.verify.chain import LONGEST
from apps.workflow.models import StoredFile
from apps.workflow.models.comment import FOLDER

MOST = 100  # that are named; a folder that is not there would name all of them

# As they were given: what a later change made of a record is compared with the ledger elsewhere.
GIVEN = """
    SELECT h.id, h.file, h.size, h.sha256 FROM ONLY public.{history} h WHERE h.history_type = '+' ORDER BY h.id
"""


def compare_files(reader: Reader, chain: Chain) -> Iterator[Discrepancy]:
    """The files that are missing, changed or replaced by a link, and those that no record names."""
    problems = _compare(reader)
    yield from islice(problems, MOST)
    if more := sum(1 for _ in problems):
        yield Discrepancy(None, "", 0, f"{more} more files are not as they were recorded")


def bytes_of_files() -> int:
    """How much there is to read, by the records."""
    models = [model for model in apps.get_models() if issubclass(model, StoredFile)]
    return sum(int(model._default_manager.aggregate(bytes=Sum("size"))["bytes"] or 0) for model in models)


def _compare(reader: Reader) -> Iterator[Discrepancy]:
    named: dict[Storage, set[str]] = {}
    for model in apps.get_models():
        if issubclass(model, StoredFile):
            storage = model._meta.get_field("file").storage
            history = model.history.model._meta.db_table
            for row in reader.rows(GIVEN.format(history=history)):
                key, name, size, digest = ((cell or b"").decode() for cell in row)
                named.setdefault(storage, set()).add(name)
                if what := _difference(storage, name, int(size or 0), digest):
                    yield Discrepancy(None, model._meta.db_table, int(key or 0), f"the file {what} ({name})")
    for storage, names in named.items():
        yield from _orphans(storage, names)


def _difference(storage: Storage, name: str, size: int, digest: str) -> str:
    try:
        open_recorded(storage, name, size=size, digest=digest).close()
    except Altered as error:
        return str(error)
    return ""


def _orphans(storage: Storage, names: set[str]) -> Iterator[Discrepancy]:
    """What lies among the files and belongs to none, unless its upload may not have ended yet."""
    folder = path_of(storage, FOLDER)
    if folder is None or not os.path.isdir(folder):
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        # Nobody sets this time but by changing the clock.
        age = time.time() - entry.stat(follow_symlinks=False).st_ctime
        if f"{FOLDER}/{entry.name}" not in names and not 0 <= age < LONGEST.total_seconds():
            yield Discrepancy(None, "", 0, f"no record names the file {FOLDER}/{entry.name}")
