"""A signed checkpoint, kept elsewhere, shows what the database itself can no longer show."""

import json
import stat
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import CommandError, call_command
from django.db import connection

from apps.ledger.checkpoints import BadCheckpoint, check_checkpoint, load_or_create_key, public_pem
from apps.ledger.models import Entry
from tests.factories import make_person, write_ledger

REWRITE = """
    WITH RECURSIVE chain AS (
        SELECT e.sequence, e.actor, ''::bytea AS previous, ledger_entry_hash(e.sequence, e.kind, e.table_name, e.row_id,
               'user 1', e.at, e.fields, ''::bytea) AS hash FROM ledger_entry e WHERE e.sequence = 1
        UNION ALL
        SELECT e.sequence, e.actor, c.hash, ledger_entry_hash(e.sequence, e.kind, e.table_name, e.row_id,
               e.actor, e.at, e.fields, c.hash) FROM ledger_entry e JOIN chain c ON e.sequence = c.sequence + 1
    )
    UPDATE ledger_entry e SET previous_hash = c.previous, hash = c.hash,
           actor = CASE e.sequence WHEN 1 THEN 'user 1' ELSE e.actor END
      FROM chain c WHERE c.sequence = e.sequence
"""


@pytest.fixture
def key_file(settings, tmp_path):
    settings.LEDGER_SIGNING_KEY_FILE = tmp_path / "keys/ledger.pem"
    return settings.LEDGER_SIGNING_KEY_FILE


@pytest.fixture
def checkpoint(db, key_file):
    """A checkpoint over what is on the chain now, and the public key, as (file, key file)."""
    make_person("A. Marsh")
    write_ledger()
    out = StringIO()
    call_command("checkpoint", stdout=out)
    return Path(out.getvalue().splitlines()[-1]), key_file.with_suffix(".pub.pem")


@pytest.fixture
def checked(checkpoint, verify_ledger):
    """The answer of verify_ledger when it is given the checkpoint."""
    return lambda: verify_ledger("--checkpoint", str(checkpoint[0]), "--public-key", str(checkpoint[1]))


class TestUntouched:
    def test_the_chain_still_holds_what_was_signed(self, checked):
        assert checked()[0] == 0

    def test_what_was_added_since_does_not_matter(self, checked):
        make_person("B. Marsh")
        assert checked()[0] == 0

    def test_an_empty_chain_can_be_signed(self, db, key_file, tmp_path, tamper):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica; TRUNCATE ledger_entry, ledger_salt")
        call_command("checkpoint", str(tmp_path / "empty.json"), stdout=StringIO())
        assert check_checkpoint(tmp_path / "empty.json", key_file.with_suffix(".pub.pem")) is None

    def test_the_file_holds_no_secret_and_the_key_is_its_owners(self, checkpoint, key_file):
        assert "PRIVATE" not in checkpoint[0].read_text() + checkpoint[1].read_text()
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600

    def test_the_key_stays_the_same(self, key_file):
        assert public_pem(load_or_create_key(key_file)) == public_pem(load_or_create_key(key_file))


class TestTampering:
    def test_a_deleted_tail_is_found(self, checked, tamper):
        """With the rows that it spoke of, so that nothing else is amiss."""
        head = Entry.objects.latest("sequence")
        tamper("DELETE FROM ledger_entry WHERE sequence = %s", head.sequence)
        tamper("DELETE FROM vendors_historicalperson")
        tamper("DELETE FROM vendors_person")
        code, answer = checked()
        assert (code, answer["ok"], answer["problems"]) == (1, False, [])
        assert answer["checkpoint"].startswith(f"The checkpoint was taken at entry {head.sequence}, which is no longer")

    def test_a_rewritten_past_is_found(self, checked, tamper):
        """With every hash made new, so that the chain itself is sound."""
        head = Entry.objects.latest("sequence").sequence
        tamper(REWRITE, rows=head)
        code, answer = checked()
        assert (code, answer["problems"]) == (1, [])
        assert answer["checkpoint"].startswith(f"Entry {head} has another hash than the checkpoint")

    def test_is_said_in_words(self, checkpoint, tamper):
        head = Entry.objects.latest("sequence").sequence
        tamper(REWRITE, rows=head)
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("verify_ledger", checkpoint=checkpoint[0], public_key=checkpoint[1], stdout=out)
        assert "was rewritten" in out.getvalue()


class TestBadFiles:
    @pytest.mark.parametrize("field", ["sequence", "head", "taken_at", "signature"])
    def test_a_changed_checkpoint_is_an_error(self, checkpoint, checked, field):
        content = json.loads(checkpoint[0].read_text())
        content[field] = 1 if field == "sequence" else "A" + content[field][1:] + "="
        checkpoint[0].write_text(json.dumps(content))
        with pytest.raises(CommandError, match=r"was not signed with the key|cannot be read"):
            checked()

    def test_the_key_of_somebody_else_is_an_error(self, checkpoint, checked, tmp_path):
        checkpoint[1].write_bytes(public_pem(load_or_create_key(tmp_path / "other.pem")))
        with pytest.raises(CommandError, match="was not signed with the key"):
            checked()

    @pytest.mark.parametrize("content", ["", "[]", "{}", "no JSON", '{"signature": 1}', '{"signature": "x"}', "null"])
    def test_a_file_that_is_no_checkpoint_is_an_error(self, checkpoint, checked, content):
        checkpoint[0].write_text(content)
        with pytest.raises(CommandError, match="cannot be read"):
            checked()

    def test_a_missing_file_is_an_error(self, checkpoint, checked):
        checkpoint[0].unlink()
        with pytest.raises(CommandError, match="cannot be read"):
            checked()

    def test_a_key_of_another_kind_is_an_error(self, checkpoint, checked):
        other = ec.generate_private_key(ec.SECP256R1())
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        checkpoint[1].write_bytes(other.public_key().public_bytes(*form))
        with pytest.raises(CommandError, match="does not hold an Ed25519 public key"):
            checked()

    def test_checkpoint_and_key_come_together(self, checkpoint):
        with pytest.raises(CommandError, match="together"):
            call_command("verify_ledger", checkpoint=checkpoint[0])

    def test_a_signing_key_of_another_kind_is_an_error(self, tmp_path):
        key = ec.generate_private_key(ec.SECP256R1())
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (tmp_path / "key.pem").write_bytes(key.private_bytes(*form))
        with pytest.raises(BadCheckpoint, match="does not hold an Ed25519 key"):
            load_or_create_key(tmp_path / "key.pem")
