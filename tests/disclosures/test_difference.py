import time

from hypothesis import given
from hypothesis import strategies as st

from apps.disclosures.difference import difference

TEXTS = st.text(alphabet="ab. \n!", max_size=80)


def test_words_that_changed_stand_within_their_sentence():
    parts = difference("We share it. We keep it 24 months. Bye.", "We share it. We keep it 36 months. Bye.")
    assert [(part.kind, part.text) for part in parts] == [
        ("same", "We share it. We keep it"),
        ("removed", " 24"),
        ("added", " 36"),
        ("same", " months. Bye."),
    ]


def test_a_sentence_that_became_another_one_is_removed_and_added_as_a_whole():
    parts = difference("We never share it. Bye.", "Your data goes to our friends. Bye.")
    assert [(part.kind, part.text) for part in parts] == [
        ("removed", "We never share it. "),
        ("added", "Your data goes to our friends. "),
        ("same", "Bye."),
    ]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_what_differs(old, new):
    parts = difference(old, new)
    assert "".join(part.text for part in parts if part.kind != "added") == old
    assert "".join(part.text for part in parts if part.kind != "removed") == new


def test_two_long_texts_that_share_nothing_are_compared_in_a_second():
    old, new = ("".join(f"{word}{n} " for n in range(60_000)) for word in ("a", "b"))
    started = time.monotonic()
    assert len(difference(old, new)) == 2
    assert time.monotonic() - started < 1
