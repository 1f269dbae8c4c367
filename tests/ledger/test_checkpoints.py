"""Every checkpoint that is known is compared; one kept elsewhere shows what the database itself can no longer show."""

import base64
import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from apps.ledger.checkpoints import KnownCheckpoint, compare_checkpoints
from apps.ledger.models import Entry
from apps.ledger.notes import Checkpoint, sign_note
from apps.ledger.signer import Refused
from apps.ledger.tree import root_of
from tests.factories import make_person, write_ledger
from tests.ledger.signing import REWRITE_LATER, cut_tail, head, rewrite

pytestmark = pytest.mark.django_db
LEAVES = [bytes([number]) * 32 for number in range(1, 12)]


@pytest.fixture
def held(sign, tmp_path):
    """A checkpoint that an auditor holds, with the verifier keys, as (file, file of keys)."""
    make_person("A. Marsh")
    signed = sign()
    (tmp_path / "auditor").mkdir()
    copy, keys = tmp_path / "auditor" / signed.name, tmp_path / "auditor/keys.txt"
    copy.write_bytes(signed.read_bytes())
    keys.write_bytes((signed.parent / "verifier-keys.txt").read_bytes())
    return copy, keys


@pytest.fixture
def checked(held, verify_ledger):
    """The answer of verify_ledger when the auditor gives it the checkpoint."""
    return lambda: verify_ledger("--checkpoint", str(held[0]), "--public-key", str(held[1]))


def old_checkpoint(key, folder):
    """As checkpoints were written at first."""
    head = Entry.objects.latest("sequence")
    statement = {"sequence": head.sequence, "head": bytes(head.hash).hex(), "taken_at": datetime.now(UTC).isoformat()}
    signature = base64.b64encode(key.sign(json.dumps(statement, sort_keys=True).encode())).decode()
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ledger.pub.pem").write_bytes(key.public_key().public_bytes(*form))
    file = folder / f"checkpoint-{head.sequence}.json"
    file.write_text(json.dumps({**statement, "signature": signature}))
    return file


class TestUntouched:
    def test_the_chain_still_holds_what_was_signed(self, checked):
        code, answer = checked()
        assert (code, answer["anchored"]) == (0, head())

    def test_what_was_added_since_does_not_matter(self, checked):
        make_person("B. Marsh")
        assert checked()[0] == 0

    def test_without_one_from_outside_the_ledger_is_consistent_with_itself_and_no_more(self, held, capsys):
        with pytest.raises(SystemExit) as end:
            call_command("verify_ledger")
        said = capsys.readouterr().out
        assert end.value.code == 2
        assert "1 checkpoints were compared" in said
        assert "consistent with itself" in said
        assert "unchanged" not in said

    def test_with_one_the_answer_says_who_holds_it(self, held):
        out = StringIO()
        call_command("verify_ledger", checkpoint=[held[0]], public_key=held[1], stdout=out)
        assert f"The first {head()} entries are those of {held[0].name}, held outside" in out.getvalue()


class TestTampering:
    def test_a_deleted_tail_is_found(self, checked, tamper):
        """With the rows that it spoke of, so that nothing else is amiss."""
        last = head()
        cut_tail()
        tamper("DELETE FROM vendors_historicalperson")
        tamper("DELETE FROM vendors_person")
        code, answer = checked()
        assert (code, answer["ok"], answer["problems"]) == (1, False, [])
        assert answer["checkpoint"].startswith(f"The checkpoint was taken at entry {last}, which is no longer")

    def test_a_rewritten_past_is_found(self, checked):
        """With every hash made new, so that the chain itself is sound."""
        rewrite(REWRITE_LATER)
        code, answer = checked()
        assert (code, answer["problems"]) == (1, [])
        assert "are not those that were signed: the chain up to there was rewritten" in answer["checkpoint"]

    def test_a_ledger_that_begins_anew_is_another_one(self, checked):
        rewrite()
        assert "another ledger" in checked()[1]["checkpoint"]

    def test_a_newer_checkpoint_of_a_rewritten_chain_does_not_hide_it(self, held, signer, verify_ledger, settings):
        """What went through before: only the newest was compared, and the next night signed whatever stood there."""
        rewrite(REWRITE_LATER)
        make_person("B. Marsh")
        write_ledger()
        with pytest.raises(Refused):
            signer.sign()
        signed = Checkpoint(
            signer.memory().origin, head(), root_of(bytes(e.hash) for e in Entry.objects.order_by("pk"))
        )
        note = sign_note(signed.text, signed.origin, signer.keys())  # by somebody who has the key
        (signer.published / f"checkpoint-{signed.size}.note").write_text(note)
        (signer.published / "signer.json").unlink()
        code, answer = verify_ledger()
        assert (code, answer["problems"]) == (1, [])
        assert "was rewritten" in answer["checkpoint"]

    def test_is_said_in_words(self, held):
        rewrite(REWRITE_LATER)
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("verify_ledger", checkpoint=[held[0]], public_key=held[1], stdout=out)
        assert f"{held[0].name} (given with the command): The first" in out.getvalue()
        assert "was rewritten" in out.getvalue()


