"""The signer remembers what it signed and signs nothing that contradicts it, whoever owns the database."""

import json
import re
import stat
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import transaction

from apps.ledger.known import known_checkpoints
from apps.ledger.leaves import BLOCK, read_leaves
from apps.ledger.notes import BadNote, Checkpoint, VerifierKey, open_note
from apps.ledger.signer import NoKey, Refused, Signer
from apps.ledger.tree import root_of
from tests.factories import make_person
from tests.ledger.signing import REWRITE_LATER, cut_tail, head, rewrite

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(sign):
    """A chain that was signed once."""
    make_person("A. Marsh")
    return sign()


def command(*args):
    out, err = StringIO(), StringIO()
    try:
        call_command("sign_checkpoints", "--once", *args, stdout=out, stderr=err)
    except SystemExit as end:
        return end.code, err.getvalue()
    return 0, out.getvalue()


class TestSigning:
    def test_the_note_names_size_and_root_of_the_chain(self, signed, signer):
        [key] = signer.verifier_keys()
        found = Checkpoint.parse(open_note(signed.read_text(), [key]))
        leaves = list(read_leaves())
        assert (found.size, found.root) == (head(), root_of(leaves))
        assert found.origin == key.name == f"portal.example.org/ledger/{leaves[0].hex()}"

    def test_a_chain_that_has_not_grown_is_signed_once(self, signed, sign):
        assert sign() is None
        make_person("B. Marsh")
        assert sign() != signed

    def test_a_signature_that_was_cut_off_is_made_at_the_next_time(self, signed, sign):
        signed.unlink()
        assert sign() == signed

    def test_the_roots_of_whole_blocks_are_left_for_proofs(self, signed):
        blocks = (signed.parent / "blocks.bin").read_bytes()
        leaves = list(read_leaves())
        assert blocks[:32] == (root_of(leaves[:BLOCK]) if len(leaves) >= BLOCK else b"")
        assert len(blocks) == len(leaves) // BLOCK * 32

    def test_the_command_signs_and_says_what(self, signer):
        make_person("A. Marsh")
        code, said = command()
        assert (code, "Signed " in said) == (0, True)

    def test_what_is_published_holds_no_secret_and_the_rest_is_for_its_owner(self, signed, signer):
        for file in signed.parent.iterdir():
            assert b"PRIVATE" not in file.read_bytes()
        for file in (signer.key_file, signer.folder / "last-signed.json"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_a_name_that_notes_cannot_hold_is_refused(self, sign, settings):
        settings.LEDGER_NAME = "two words"
        make_person("A. Marsh")
        with pytest.raises(NoKey, match="LEDGER_NAME"):
            sign()


class TestRefusal:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (rewrite, "begins with another entry"),
            (lambda: rewrite(REWRITE_LATER), "the chain was rewritten"),
            (cut_tail, "its tail was cut off"),
        ],
    )
    def test_what_contradicts_is_never_signed(self, signed, signer, change, words):
        change()
        with pytest.raises(Refused, match=words):
            signer.sign()
        assert list(signed.parent.glob("checkpoint-*.note")) == [signed]

    def test_a_longer_chain_after_a_rewritten_past_is_refused_too(self, signed, sign):
        """What went through before: the next night signed it, and from then on it fitted."""
        rewrite(REWRITE_LATER)
        make_person("B. Marsh")
        with pytest.raises(Refused, match="the chain was rewritten"):
            sign()

    def test_a_missing_entry_is_refused(self, signed, sign, tamper):
        for name in ("B. Marsh", "C. Marsh"):
            make_person(name)
        tamper("DELETE FROM ledger_entry WHERE sequence = %s", head() - 1)
        with pytest.raises(Refused, match="Entries are missing"):
            sign()

    def test_it_lasts_until_somebody_decides_although_nothing_contradicts_any_more(self, signed, sign):
        with transaction.atomic():
            cut_tail()
            with pytest.raises(Refused, match="cut off"):
                sign()
            transaction.set_rollback(True)
        with pytest.raises(Refused, match="cut off"):
            sign()
        call_command("sign_checkpoints", "--decide", "Restored from the backup of the same night", stdout=StringIO())
        assert sign() is None

    def test_a_decision_does_not_make_a_contradiction_good(self, signed, signer):
        rewrite(REWRITE_LATER)
        assert command()[0] == 1
        call_command("sign_checkpoints", "--decide", "Looks fine", stdout=StringIO())
        assert command()[0] == 1
        decisions = (signer.folder / "decisions.log").read_text()
        assert "Looks fine" in decisions
        assert "the chain was rewritten" in decisions

    def test_is_said_loudly_here_and_to_everybody(self, signed):
        rewrite(REWRITE_LATER)
        code, said = command()
        assert code == 1
        assert "REFUSED TO SIGN. The first" in said
        assert "the chain was rewritten" in json.loads((signed.parent / "signer.json").read_text())["refused"]
        assert any("the chain was rewritten" in (known.problem or "") for known in known_checkpoints())

    def test_a_lost_memory_is_no_licence(self, signed, signer, sign):
        (signer.folder / "last-signed.json").unlink()
        rewrite()
        with pytest.raises(Refused, match=r"last-signed\.json.* is gone"):
            sign()

    def test_two_signers_never_work_at_once(self, signer):
        with signer._alone(), pytest.raises(NoKey, match="Another signer is at work"):
            Signer().sign()


