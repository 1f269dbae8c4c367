"""Every class name is a word that people can look up."""

import re
from pathlib import Path

import pytest
from django.apps import apps

GLOSSARY = (Path(__file__).parent.parent / "docs/glossary.md").read_text()
WORDS = re.findall(r"^- \*\*(.+?)\*\*: ", GLOSSARY, flags=re.MULTILINE)
MODELS = [
    model
    for model in apps.get_models()
    if model.__module__.startswith("apps.") and not model.__name__.startswith("Historical")
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_stands_in_the_glossary(model):
    assert model.__name__ in WORDS


def test_words_stand_in_alphabetical_order_and_once():
    assert sorted(set(WORDS), key=str.casefold) == WORDS


def test_each_word_is_said_in_one_line_that_ends():
    assert [line for line in GLOSSARY.splitlines() if line.startswith("- ") and not line.endswith(".")] == []
