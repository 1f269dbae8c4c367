"""Proofs of an entry and of growth, and that they are verified with nothing but a key."""

import json
import os
import subprocess
import sys
from io import StringIO
from itertools import product

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from apps.core.exceptions import Conflict
from apps.ledger.leaves import BLOCK
from apps.ledger.notes import VerifierKey
from apps.ledger.proofs import BadProof, Subtrees, check_proof, prove_consistency, prove_entry
from apps.ledger.tree import consistency_path, inclusion_path, is_consistent, is_included, node_hash, root_of
from tests.factories import make_person
from tests.ledger.signing import REWRITE_LATER, head, rewrite


class TestSubtrees:
    """Proofs of a long ledger, of which only the roots of blocks and two blocks of leaves are read."""

    SIZE = 5 * BLOCK + 300

    @pytest.fixture
    def leaves(self):
        return [number.to_bytes(32, "big") for number in range(self.SIZE)]

    @pytest.fixture
    def read(self):
        return []

    @pytest.fixture
    def subtree(self, leaves, read):
        blocks = b"".join(root_of(leaves[start : start + BLOCK]) for start in range(0, 5 * BLOCK, BLOCK))
        return Subtrees(blocks, lambda low, high: (read.append(low), leaves[low:high])[1])

    @pytest.mark.parametrize("index", [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 7, SIZE - 1])
    def test_inclusion(self, leaves, subtree, read, index):
        path = inclusion_path(index, self.SIZE, subtree)
        assert is_included(leaves[index], index, self.SIZE, path, root_of(leaves))
        assert len(read) <= 2

    @pytest.mark.parametrize(("old", "new"), list(product([1, BLOCK, 2 * BLOCK + 1, 4 * BLOCK], [4 * BLOCK + 5, SIZE])))
    def test_consistency(self, leaves, subtree, read, old, new):
        path = consistency_path(old, new, subtree)
        assert is_consistent(old, new, root_of(leaves[:old]), root_of(leaves[:new]), path)
        assert len(read) <= 3

    def test_the_root_of_a_block_is_made_of_nothing_else(self, leaves):
        assert root_of(leaves[: 2 * BLOCK]) == node_hash(root_of(leaves[:BLOCK]), root_of(leaves[BLOCK : 2 * BLOCK]))

    def test_before_the_signer_has_written_blocks_there_is_no_proof(self, leaves):
        with pytest.raises(Conflict, match="has not yet written down"):
            inclusion_path(0, self.SIZE, Subtrees(b"", lambda low, high: leaves[low:high]))


