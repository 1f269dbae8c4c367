"""What a text may hold, its one form, and the form in which texts are compared and searched.

Lines are names and whatever else stands in one line. Texts have line breaks. What nobody sees, or what turns the
direction of writing round, makes two names look alike, so a line holds none of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from django.core.exceptions import ValidationError

# Letters of Persian and of Indian scripts need them inside a word, and nowhere else.
JOINER = re.compile(r"(?<=[^\s\u200c\u200d])[\u200c\u200d](?=[^\s\u200c\u200d])")
LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
UNSEEN_CATEGORIES = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
# Letters and signs of these numbers show nothing, whatever their category says.
BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
# Of what has a direction, the overrides alone show letters in an order in which nobody wrote them.
OVERRIDES = "\u202d\u202e"
_CONTROL = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff{OVERRIDES}]")
CONTROL_NAMES = {"\x00": "null character", "\t": "tab", "\n": "line break", "\r": "line break"}

# Accents, and what nobody sees. Marks of other scripts are letters' own, and stay.
MARKS = "[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
# Letters that no normal form takes apart, and signs that keyboards and word processors write in several ways.
_TWO_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
_ONE_LETTER = dict(zip("ðđøłħŧŋ\u0131\u03c2", "ddolhtni\u03c3", strict=True))
_QUOTES = {**dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"), **dict.fromkeys("“”„‟«»", '"')}
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
_LETTERS = str.maketrans({**_TWO_LETTERS, **_ONE_LETTER, **_QUOTES, **_DASHES})


def normal(text: str) -> str:
    """In normal form C, so that what reads the same is the same."""
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """A name or another single line as it is kept. Raises ValidationError for what a line may not hold."""
    text = text.strip()
    seen = JOINER.sub("-", text)
    _refuse(seen, _is_unseen, "which nobody sees in a name or a single line")
    return normal(" ".join(text.split()))


def clean_text(text: str) -> str:
    """A text of several lines as it is kept. Raises ValidationError for what no text may hold."""
    text = LINE_BREAKS.sub("\n", text).strip()
    if found := _CONTROL.search(text):
        _refuse(text, found[0].__eq__, "which no text may hold")
    return normal(text)


def without_unseen(text: str) -> str:
    """Where a name has to be taken as it comes, such as that of a file."""
    return "".join(character for character in normal(text) if not _is_unseen(character))


def folded(text: str) -> str:
    """A form in which texts that people take for the same are equal: without case, accents, width and doubled space."""
    bare = re.sub(MARKS, "", unicodedata.normalize("NFKD", text))
    return normal(" ".join(bare.lower().translate(_LETTERS).split()))


def words_of(text: str) -> list[str]:
    """The words to look for, folded, each once."""
    return list(dict.fromkeys(folded(text).split()))


def _refuse(text: str, is_refused: Callable[[str], bool], why: str) -> None:
    if text.isascii() and text.isprintable():
        return
    for place, character in enumerate(text, 1):
        if is_refused(character):
            raise ValidationError(
                f"Letter {place} is a {_name_of(character)}, {why}. Take it out, or type the text again.",
                code="unseen",
            )


def _name_of(character: str) -> str:
    """As in "line break" or "right-to-left override (U+202E)"."""
    name = CONTROL_NAMES.get(character) or unicodedata.name(character, "control character").lower()
    return f"{name} (U+{ord(character):04X})"


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in UNSEEN_CATEGORIES or character in BLANKS
