"""Signing a ledger of a million entries, and the proofs of it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, transaction
from django.test.utils import override_settings

from apps.ledger.known import trusted_keys
from apps.ledger.leaves import read_entries
from apps.ledger.proofs import check_proof, prove_consistency, prove_entry
from apps.ledger.signer import Signer
from apps.portal.bench.figures import Figure, alternate, milliseconds

SIGN_GOAL, PROOF_GOAL = 1.5, 0.02
SIGN_REPEATS = 3
# Entries that hash what they say, and follow none: the tree does not ask.
GROW = """
    INSERT INTO ledger_entry (sequence, kind, table_name, row_id, actor, at, fields, previous_hash, hash)
    SELECT number, 'row', 'bench', number, 'system', now(), '{}', '',
           sha256(convert_to(concat_ws('|', number, 'row', 'bench', number, 'system', extract(epoch FROM now()), '{}'),
                             'UTF8'))
      FROM generate_series(%s::bigint, %s::bigint) number
"""


class Tree:
    """A ledger that was signed, has grown since to so many entries, and is forgotten afterwards."""

    def __init__(self, entries: int, repeats: int) -> None:
        self.entries, self.repeats = entries, repeats
        self.first_size = self.pass_ms = 0.0

    @contextmanager
    def grown(self) -> Iterator[Tree]:
        with TemporaryDirectory() as folder, transaction.atomic(), connection.cursor() as cursor:
            place = Path(folder)
            with override_settings(LEDGER_SIGNING_KEY_FILE=place / "key.pem", LEDGER_CHECKPOINT_FOLDER=place / "notes"):
                self.signer = Signer()
                self.signer.make_key()
                self.signer.sign()
                self.first_size = self.signer.memory().size
                cursor.execute(GROW, [self.first_size + 1, self.entries])
                self.signer.sign()
                yield self
            transaction.set_rollback(True)

    def signing(self) -> Figure:
        """The whole pass of the signer beside reading the same entries and hashing each as often as a tree has to."""
        value, baseline = alternate(self.signer.sign, hash_barely, SIGN_REPEATS)
        self.pass_ms = baseline
        tracemalloc.start()
        self.signer.sign()
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        size = self.signer.memory().size
        extra = {"entries": size, "us_per_entry": round(value * 1000 / size, 2), "memory_mb": round(peak, 1)}
        return Figure(f"Tree of {size:,} entries, read and signed", value, baseline, SIGN_GOAL, extra=extra)

    def inclusion(self) -> Figure:
        places = [1 + number * (self.entries - 1) // self.repeats for number in range(self.repeats + 1)]
        return self._proof("Proof of an entry", [partial(prove_entry, place) for place in places])

    def consistency(self) -> Figure:
        return self._proof("Proof of growth", [lambda: prove_consistency(int(self.first_size))] * self.repeats)

    def _proof(self, name: str, makes: list[Callable[[], dict[str, Any]]]) -> Figure:
        """Beside reading and hashing all entries, which is what a proof would cost without the roots of blocks."""
        times = sorted(milliseconds(make) for make in makes)
        keys = trusted_keys().named
        proof = makes[-1]()
        check_ms = milliseconds(lambda: check_proof(proof, keys))
        extra = {"slowest_ms": round(times[-1], 2), "hashes": len(proof["path"]), "verify_ms": round(check_ms, 2)}
        return Figure(name, times[len(times) // 2], self.pass_ms, PROOF_GOAL, extra=extra)


def hash_barely() -> None:
    for _, leaf in read_entries():
        node = sha256(b"\x00" + leaf).digest()
        sha256(b"\x01" + node + node).digest()