class TestOfOldTimes:
    @pytest.fixture
    def old(self, settings, tmp_path):
        settings.LEDGER_SIGNING_KEY_FILE = tmp_path / "old/ledger.pem"
        make_person("A. Marsh")
        write_ledger()
        return old_checkpoint(Ed25519PrivateKey.generate(), tmp_path / "old")

    def test_stays_valid_beside_the_key(self, old, verify_ledger):
        assert verify_ledger()[0] == 2

    def test_stays_valid_for_whoever_holds_it(self, old, verify_ledger):
        given = "--checkpoint", str(old), "--public-key", str(old.parent / "ledger.pub.pem")
        assert verify_ledger(*given)[0] == 0

    def test_finds_a_rewritten_past(self, old, verify_ledger):
        rewrite(REWRITE_LATER)
        assert verify_ledger()[1]["checkpoint"].startswith(f"Entry {head()} has another hash than the checkpoint")

    def test_is_what_the_signer_is_held_to_at_its_first_signature(self, signer, sign):
        make_person("A. Marsh")
        write_ledger()
        old_checkpoint(signer.keys()[0], signer.folder)
        rewrite(REWRITE_LATER)
        with pytest.raises(Refused, match="was rewritten"):
            sign()

    @pytest.mark.parametrize("field", ["sequence", "head", "taken_at", "signature"])
    def test_a_changed_one_is_named(self, old, verify_ledger, field):
        content = json.loads(old.read_text())
        content[field] = 1 if field == "sequence" else "A" + content[field][1:] + "="
        old.write_text(json.dumps(content))
        code, answer = verify_ledger()
        assert code == 1
        assert "was changed" in answer["checkpoint"] or "cannot be read" in answer["checkpoint"]


class TestBadFiles:
    def test_a_changed_note_is_an_error(self, held, checked):
        held[0].write_text(held[0].read_text().replace(f"\n{head()}\n", "\n1\n"))
        with pytest.raises(CommandError, match="or it was changed"):
            checked()

    def test_a_changed_note_in_our_own_folder_is_a_finding(self, signer, held, verify_ledger):
        file = signer.published / held[0].name
        content = file.read_text().replace(f"\n{head()}\n", "\n1\n")
        file.unlink()
        file.write_text(content)
        code, answer = verify_ledger()
        assert code == 1
        assert "or it was changed" in answer["checkpoint"]

    def test_the_key_of_somebody_else_is_an_error(self, held, checked):
        held[1].write_text(held[1].read_text().splitlines()[0].replace("portal.example.org", "portal.example.net"))
        with pytest.raises(CommandError, match="no verifier key"):
            checked()

    def test_a_swapped_key_does_not_help_against_a_pinned_one(self, signer, held, verify_ledger, settings):
        settings.LEDGER_VERIFIER_KEYS = held[1].read_text().splitlines()
        forger = Ed25519PrivateKey.generate()
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        (signer.published / "forger.pub.pem").write_bytes(forger.public_key().public_bytes(*form))
        signed = Checkpoint(signer.memory().origin, 1, root_of([b"x" * 32]))
        (signer.published / "checkpoint-1.note").write_text(sign_note(signed.text, signed.origin, [forger]))
        assert "not signed with a key that is trusted" in verify_ledger()[1]["checkpoint"]

    @pytest.mark.parametrize("content", ["", "[]", "{}", "no JSON", '{"signature": 1}', '{"signature": "x"}', "null"])
    def test_a_file_that_is_no_checkpoint_is_an_error(self, held, checked, content):
        held[0].write_text(content)
        with pytest.raises(CommandError, match=r"cannot be read|cannot be used"):
            checked()

    def test_a_missing_file_is_an_error(self, held, checked):
        held[0].unlink()
        with pytest.raises(CommandError, match="cannot be read"):
            checked()

    def test_a_key_of_another_kind_is_an_error(self, held, checked):
        other = ec.generate_private_key(ec.SECP256R1())
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        held[1].write_bytes(other.public_key().public_bytes(*form))
        with pytest.raises(CommandError, match="does not hold an Ed25519 public key"):
            checked()

    def test_checkpoint_and_key_come_together(self, held):
        with pytest.raises(CommandError, match="together"):
            call_command("verify_ledger", checkpoint=[held[0]])


class TestOnePass:
    """The comparison by itself, over leaves that come one by one."""

    def compared(self, *known):
        return [found.problem for found in compare_checkpoints(iter(LEAVES), list(known))]

    def test_every_size_is_compared_in_whatever_order(self):
        known = [KnownCheckpoint(str(size), "x", size, root=root_of(LEAVES[:size])) for size in (7, 1, 11, 3, 3)]
        assert self.compared(*known) == [None] * 5

    def test_each_is_judged_by_itself(self):
        wrong, long = KnownCheckpoint("a", "x", 3, root=b"x"), KnownCheckpoint("b", "x", 12, root=b"x")
        right, spoiled = (
            KnownCheckpoint("c", "x", 4, root=root_of(LEAVES[:4])),
            KnownCheckpoint("d", "x", problem="Unreadable."),
        )
        found = self.compared(wrong, long, right, spoiled)
        assert "rewritten" in found[0]
        assert "cut off" in found[1]
        assert found[2:] == [None, "Unreadable."]

    def test_an_old_one_names_the_last_entry(self):
        found = self.compared(
            KnownCheckpoint("a", "x", 4, head=LEAVES[3]),
            KnownCheckpoint("b", "x", 4, head=LEAVES[2]),
            KnownCheckpoint("c", "x", 0),
        )
        assert found[0] is found[2] is None
        assert found[1].startswith("Entry 4 has another hash")

    def test_the_first_entry_says_which_ledger_it_is(self):
        [fits, other] = self.compared(
            KnownCheckpoint("a", "x", 2, root=root_of(LEAVES[:2]), genesis=LEAVES[0].hex()),
            KnownCheckpoint("b", "x", 2, genesis="00"),
        )
        assert fits is None
        assert "another ledger" in other
