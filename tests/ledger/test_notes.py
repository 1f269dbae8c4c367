"""Signed notes and checkpoints as others write and read them."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.ledger.notes import (
    BadNote,
    Checkpoint,
    VerifierKey,
    announcement,
    open_note,
    sign_note,
    split_note,
    with_announced,
)

# The example of golang.org/x/mod/sumdb/note, where the format comes from.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
NOTE = f"{TEXT}\n— PeterNeumann {SIGNATURE}\n"
# The example of c2sp.org/tlog-checkpoint.
CHECKPOINT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
NAME = "portal.example.org/ledger/00"


@pytest.fixture
def key():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def other():
    return Ed25519PrivateKey.generate()


class TestVectors:
    def test_a_note_of_others_is_believed(self):
        assert open_note(NOTE, [VerifierKey.parse(PETER)]) == TEXT

    def test_a_key_reads_as_it_is_written(self):
        assert str(VerifierKey.parse(PETER)) == PETER

    def test_a_checkpoint_reads_as_it_is_written(self):
        found = Checkpoint.parse(CHECKPOINT)
        assert (found.origin, found.size, found.text) == ("example.com/behind-the-sofa", 20852163, CHECKPOINT)


class TestNote:
    def test_one_changed_letter_is_noticed(self):
        with pytest.raises(BadNote, match="or it was changed"):
            open_note(NOTE.replace("answer", "Answer"), [VerifierKey.parse(PETER)])

    def test_signatures_of_strangers_are_ignored_and_not_enough(self, key, other):
        note = sign_note("A\n", NAME, [key, other])
        assert open_note(note, [VerifierKey.of(NAME, other)]) == "A\n"
        with pytest.raises(BadNote, match="not signed with a key that is trusted"):
            open_note(note, [VerifierKey.parse(PETER)])

    def test_one_wrong_signature_of_a_trusted_key_spoils_it(self, key, other):
        right, wrong = sign_note("A\n", NAME, [key]), sign_note("B\n", NAME, [other])
        mixed = right + wrong.splitlines(keepends=True)[-1]
        with pytest.raises(BadNote, match="or it was changed"):
            open_note(mixed, [VerifierKey.of(NAME, key), VerifierKey.of(NAME, other)])

    def test_a_key_counts_under_its_name_only(self, key):
        with pytest.raises(BadNote, match="not signed with a key that is trusted"):
            open_note(sign_note("A\n", NAME, [key]), [VerifierKey.of("another", key)])

    def test_text_may_hold_empty_lines(self, key):
        assert split_note(sign_note("A\n\nB\n", NAME, [key]))[0] == "A\n\nB\n"

    @pytest.mark.parametrize(
        "text", ["", "A\n", "A\n\n", "A\n\n— x\n", "A\n\n- x AAAAAAAA\n", f"{NOTE}x", "x" * 70_000]
    )
    def test_what_is_no_note_is_said_to_be_none(self, text):
        with pytest.raises(BadNote, match="no signed note"):
            split_note(text)

    @pytest.mark.parametrize("text", ["", "a", "a+b+c", PETER.replace("c74f", "c74e"), PETER.replace("+AR", "+BR")])
    def test_what_is_no_key_is_said_to_be_none(self, text):
        with pytest.raises(BadNote, match="no verifier key"):
            VerifierKey.parse(text)

    @pytest.mark.parametrize("size", ["-1", "01", "1.0", "x", "", "٣"])
    def test_a_size_is_a_plain_number(self, size):
        with pytest.raises(BadNote, match="no checkpoint"):
            Checkpoint.parse(CHECKPOINT.replace("20852163", size))


class TestAnnouncement:
    def test_a_key_is_trusted_when_a_trusted_one_announced_it_over_any_number_of_steps(self):
        keys = [Ed25519PrivateKey.generate() for _ in range(4)]
        named = [VerifierKey.of(NAME, key) for key in keys]
        notes = [sign_note(announcement(named[n + 1]), NAME, [keys[n], keys[n + 1]]) for n in range(3)]
        assert with_announced(named[:1], reversed(notes)) == named
        assert with_announced(named[2:3], notes) == named[2:]

    def test_nobody_announces_themselves(self, key, other):
        note = sign_note(announcement(VerifierKey.of(NAME, other)), NAME, [other])
        assert with_announced([VerifierKey.of(NAME, key)], [note]) == [VerifierKey.of(NAME, key)]

    def test_is_no_checkpoint(self, key):
        with pytest.raises(BadNote):
            Checkpoint.parse(announcement(VerifierKey.of(NAME, key)))
