"""What differs between two versions of a text, sentence by sentence, and word by word where a sentence was changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# Where a sentence or a line has ended.
END = re.compile(r"(?<=[.!?] )|(?<=\n)")
WORD = re.compile(r"\s*\S+|\s+")
# What is less alike reads better as removed and added as a whole.
ALIKE = 0.4
# Longer passages are shown as removed and added as a whole, so that no text makes the comparison long.
MOST_WORDS = 2000


@dataclass(frozen=True)
class Part:
    kind: str  # same, removed or added
    text: str


def difference(old: str, new: str) -> list[Part]:
    return list(_joined(_compare(END.split(old), END.split(new))))


def _compare(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    for tag, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        before, after = "".join(old[a:b]), "".join(new[c:d])
        if tag == "equal":
            yield Part("same", before)
        else:
            yield from _compare_words(before, after)


def _compare_words(before: str, after: str) -> Iterator[Part]:
    old, new = WORD.findall(before), WORD.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if max(len(old), len(new)) > MOST_WORDS or matcher.ratio() < ALIKE:
        yield from (Part("removed", before), Part("added", after))
        return
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            yield Part("same", "".join(old[a:b]))
        else:
            yield from (Part("removed", "".join(old[a:b])), Part("added", "".join(new[c:d])))


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Without empty parts, neighbours of one kind as one."""
    held = Part("same", "")
    for part in parts:
        if not part.text:
            continue
        if part.kind == held.kind:
            held = Part(held.kind, held.text + part.text)
            continue
        if held.text:
            yield held
        held = part
    if held.text:
        yield held
