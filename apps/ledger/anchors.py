"""Leaving signed checkpoints with others: in a folder that somebody else keeps, and with a time-stamping authority.

The third kind, mail, is sent by the room that writes to people; it records here who received one.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from apps.ledger.folders import write_once
from apps.ledger.known import checkpoint_folder, newest_note, note_name
from apps.ledger.models import Anchor
from apps.ledger.notes import BadNote, Checkpoint, split_note
from apps.ledger.timestamps import BadTimestamp, ask_for_stamp, verified_time

# Authorities are asked once a day: what was stamped today need not be stamped again in an hour.
STAMP_EVERY = timedelta(hours=20)


def anchor_newest() -> int:
    """Leave the newest checkpoint wherever it is not yet. Gives with how many it was left."""
    found = newest_note()
    if found is None:
        return 0
    signed, note = found
    left = sum(_leave_in_folder(Path(folder), signed, note) for folder in settings.LEDGER_ANCHOR_FOLDERS)
    return left + (_stamp(signed, note) if settings.LEDGER_TSA_URL else 0)


def record_mail(note: str, recipient: int) -> None:
    """Somebody was sent this checkpoint."""
    try:
        signed = Checkpoint.parse(split_note(note)[0])
    except BadNote:
        return
    _record(Anchor.Kind.MAIL, f"user {recipient}", signed)


def _leave_in_folder(folder: Path, signed: Checkpoint, note: str) -> bool:
    if Anchor.objects.held().filter(kind=Anchor.Kind.FOLDER, holder=str(folder), size=signed.size).exists():
        return False
    if not folder.is_dir():  # never made here: a share that is not mounted would be a folder of our own
        return _record(Anchor.Kind.FOLDER, str(folder), signed, "The folder is not there.")
    try:
        for announced in checkpoint_folder().glob("key-*.note"):
            write_once(folder / announced.name, announced.read_bytes())
        write_once(folder / note_name(signed.size), note.encode())
    except FileExistsError as error:
        name = Path(str(error.filename)).name
        return _record(Anchor.Kind.FOLDER, str(folder), signed, f"Another file {name} is there already.")
    except OSError as error:
        return _record(Anchor.Kind.FOLDER, str(folder), signed, f"It cannot be written: {error.strerror}.")
    return _record(Anchor.Kind.FOLDER, str(folder), signed)


def _stamp(signed: Checkpoint, note: str) -> bool:
    holder = str(urlsplit(settings.LEDGER_TSA_URL).hostname)
    held = Anchor.objects.held().filter(kind=Anchor.Kind.TIMESTAMP, holder=holder)
    if held.filter(size=signed.size).exists() or held.filter(at__gt=timezone.now() - STAMP_EVERY).exists():
        return False
    try:
        token = ask_for_stamp(note.encode(), settings.LEDGER_TSA_URL)
        stamped_at = verified_time(note.encode(), token)
    except BadTimestamp as error:
        return _record(Anchor.Kind.TIMESTAMP, holder, signed, str(error))
    return _record(Anchor.Kind.TIMESTAMP, holder, signed, at=stamped_at, note=note, token=token)


def _record(kind: str, holder: str, signed: Checkpoint, problem: str = "", **more: Any) -> bool:
    """Write down what came of it, the same failure once only. Says whether it is held there now."""
    row = {"kind": kind, "holder": holder[:200], "size": signed.size, "root": signed.root.hex(), "problem": problem}
    if not problem or not Anchor.objects.filter(**row).exists():
        Anchor.objects.create(**row, **more)
    return not problem
