"""The checkpoints and keys that this installation knows: where they lie, how they are read and what they are worth."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.utils.dateparse import parse_datetime

from apps.ledger.checkpoints import KnownCheckpoint
from apps.ledger.models import Anchor
from apps.ledger.notes import BadNote, Checkpoint, VerifierKey, genesis_of, open_note, split_note, with_announced
from apps.ledger.timestamps import BadTimestamp, verified_time

HERE = "this installation"
KEYS_FILE = "verifier-keys.txt"
STATUS_FILE = "signer.json"
BLOCKS_FILE = "blocks.bin"


class BadCheckpoint(Exception):
    """The checkpoint file or key cannot be used; the message says why."""


@dataclass(frozen=True)
class Keys:
    """Public keys that are trusted: with the name of their ledger, or from a PEM file, which holds no name."""

    named: list[VerifierKey] = field(default_factory=list)
    bare: list[bytes] = field(default_factory=list)

    def for_note(self, note: str) -> list[VerifierKey]:
        origin = note.partition("\n")[0]
        return [*self.named, *(VerifierKey(origin, public) for public in self.bare)]

    def plain(self) -> list[bytes]:
        return [*self.bare, *(key.public for key in self.named)]


def checkpoint_folder() -> Path:
    """Where the signer puts what everybody may read."""
    return Path(settings.LEDGER_CHECKPOINT_FOLDER)


def note_name(size: int) -> str:
    """What the file of a checkpoint is called, wherever it is kept."""
    return f"checkpoint-{size}.note"


def read_keys(file: Path) -> Keys:
    """A public key in PEM, or verifier keys, one a line."""
    try:
        text = file.read_text()
        if "-----BEGIN" not in text:
            return Keys(named=[VerifierKey.parse(line) for line in text.splitlines() if line.strip()])
        key = serialization.load_pem_public_key(text.encode())
    except (OSError, ValueError) as error:
        raise BadCheckpoint(f"The public key cannot be read: {error}.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadCheckpoint(f"{file} does not hold an Ed25519 public key.")
    return Keys(bare=[key.public_bytes_raw()])


def trusted_keys() -> Keys:
    """The pinned keys, else those that the signer left beside its checkpoints; and the successors they announced."""
    folder, pinned = checkpoint_folder(), settings.LEDGER_VERIFIER_KEYS
    found = Keys(named=[VerifierKey.parse(text) for text in pinned])
    pems = [*sorted(folder.glob("*.pub.pem")), *sorted(_old_folder().glob("*.pub.pem"))]
    for file in () if pinned else (folder / KEYS_FILE, *pems):
        if file.exists():
            keys = read_keys(file)
            found = Keys([*found.named, *keys.named], [*found.bare, *keys.bare])
    announced = [file.read_text() for file in sorted(folder.glob("key-*.note"))]
    return Keys(with_announced(found.named, announced), found.bare)


def _old_folder() -> Path:
    """Where checkpoints and public keys lay until the signer was a process of its own."""
    return Path(settings.LEDGER_SIGNING_KEY_FILE).parent


def open_checkpoint(file: Path, keys: Keys, holder: str, *, outside: bool = False) -> KnownCheckpoint:
    """The checkpoint in a file, a signed note or one of old times. Raises BadCheckpoint when it cannot be believed."""
    try:
        content = file.read_text()
        known = _of_json(content, keys) if content.lstrip()[:1] in ("{", "[", "") else _of_note(content, keys)
        time = known.time or datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except BadNote as error:
        raise BadCheckpoint(f"{file.name} cannot be used. {error}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCheckpoint(f"The checkpoint cannot be read: {error}.") from error
    return replace(known, name=file.name, holder=holder, outside=outside, time=time)


def _of_note(content: str, keys: Keys) -> KnownCheckpoint:
    signed = Checkpoint.parse(open_note(content, keys.for_note(content)))
    if not any(name == signed.origin for name, _ in split_note(content)[1]):
        raise BadNote("It was signed in another name than that of its ledger.")
    return KnownCheckpoint("", "", signed.size, root=signed.root, genesis=genesis_of(signed.origin))


def _of_json(content: str, keys: Keys) -> KnownCheckpoint:
    """A checkpoint of the first format: the number and hash of the last entry, signed with Ed25519."""
    signed: dict[str, Any] = json.loads(content)
    signature = base64.b64decode(signed.pop("signature"))
    statement = {name: signed[name] for name in ("sequence", "head", "taken_at")}
    message = json.dumps(statement, sort_keys=True)
    # The first format names no ledger.
    if not any(VerifierKey("", public).has_signed(message, signature) for public in keys.plain()):
        raise BadNote("It was not signed with the key that is trusted here, or it was changed.")
    head, taken_at = bytes.fromhex(statement["head"]), parse_datetime(statement["taken_at"])
    return KnownCheckpoint("", "", int(statement["sequence"]), head=head, time=taken_at)


def known_checkpoints() -> list[KnownCheckpoint]:
    """Every checkpoint within reach: those of the signer, old ones beside its key, and those in folders outside."""
    try:
        keys = trusted_keys()
    except (BadCheckpoint, BadNote) as error:
        return [KnownCheckpoint(KEYS_FILE, HERE, problem=str(error))]
    places = [(folder, HERE, False) for folder in dict.fromkeys((checkpoint_folder(), _old_folder()))]
    places += [(Path(folder), str(folder), True) for folder in settings.LEDGER_ANCHOR_FOLDERS]
    found = [
        opened(file, keys, holder, outside=outside) for folder, holder, outside in places for file in _files(folder)
    ]
    return [*found, *time_stamped(keys), *refusal()]


def _files(folder: Path) -> Iterator[Path]:
    for pattern in ("checkpoint-*.json", "checkpoint-*.note"):
        yield from sorted(folder.glob(pattern))


def opened(file: Path, keys: Keys, holder: str, *, outside: bool = False) -> KnownCheckpoint:
    """The checkpoint in a file, or what is wrong with it."""
    try:
        return open_checkpoint(file, keys, holder, outside=outside)
    except BadCheckpoint as error:
        return KnownCheckpoint(file.name, holder, outside=outside, problem=str(error))


def time_stamped(keys: Keys) -> Iterator[KnownCheckpoint]:
    """Checkpoints that somebody outside has time-stamped: since then nobody can have made them anew."""
    for anchor in Anchor.objects.held().filter(kind=Anchor.Kind.TIMESTAMP):
        name = f"time-stamped checkpoint {anchor.size}"
        try:
            stamped_at = verified_time(anchor.note.encode(), bytes(anchor.token or b""))
            known = _of_note(anchor.note, keys)
        except (BadTimestamp, BadNote) as error:
            yield KnownCheckpoint(name, anchor.holder, anchor.size, outside=True, problem=str(error))
        else:
            yield replace(known, name=name, holder=anchor.holder, time=stamped_at, outside=True)


def refusal() -> Iterator[KnownCheckpoint]:
    """What the signer refused to sign is as bad as a checkpoint that does not fit."""
    if refused := signer_status().get("refused"):
        yield KnownCheckpoint("The signer refuses to sign", HERE, problem=str(refused))


def signer_status() -> dict[str, Any]:
    """What the signer last said about itself; empty when it never ran."""
    try:
        status: dict[str, Any] = json.loads((checkpoint_folder() / STATUS_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return status


def newest_note() -> tuple[Checkpoint, str] | None:
    """The newest checkpoint that the signer made, and the note itself."""
    sizes = [size for file in checkpoint_folder().glob("checkpoint-*.note") if (size := _size(file)) is not None]
    return note_of(max(sizes)) if sizes else None


def note_of(size: int) -> tuple[Checkpoint, str] | None:
    """The checkpoint that the signer made at this size. Whoever receives it verifies its signature."""
    try:
        note = (checkpoint_folder() / note_name(size)).read_text()
        return Checkpoint.parse(split_note(note)[0]), note
    except (OSError, BadNote):
        return None


def _size(file: Path) -> int | None:
    said = file.stem.removeprefix("checkpoint-")
    return int(said) if said.isdecimal() else None
