"""The signer, the only one that reads the signing key. What contradicts an earlier signature it never signs.

It runs as a process of its own (`manage.py sign_checkpoints`). Beside the key lies its memory, the size and root that
it signed last; that root stands for every entry before it, so all earlier signatures are kept with it.
"""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from apps.ledger.checkpoints import compare_checkpoints, first_problem
from apps.ledger.folders import replace_file, write_once
from apps.ledger.known import BLOCKS_FILE, KEYS_FILE, STATUS_FILE, Keys, note_name, opened
from apps.ledger.leaves import BLOCK, BLOCK_HEIGHT, read_entries, read_leaves
from apps.ledger.notes import Checkpoint, VerifierKey, announcement, genesis_of, origin_of, sign_note
from apps.ledger.tree import RightEdge, root_of

MEMORY_FILE, DECISIONS_FILE = "last-signed.json", "decisions.log"
ALLOWED_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")


class NoKey(Exception):
    """There is no key to sign with, or it cannot be used."""


class Refused(Exception):
    """The chain contradicts what was signed; nothing is signed until somebody decides."""


@dataclass(frozen=True)
class Memory:
    """What was signed last."""

    origin: str = ""
    size: int = 0
    root: str = ""
    refused: str = ""


@dataclass
class Grown:
    """The tree over the whole chain as it is now."""

    edge: RightEdge = field(default_factory=RightEdge)
    genesis: bytes = b""
    last_sequence: int = 0
    # The root at the size that was signed last, if the chain is that long.
    root_then: bytes | None = None
    blocks: bytearray = field(default_factory=bytearray)


class Signer:
    """The key, the memory beside it, and the folder where everybody reads what was signed."""

    def __init__(self, key_file: Path | None = None, published: Path | None = None) -> None:
        self.key_file = Path(key_file or settings.LEDGER_SIGNING_KEY_FILE)
        self.published = Path(published or settings.LEDGER_CHECKPOINT_FOLDER)
        self.folder = self.key_file.parent

    def make_key(self) -> None:
        """A first key. Never in place of another."""
        if self.key_file.exists():
            raise NoKey(f"{self.key_file} is there already; it is not replaced. See docs/operating.md on rotation.")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_once(self.key_file, _new_pem(), 0o600)

    def keys(self) -> list[Ed25519PrivateKey]:
        """The key in use, then those that it replaced and that still sign."""
        if not self.key_file.exists():
            raise NoKey(f"There is no signing key at {self.key_file}. Make one with: manage.py ledger_key --new")
        return [_read_key(file) for file in (self.key_file, *self._replaced())]

    def verifier_keys(self) -> list[VerifierKey]:
        """To be handed out and pinned. None before the first signature: they name the first entry."""
        origin = self.memory().origin
        return [VerifierKey.of(origin, key) for key in self.keys()] if origin else []

    def rotate(self) -> VerifierKey:
        """A new key, announced by the present one. From now on both sign."""
        with self._alone():
            origin, keys = self.memory().origin, self.keys()
            if not origin:
                raise NoKey("Nothing was signed yet, so nobody knows the present key: set it aside and make another.")
            self._write_pending()
            new = _read_key(self._pending)
            named = VerifierKey.of(origin, new)
            note = sign_note(announcement(named), origin, [*keys, new])
            write_once(self.published / f"key-{named.id.hex()}.note", note.encode())
            old = VerifierKey.of(origin, keys[0]).id.hex()
            write_once(self.key_file.with_suffix(f".replaced-{old}.pem"), self.key_file.read_bytes(), 0o600)
            self._pending.replace(self.key_file)
            self._publish_keys()
        return named

    def retire(self) -> int:
        """Destroy the replaced keys; those who hold checkpoints have the new one. Gives how many there were."""
        with self._alone():
            files = self._replaced()
            for file in files:
                file.unlink()
        return len(files)

    @property
    def _pending(self) -> Path:
        return self.key_file.with_suffix(".next.pem")

    def _write_pending(self) -> None:
        """The next key; one that a rotation left when it was cut off is taken again."""
        if not self._pending.exists():
            write_once(self._pending, _new_pem(), 0o600)

    def _replaced(self) -> list[Path]:
        return sorted(self.folder.glob(f"{self.key_file.stem}.replaced-*.pem"))

    def memory(self) -> Memory:
        file = self.folder / MEMORY_FILE
        if file.exists():
            return Memory(**json.loads(file.read_text()))
        if any(self.published.glob("checkpoint-*.note")):
            raise Refused(
                f"Checkpoints were signed, and {file}, which says which was the last one, is gone. Bring it back."
            )
        return Memory()

    def _remember(self, memory: Memory) -> None:
        replace_file(self.folder / MEMORY_FILE, json.dumps(asdict(memory)).encode(), 0o600)

    def sign(self) -> Path | None:
        """Sign the chain as it is now, if it has grown. Raises Refused when it is not the one that was signed."""
        with self._alone():
            try:
                return self._sign()
            except Refused as refusal:
                self._say(str(refusal))
                raise

    def _sign(self) -> Path | None:
        keys, memory = self.keys(), self.memory()
        if memory.refused:
            raise Refused(memory.refused)
        grown = _grow(memory.size)
        if problem := _contradiction(memory, grown) or self._old_problem(memory, keys):
            self._remember(replace(memory, refused=problem))
            raise Refused(problem)
        if not grown.genesis:
            return None
        origin = memory.origin or _new_origin(grown.genesis)
        signed = Checkpoint(origin, grown.edge.size, grown.edge.root())
        # First remembered, then signed: what is cut off in between is signed at the next time.
        self._remember(Memory(origin, signed.size, signed.root.hex()))
        return self._publish(signed, keys, grown)

    def _publish(self, signed: Checkpoint, keys: list[Ed25519PrivateKey], grown: Grown) -> Path | None:
        """The note comes last: whoever sees it finds what proofs are made of."""
        file = self.published / note_name(signed.size)
        is_new = not file.exists()
        replace_file(self.published / BLOCKS_FILE, bytes(grown.blocks))
        self._publish_keys()
        if is_new:
            write_once(file, sign_note(signed.text, signed.origin, keys).encode())
        self._say()
        return file if is_new else None

    def _publish_keys(self) -> None:
        lines = "".join(f"{key}\n" for key in self.verifier_keys())
        replace_file(self.published / KEYS_FILE, lines.encode())

    def _say(self, refused: str = "") -> None:
        """Tell those who cannot see this folder that the signer works, or why it does not."""
        status = {"looked_at": datetime.now(UTC).isoformat(), "refused": refused}
        replace_file(self.published / STATUS_FILE, json.dumps(status).encode())

    def _old_problem(self, memory: Memory, keys: list[Ed25519PrivateKey]) -> str:
        """Before the first note, the checkpoints of the first format are what was signed."""
        if memory.size:
            return ""
        trusted = Keys(bare=[key.public_key().public_bytes_raw() for key in keys])
        old = [opened(file, trusted, "the signer") for file in sorted(self.folder.glob("checkpoint-*.json"))]
        found = first_problem(compare_checkpoints(read_leaves(), old)) if old else None
        return found.words if found else ""

    def decide(self, reason: str) -> str:
        """Somebody has looked: try again. What still contradicts is refused again. Gives what was refused."""
        with self._alone():
            memory = self.memory()
            with (self.folder / DECISIONS_FILE).open("a") as log:
                log.write(json.dumps([datetime.now(UTC).isoformat(), memory.refused, reason]) + "\n")
            self._remember(replace(memory, refused=""))
            self._say()
        return memory.refused

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two signers at once could sign two chains."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise NoKey(f"Another signer is at work in {self.folder}.") from None
            yield


