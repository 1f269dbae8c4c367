"""Files that commands write where somebody tells them to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from uuid import uuid4


@contextmanager
def whole_text_file(path: Path) -> Iterator[TextIO]:
    """A file that has its name when all of it is written. Half a list would be taken for a whole one."""
    if path.exists() and not path.is_file():  # a pipe or a terminal
        with path.open("w", newline="", encoding="utf-8") as file:
            yield file
        return
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with draft.open("w", newline="", encoding="utf-8") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
