"""Signed checkpoints: the chain's length and head, signed with Ed25519, kept outside the database."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from apps.ledger.models import Entry


class BadCheckpoint(Exception):
    """The checkpoint file or key cannot be used; the message says why."""


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """The signing key in PEM at `path`. A new one is made, readable by its owner only, when the file does not exist."""
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise BadCheckpoint(f"{path} does not hold an Ed25519 key.")
        return key
    key = Ed25519PrivateKey.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    return key


def public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def make_checkpoint(key: Ed25519PrivateKey) -> dict[str, Any]:
    head = Entry.objects.order_by("-sequence").first()
    statement = {
        "sequence": head.sequence if head else 0,
        "head": bytes(head.hash).hex() if head else "",
        "taken_at": datetime.now(UTC).isoformat(),
    }
    return {**statement, "signature": base64.b64encode(key.sign(_message(statement))).decode()}


def write_checkpoint(key_file: Path, file: Path | None = None) -> tuple[dict[str, Any], Path]:
    """Sign the chain as it is now and write that down, by default beside the key, together with the public key."""
    key = load_or_create_key(key_file)
    public_file(key_file).write_bytes(public_pem(key))
    checkpoint = make_checkpoint(key)
    file = file or key_file.parent / f"checkpoint-{checkpoint['sequence']}.json"
    file.write_text(json.dumps(checkpoint) + "\n")
    return checkpoint, file


def public_file(key_file: Path) -> Path:
    return key_file.with_suffix(".pub.pem")


def newest_checkpoint(key_file: Path) -> Path | None:
    """The longest chain that was signed into a file beside the signing key."""
    files = [file for file in key_file.parent.glob("checkpoint-*.json") if _length(file) is not None]
    return max(files, key=lambda file: _length(file) or 0, default=None)


def _length(file: Path) -> int | None:
    said = file.stem.removeprefix("checkpoint-")
    return int(said) if said.isdecimal() else None


def check_checkpoint(checkpoint: Path, public_key: Path) -> str | None:
    """None when the chain still contains the signed head; else a sentence that says what is wrong.

    Raises BadCheckpoint when the files cannot be read or the signature is not of this key.
    """
    signed = _read_signed(checkpoint, public_key)
    sequence, head = signed["sequence"], signed["head"]
    entry = Entry.objects.filter(sequence=sequence).first()
    if sequence and entry is None:
        return f"The checkpoint was taken at entry {sequence}, which is no longer on the chain: its tail was cut off."
    if entry and bytes(entry.hash).hex() != head:
        return f"Entry {sequence} has another hash than the checkpoint: the chain up to there was rewritten."
    return None


def _read_signed(checkpoint: Path, public_key: Path) -> dict[str, Any]:
    try:
        signed: dict[str, Any] = json.loads(checkpoint.read_text())
        key = serialization.load_pem_public_key(public_key.read_bytes())
        signature = base64.b64decode(signed.pop("signature"))
        signed = {name: signed[name] for name in ("sequence", "head", "taken_at")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCheckpoint(f"The checkpoint or the public key cannot be read: {error}.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadCheckpoint(f"{public_key} does not hold an Ed25519 public key.")
    try:
        key.verify(signature, _message(signed))
    except InvalidSignature as error:
        raise BadCheckpoint(f"{checkpoint} was not signed with the key in {public_key}, or it was changed.") from error
    return signed


def _message(statement: dict[str, Any]) -> bytes:
    return json.dumps(statement, sort_keys=True).encode()