@pytest.mark.django_db
class TestEntry:
    @pytest.fixture
    def keys(self, sign, signer):
        make_person("A. Marsh")
        sign()
        return signer.verifier_keys()

    @pytest.mark.parametrize("number", ["first", "last", "middle"])
    def test_every_entry_is_proven(self, keys, number):
        sequence = {"first": 1, "last": head(), "middle": head() // 2}[number]
        proof = json.loads(json.dumps(prove_entry(sequence)))
        assert check_proof(proof, keys).startswith(f"Entry {sequence} (")

    def test_what_is_not_signed_yet_is_said(self, keys):
        size = head()
        make_person("B. Marsh")
        with pytest.raises(Conflict, match=f"which covers {size}"):
            prove_entry(size + 1)

    def test_nothing_is_proven_without_a_checkpoint(self, db, signer):
        with pytest.raises(Conflict, match="No checkpoint was signed yet"):
            prove_entry(1)

    def test_a_rewritten_ledger_proves_nothing(self, keys):
        rewrite(REWRITE_LATER)
        with pytest.raises(Conflict, match="no longer fits the signed checkpoint"):
            prove_entry(3)

    def test_any_change_of_the_proof_is_noticed(self, keys):
        proof = prove_entry(3)
        changes = [
            {"index": 3},
            {"size": 1},
            {"path": proof["path"][1:]},
            {"path": [*proof["path"][1:], proof["path"][0]]},
            {"entry": {**proof["entry"], "previous_hash": "00" * 32}},
            {"entry": {**proof["entry"], "statement": proof["entry"]["statement"].replace("system", "user 1")}},
            {"checkpoint": proof["checkpoint"].replace(f"\n{head()}\n", "\n9\n")},
            {"type": "consistency"},
            {"type": "other"},
            {"path": None},
        ]
        assert "system" in proof["entry"]["statement"]
        for change in changes:
            with pytest.raises(BadProof):
                check_proof({**proof, **change}, keys)
        for junk in (None, [], {}, "x", 1, {"type": []}):
            with pytest.raises(BadProof):
                check_proof(junk, keys)

    def test_only_the_keys_of_this_ledger_are_believed(self, keys):
        stranger = VerifierKey.of(keys[0].name, Ed25519PrivateKey.generate())
        renamed = VerifierKey("portal.example.net", keys[0].public)
        for key in (stranger, renamed):
            with pytest.raises(BadProof, match="not signed with a key that is trusted"):
                check_proof(prove_entry(1), [key])


@pytest.mark.django_db
class TestGrowth:
    @pytest.fixture
    def sizes(self, sign):
        sizes = []
        for name in ("A. Marsh", "B. Marsh"):
            make_person(name)
            sign()
            sizes.append(head())
        return sizes

    def test_a_longer_ledger_goes_on_from_a_shorter_one(self, sizes, signer):
        proof = prove_consistency(*sizes)
        assert proof == prove_consistency(sizes[0])
        said = check_proof(proof, signer.verifier_keys())
        assert f"of {sizes[1]} entries goes on from that of {sizes[0]}" in said

    def test_swapped_or_missing_checkpoints_are_refused(self, sizes, signer):
        proof = prove_consistency(*sizes)
        with pytest.raises(BadProof, match="does not go on"):
            check_proof({**proof, "old": proof["new"], "new": proof["old"]}, signer.verifier_keys())
        with pytest.raises(Conflict, match="covers"):
            prove_consistency(*reversed(sizes))
        with pytest.raises(Conflict, match="no signed checkpoint of 1 entries"):
            prove_consistency(1)


class TestCommands:
    @pytest.fixture
    def file(self, sign, tmp_path):
        make_person("A. Marsh")
        sign()
        out = StringIO()
        call_command("ledger_proof", "--entry", "1", stdout=out)
        (tmp_path / "proof.json").write_text(out.getvalue())
        return tmp_path / "proof.json"

    def test_a_proof_is_verified_where_there_is_no_database(self, file, signer):
        """By another process, whose database does not answer, with a key that somebody pinned."""
        command = [sys.executable, "manage.py", "verify_proof", str(file), "--key", str(signer.verifier_keys()[0])]
        nowhere = {**os.environ, "DATABASE_URL": "postgres://x:x@127.0.0.1:1/x"}
        done = subprocess.run(command, capture_output=True, text=True, env=nowhere, cwd=django_settings.BASE_DIR)
        assert (
            done.returncode,
            done.stdout.startswith("Entry 1 (schema, about the ledger, by system) is in the ledger"),
        ) == (0, True)

    def test_keys_may_stand_in_a_file(self, file, signer):
        out = StringIO()
        call_command("verify_proof", str(file), key=[str(signer.published / "verifier-keys.txt")], stdout=out)
        assert "is in the ledger" in out.getvalue()

    def test_what_proves_nothing_ends_with_1(self, file, signer):
        key = [str(signer.verifier_keys()[0])]
        file.write_text(file.read_text().replace('"index": 0', '"index": 1'))
        with pytest.raises(CommandError, match="Not proven"):
            call_command("verify_proof", str(file), key=key)
        file.write_text("no proof")
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("verify_proof", str(file), key=key)

    def test_growth_is_printed_too(self, file, sign, signer, tmp_path):
        old = head()
        make_person("B. Marsh")
        sign()
        out = StringIO()
        call_command("ledger_proof", "--consistency", str(old), str(head()), stdout=out)
        assert "goes on from" in check_proof(json.loads(out.getvalue()), signer.verifier_keys())
        with pytest.raises(CommandError, match="There is no entry"):
            call_command("ledger_proof", "--entry", str(head() + 1))