def _grow(then: int) -> Grown:
    grown, entries = Grown(), read_entries()
    while rows := list(islice(entries, BLOCK)):
        grown.last_sequence = rows[-1][0]
        leaves = [leaf for _, leaf in rows]
        grown.genesis = grown.genesis or leaves[0]
        if 0 < then - grown.edge.size <= len(leaves):
            part = grown.edge.copy()
            part.extend(leaves[: then - grown.edge.size])
            grown.root_then = part.root()
        if len(leaves) == BLOCK:
            root = root_of(leaves)
            grown.blocks += root
            grown.edge.add_subtree(root, BLOCK_HEIGHT)
        else:
            grown.edge.extend(leaves)
    return grown


def _contradiction(memory: Memory, grown: Grown) -> str:
    if grown.last_sequence != grown.edge.size:
        return f"Entries are missing: the last one has number {grown.last_sequence}, and there are {grown.edge.size}."
    if memory.origin and grown.genesis.hex() != genesis_of(memory.origin):
        return "The ledger begins with another entry than the one that was signed."
    if grown.edge.size < memory.size:
        return f"The ledger has {grown.edge.size} entries, and {memory.size} were signed: its tail was cut off."
    if memory.size and (grown.root_then or b"").hex() != memory.root:
        return f"The first {memory.size} entries are not those that were signed: the chain was rewritten."
    return ""


def _new_origin(genesis: bytes) -> str:
    if not ALLOWED_NAME.fullmatch(settings.LEDGER_NAME):
        raise NoKey("LEDGER_NAME may hold letters, digits and the signs . _ : / - only, at most 100.")
    return origin_of(settings.LEDGER_NAME, genesis)


def _new_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read_key(file: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise NoKey(f"The signing key {file} cannot be read: {error}.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKey(f"{file} does not hold an Ed25519 key.")
    return key
