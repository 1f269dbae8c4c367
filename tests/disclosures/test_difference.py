from hypothesis import given
from hypothesis import strategies as st

from apps.disclosures.difference import MOST_WORDS, difference

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


def test_a_passage_is_compared_word_by_word_up_to_a_length():
    for words, kinds in [(MOST_WORDS, ["same", "removed", "added"]), (MOST_WORDS + 1, ["removed", "added"])]:
        same = "".join(f"word{n} " for n in range(words - 1))
        assert [part.kind for part in difference(f"{same}old", f"{same}new")] == kinds


def test_two_texts_of_any_length_that_share_nothing_are_compared():
    old, new = ("".join(f"{word}{n} " for n in range(60_000)) for word in ("a", "b"))
    assert [(part.kind, part.text) for part in difference(old, new)] == [("removed", old), ("added", new)]
