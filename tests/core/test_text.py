import pytest
from django.core.exceptions import ValidationError

from apps.core.text import clean_line, clean_text, folded
from apps.datasets.models import Dataset
from tests.api_cast import api_of


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("Acme\u200bLtd", "Letter 5 is a zero width space (U+200B)"),
        ("Acme\u202edtL", "right-to-left override (U+202E)"),
        ("\u2066Acme", "left-to-right isolate (U+2066)"),
        ("Acme\u200e Ltd", "left-to-right mark (U+200E)"),
        ("Acme\nLtd", "line break (U+000A)"),
        ("Acme\x85Ltd", "control character (U+0085)"),
        ("Acme\x00", "null character (U+0000)"),
        ("\u3164", "hangul filler (U+3164)"),
        ("Acme\u200d", "zero width joiner (U+200D)"),
    ],
)
def test_a_line_holds_nothing_that_nobody_sees(given, named):
    with pytest.raises(ValidationError) as refusal:
        clean_line(given)
    assert named in refusal.value.message


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Acme \u00a0  Ltd\n", "Acme Ltd"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        (" \u3000 ", ""),
    ],
)
def test_a_line_has_one_form(given, kept):
    assert clean_line(given) == kept


def test_a_text_keeps_lines_and_tabs_and_refuses_other_controls_and_overrides():
    assert clean_text("Cafe\u0301\r\n\tone\u2028two\u200b\n") == "Caf\u00e9\n\tone\ntwo\u200b"
    for refused in ("a\x00b", "a\x07b", "a\u202eb"):
        with pytest.raises(ValidationError, match="Letter 2"):
            clean_text(refused)


def test_what_people_take_for_the_same_folds_to_the_same():
    assert {folded(name) for name in ("İSTANBUL", "Istanbul", "\u0131stanbul", "istanbul")} == {"istanbul"}
    assert {folded(name) for name in ("Straße", "STRASSE", "STRAẞE")} == {"strasse"}
    assert folded("  \uff21\uff23\uff2d\uff25  Łódź\u200b O\u2019Brien \u2013 ΣΑΣ") == folded("acme lodz o'brien - σας")


def test_the_database_folds_as_we_do(engineer):
    letters = [chr(number) for number in (*range(0x21, 0x590), *range(0x1E00, 0x2220), *range(0xFF01, 0xFF5F))]
    shown = [letter for letter in letters if letter.isprintable()]
    names = ["".join(shown[at : at + 100]) for at in range(0, len(shown), 100)]
    for name in ("Stra\u00dfe \u0130STANBUL \u0131I", "\uff21\uff23\uff2d\uff25", "\u304c \uac00", *names):
        Dataset(name=name, owner=engineer).save()
    held = Dataset.objects.values_list("name", "name__folded")
    assert [(name, kept) for name, kept in held if folded(name) != kept] == []


@pytest.mark.parametrize(
    "words", ["acme \u0130stanbul", "ISTANBUL ACME", "\uff21cme Istanb\u00fcl", "\u0131stanbul acme"]
)
def test_a_list_the_api_and_the_search_find_words_in_any_order_and_form(sign_in, engineer, words):
    Dataset(name="Acm\u00e9 logs of Istanbul", owner=engineer).save()
    page, everywhere = (sign_in(engineer).get(url, {"q": words}).text for url in ("/datasets/", "/search/"))
    assert "Acm\u00e9 logs" in page
    assert "Acm\u00e9 logs" in everywhere
    assert len(api_of(engineer).get("datasets/", search=words).json()["results"]) == 1
