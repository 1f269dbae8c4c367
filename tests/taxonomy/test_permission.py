"""How far a permission for a use reaches, and how far a prohibition does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.taxonomy.models import DataUse


def permitted(use, by, separately=()):
    return DataUse(key=use).permitted_by(set(by), set(separately))


@pytest.mark.parametrize(
    ("use", "by", "separately", "covered"),
    [
        ("train", ["train"], [], True),
        ("train.faces", ["train"], [], True),  # reaches what is below
        ("train.faces.old", ["train"], [], True),
        ("train", ["train.faces"], [], False),  # but not what is above
        ("training", ["train"], [], False),  # nor what only sounds alike
        ("train", [], [], False),
        ("train.faces", ["train"], ["train.faces"], False),  # asked separately
        ("train.faces.old", ["train"], ["train.faces"], False),  # and so is what is below it
        ("train.faces", ["train.faces"], ["train.faces"], True),  # a yes of its own
        ("train.faces.old", ["train.faces"], ["train.faces"], True),
        ("train.faces.old", ["train", "train.faces.old"], ["train.faces"], True),
        ("train", ["train"], ["train.faces"], True),  # the wider use stays permitted
        ("train.text", ["train"], ["train.faces"], True),
    ],
)
def test_a_permission_covers_what_is_below_it_unless_asked_separately(use, by, separately, covered):
    assert permitted(use, by, separately) == covered


@pytest.mark.parametrize(
    ("use", "prohibited", "covered"),
    [
        ("train", "train", True),
        ("train.faces", "train", True),
        ("train.faces.old", "train", True),
        ("train", "train.faces", False),
        ("training", "train", False),
    ],
)
def test_a_prohibition_covers_everything_below_it(use, prohibited, covered):
    assert DataUse(key=use).is_within(prohibited) == covered


KEYS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(".".join)


def naive(use, by, separately):
    """There is a permitted ancestor-or-self with nothing asked separately between it and the use."""
    covering = [key for key in by if use == key or use.startswith(key + ".")]
    return any(
        not any((use == asked or use.startswith(asked + ".")) and asked.startswith(key + ".") for asked in separately)
        for key in covering
    )


@given(use=KEYS, by=st.sets(KEYS, max_size=4), separately=st.sets(KEYS, max_size=4))
def test_permission_is_what_a_naive_reading_says(use, by, separately):
    assert permitted(use, by, separately) == naive(use, by, separately)


@given(use=KEYS, by=st.sets(KEYS, max_size=4), separately=st.sets(KEYS, max_size=4), more=KEYS)
def test_one_more_permission_never_takes_anything_away(use, by, separately, more):
    assert permitted(use, by | {more}, separately) >= permitted(use, by, separately)


@given(use=KEYS, by=st.sets(KEYS, max_size=4), separately=st.sets(KEYS, max_size=4), more=KEYS)
def test_asking_for_more_separately_never_permits_anything(use, by, separately, more):
    assert permitted(use, by, separately | {more}) <= permitted(use, by, separately)