class TestKey:
    def test_none_is_made_silently(self, settings, tmp_path):
        settings.LEDGER_SIGNING_KEY_FILE = tmp_path / "none/ledger.pem"
        settings.LEDGER_CHECKPOINT_FOLDER = tmp_path / "checkpoints"
        with pytest.raises(CommandError, match="ledger_key --new"):
            command()
        assert not (tmp_path / "none/ledger.pem").exists()

    def test_none_is_replaced(self, signer):
        before = signer.key_file.read_bytes()
        with pytest.raises(CommandError, match="is there already"):
            call_command("ledger_key", "--new")
        call_command("ledger_key", "--new", "--unless-there", stdout=StringIO())
        assert signer.key_file.read_bytes() == before

    @pytest.mark.parametrize("content", [b"", b"no key", None])
    def test_what_is_no_key_is_an_error(self, signer, content):
        other = ec.generate_private_key(ec.SECP256R1())
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        signer.key_file.write_bytes(other.private_bytes(*form) if content is None else content)
        with pytest.raises(NoKey, match=r"cannot be read|does not hold an Ed25519 key"):
            signer.sign()

    def test_nobody_but_the_signer_reads_it(self):
        """The web processes and workers know public keys only."""
        apps = Path(django_settings.BASE_DIR) / "apps"
        reading = re.compile(r"load_pem_private_key|ledger\.signer import|Ed25519PrivateKey")
        found = {str(file.relative_to(apps)) for file in apps.rglob("*.py") if reading.search(file.read_text())}
        commands = {f"ledger/management/commands/{name}.py" for name in ("sign_checkpoints", "ledger_key")}
        assert found == {"ledger/signer.py", *commands, "portal/bench/tree.py"}


class TestRotation:
    def test_both_keys_sign_and_the_old_one_announces_the_new(self, signed, sign, signer):
        [old] = signer.verifier_keys()
        call_command("ledger_key", "--rotate", stdout=StringIO())
        new = signer.verifier_keys()[0]
        make_person("B. Marsh")
        note = sign().read_text()
        assert open_note(note, [old]) == open_note(note, [new])
        announced = (signed.parent / f"key-{new.id.hex()}.note").read_text()
        assert VerifierKey.parse(open_note(announced, [old]).splitlines()[1]) == new

    def test_whoever_pinned_the_old_key_follows_when_it_is_retired(self, signed, sign, signer, settings):
        [old] = signer.verifier_keys()
        signer.rotate()
        call_command("ledger_key", "--retire", stdout=StringIO())
        make_person("B. Marsh")
        newer = sign()
        with pytest.raises(BadNote):
            open_note(newer.read_text(), [old])
        settings.LEDGER_VERIFIER_KEYS = [str(old)]
        assert [known.problem for known in known_checkpoints()] == [None, None]

    def test_the_chain_is_held_to_what_the_old_key_signed(self, signed, sign, signer):
        signer.rotate()
        rewrite(REWRITE_LATER)
        with pytest.raises(Refused):
            sign()

    def test_before_the_first_signature_there_is_nothing_to_rotate(self, signer):
        with pytest.raises(CommandError, match="Nothing was signed yet"):
            call_command("ledger_key", "--rotate")
