"""Proofs that need neither the database nor trust in the portal: that an entry is in the ledger, that it only grew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Any

from django.db import connection

from apps.core.exceptions import Conflict
from apps.ledger.known import BLOCKS_FILE, checkpoint_folder, newest_note, note_of
from apps.ledger.leaves import BLOCK, BLOCK_HEIGHT, leaves_between
from apps.ledger.notes import BadNote, Checkpoint, VerifierKey, open_note
from apps.ledger.tree import (
    consistency_path,
    inclusion_path,
    is_consistent,
    is_included,
    node_hash,
    root_of,
)

# What an entry's hash is made of, after the hash of the entry before it; see migrations/_chain.py.
STATEMENT = """
    SELECT concat_ws('|', sequence, kind, table_name, row_id, actor, extract(epoch FROM at), fields),
           encode(previous_hash, 'hex'), encode(hash, 'hex')
      FROM ONLY public.ledger_entry WHERE sequence = %s
"""
NOT_YET = "The signer has not yet written down what proofs are made of. Ask again in some minutes."
PARTS = ("sequence", "kind", "table", "row", "actor", "time", "fields")


class BadProof(Exception):
    """The proof does not show what it says; the message says why."""


class Subtrees:
    """Roots of any part of the ledger, from the roots of whole blocks and the leaves of at most two others."""

    def __init__(self, blocks: bytes, leaves: Callable[[int, int], list[bytes]] = leaves_between) -> None:
        self.blocks, self.leaves = blocks, leaves
        self.read: dict[int, list[bytes]] = {}

    def __call__(self, low: int, high: int) -> bytes:
        if high - low > BLOCK:
            middle = low + (1 << (high - low - 1).bit_length() - 1)
            return node_hash(self(low, middle), self(middle, high))
        number, start = low >> BLOCK_HEIGHT, low & (BLOCK - 1)
        if high - low == BLOCK:
            return self._block(number)
        if number not in self.read:
            self.read[number] = self.leaves(number * BLOCK, (number + 1) * BLOCK)
        return root_of(self.read[number][start : start + high - low])

    def _block(self, number: int) -> bytes:
        root = self.blocks[32 * number : 32 * number + 32]
        if len(root) < 32:  # all leaves would have to be read; the signer does that soon
            raise Conflict(NOT_YET)
        return root


def prove_entry(sequence: int) -> dict[str, Any]:
    """That this entry is one of those which the newest checkpoint covers. Raises Conflict when it is not yet."""
    signed, note = _newest()
    if sequence > signed.size:
        raise Conflict(
            f"Entry {sequence} is newer than the newest signed checkpoint, which covers {signed.size}. "
            "The signer signs every few minutes; ask again then."
        )
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [sequence])
        statement, previous, hash_ = cursor.fetchone()
    path = inclusion_path(sequence - 1, signed.size, _subtrees())
    proof = {
        "type": "inclusion",
        "entry": {"statement": statement, "previous_hash": previous},
        "index": sequence - 1,
        "size": signed.size,
        "path": _hex(path),
        "checkpoint": note,
    }
    if not is_included(bytes.fromhex(hash_), sequence - 1, signed.size, path, signed.root):
        raise Conflict(_contradicts(signed))
    return proof


def prove_consistency(old_size: int, new_size: int | None = None) -> dict[str, Any]:
    """That the ledger of the newer checkpoint goes on from that of the older one."""
    new, new_note = _newest() if new_size is None else _named(new_size)
    old, old_note = _named(old_size)
    if old.size > new.size:
        raise Conflict(f"The older checkpoint covers {old.size} entries, and the newer one only {new.size}.")
    path = consistency_path(old.size, new.size, _subtrees())
    if not is_consistent(old.size, new.size, old.root, new.root, path):
        raise Conflict(_contradicts(new))
    return {"type": "consistency", "old": old_note, "new": new_note, "path": _hex(path)}


def _newest() -> tuple[Checkpoint, str]:
    found = newest_note()
    if found is None:
        raise Conflict("No checkpoint was signed yet, so there is nothing to prove it with.")
    return found


def _named(size: int) -> tuple[Checkpoint, str]:
    found = note_of(size)
    if found is None:
        raise Conflict(f"There is no signed checkpoint of {size} entries.")
    return found


def _subtrees() -> Subtrees:
    try:
        return Subtrees((checkpoint_folder() / BLOCKS_FILE).read_bytes())
    except OSError:
        raise Conflict(NOT_YET) from None


def _contradicts(signed: Checkpoint) -> str:
    return f"The ledger no longer fits the signed checkpoint of {signed.size} entries. Tell an auditor: verify it."


def _hex(hashes: Iterable[bytes]) -> list[str]:
    return [hash_.hex() for hash_ in hashes]


def check_proof(proof: Any, keys: list[VerifierKey]) -> str:
    """What a proof shows that somebody handed over, in words. Needs the keys and nothing else. Raises BadProof."""
    checks = {"inclusion": _check_inclusion, "consistency": _check_consistency}
    try:
        return checks[proof["type"]](proof, keys)
    except BadNote as error:
        raise BadProof(f"A checkpoint in it cannot be believed. {error}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadProof("It is no proof of this kind of ledger, or a part of it is missing.") from error


def _signed(note: str, keys: list[VerifierKey]) -> Checkpoint:
    signed = Checkpoint.parse(open_note(note, keys))
    if not any(key.name == signed.origin for key in keys):
        raise BadProof("The checkpoint is one of another ledger than the keys.")
    return signed


def _check_inclusion(proof: dict[str, Any], keys: list[VerifierKey]) -> str:
    signed, entry = _signed(proof["checkpoint"], keys), proof["entry"]
    said = dict(zip(PARTS, entry["statement"].split("|", len(PARTS) - 1), strict=True))
    leaf = sha256(bytes.fromhex(entry["previous_hash"]) + entry["statement"].encode()).digest()
    index, path = int(proof["index"]), [bytes.fromhex(hash_) for hash_ in proof["path"]]
    if int(said["sequence"]) != index + 1 or int(proof["size"]) != signed.size:
        raise BadProof("Number, place and size do not belong together.")
    if not is_included(leaf, index, signed.size, path, signed.root):
        raise BadProof(f"Entry {said['sequence']} as it stands here is not in the ledger that was signed.")
    what = f"{said['kind']} {said['row']} of {said['table']}" if said["table"] else f"{said['kind']}, about the ledger"
    return (
        f"Entry {said['sequence']} ({what}, by {said['actor']}) is in the "
        f"ledger {signed.origin} of {signed.size} entries, as it was signed."
    )


def _check_consistency(proof: dict[str, Any], keys: list[VerifierKey]) -> str:
    old, new = _signed(proof["old"], keys), _signed(proof["new"], keys)
    path = [bytes.fromhex(hash_) for hash_ in proof["path"]]
    if old.origin != new.origin or not is_consistent(old.size, new.size, old.root, new.root, path):
        raise BadProof(f"The ledger of {new.size} entries does not go on from that of {old.size}.")
    return f"The ledger {new.origin} of {new.size} entries goes on from that of {old.size}: nothing was rewritten."
