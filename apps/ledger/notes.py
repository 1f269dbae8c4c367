"""Signed notes and checkpoints as c2sp.org/signed-note and c2sp.org/tlog-checkpoint write them. Knows no database."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = b"\x01"
LONGEST_NOTE = 64 * 1024


class BadNote(ValueError):
    """The text is no note of a known key; the message says why."""


class SigningKey(Protocol):
    """A key that can sign. Only the signer holds one."""

    def sign(self, data: bytes, /) -> bytes: ...

    def public_key(self) -> Ed25519PublicKey: ...


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name it signs under. Its text, `name+id+key`, may be handed out."""

    name: str
    public: bytes

    @classmethod
    def of(cls, name: str, key: SigningKey) -> VerifierKey:
        return cls(name, key.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        name, _, rest = text.strip().partition("+")
        said_id, _, encoded = rest.partition("+")
        raw = _decoded(encoded)
        key = cls(name, raw[1:])
        if not name or raw[:1] != ED25519 or len(raw) != 33 or key.id.hex() != said_id:
            raise BadNote(f"“{text.strip()[:80]}” is no verifier key: it reads name+id+key, with an Ed25519 key.")
        return key

    @property
    def id(self) -> bytes:
        return sha256(f"{self.name}\n".encode() + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def has_signed(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


def sign_note(text: str, name: str, keys: Iterable[SigningKey]) -> str:
    """The text, which ends with a line break, with one signature line for each key."""
    lines = []
    for key in keys:
        raw = VerifierKey.of(name, key).id + key.sign(text.encode())
        lines.append(f"— {name} {base64.b64encode(raw).decode()}\n")
    return f"{text}\n{''.join(lines)}"


def open_note(note: str, keys: Iterable[VerifierKey]) -> str:
    """The text of a note that at least one of the keys signed, and none wrongly. Other signatures are ignored."""
    text, signatures = split_note(note)
    known = {(key.name, key.id): key for key in keys}
    found = [(known[name, raw[:4]], raw[4:]) for name, raw in signatures if (name, raw[:4]) in known]
    if not found:
        names = ", ".join(sorted({name for name, _ in signatures}))
        raise BadNote(f"It was not signed with a key that is trusted here, but in the name of {names}.")
    for key, signature in found:
        if not key.has_signed(text, signature):
            raise BadNote(f"It was not signed with the key {key.name}+{key.id.hex()}, or it was changed.")
    return text


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text and the signatures, as (name, key id and signature). Nothing is verified."""
    body, mark, tail = note.rpartition("\n\n")
    if len(note) > LONGEST_NOTE or not mark or not tail.endswith("\n"):
        raise BadNote("It is no signed note: signature lines after an empty line are missing.")
    signatures = []
    for line in tail.removesuffix("\n").split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        raw = _decoded(encoded)
        if dash != "—" or not name or len(raw) < 5:
            raise BadNote("It is no signed note: a signature line cannot be read.")
        signatures.append((name, raw))
    return f"{body}\n", signatures


@dataclass(frozen=True)
class Checkpoint:
    """The size and root of a ledger at one moment. The origin names the ledger, and the hash it begins with."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        origin, size, root, *_ = [*text.split("\n"), "", "", ""]
        raw = _decoded(root)
        if not origin or not size.isascii() or not size.isdecimal() or str(int(size)) != size or len(raw) != 32:
            raise BadNote("The note is no checkpoint: origin, size and root stand on its first three lines.")
        return cls(origin, int(size), raw)


def origin_of(name: str, genesis: bytes) -> str:
    """Whoever pins it is not satisfied with the ledger of another instance, nor with one that begins anew."""
    return f"{name}/ledger/{genesis.hex()}"


def genesis_of(origin: str) -> str:
    """The hash of the first entry, hex, as the origin says it."""
    return origin.rpartition("/")[2]


def announcement(key: VerifierKey) -> str:
    """What an old key signs about its successor. No checkpoint: there is no size on its second line."""
    return f"{key.name}\n{key}\n"


def with_announced(trusted: Sequence[VerifierKey], notes: Iterable[str]) -> list[VerifierKey]:
    """The trusted keys, and those that trusted keys have announced, in whatever order the notes come."""
    keys, waiting, found = list(trusted), list(notes), True
    while found:
        found = False
        for note in list(waiting):
            try:
                key = VerifierKey.parse(open_note(note, keys).split("\n")[1])
            except BadNote:
                continue
            waiting.remove(note)
            if key not in keys:
                keys.append(key)
                found = True
    return keys


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""
