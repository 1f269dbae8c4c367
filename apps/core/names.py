"""Names and values that are none of ours: never dropped, but named, with the nearest one that we know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Protocol

LONGEST_SHOWN = 60
MOST_SHOWN = 30


class ManyValues(Protocol):
    """What came with an address or a form: a name may have several values."""

    def lists(self) -> Iterable[tuple[Any, list[Any]]]: ...


class SentTwice(ValueError):
    """An object of JSON has a name twice; the message is that name."""


def shown(name: object) -> str:
    """The name as it may be repeated to whoever sent it."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(name))
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def nearest(name: object, known: Collection[str]) -> str:
    """The one of the known names that was probably meant, or nothing."""
    text = shown(name).lower()
    found = get_close_matches(text, known, n=1) or [each for each in known if _begins(text, each)]
    return found[0] if found else ""


def hint(name: object, known: Collection[str], *, all_of_them: bool = True) -> str:
    """What was probably meant, and all that would have been possible, unless the nearest is enough."""
    meant = nearest(name, known)
    parts = [f"Did you mean {meant}?"] if meant else []
    if not known:
        parts.append("None can be given here.")
    elif all_of_them or not meant:
        listed = ", ".join(list(known)[:MOST_SHOWN])
        parts.append(f"Use one of {listed}{' and others' if len(known) > MOST_SHOWN else ''}.")
    return " ".join(parts)


def _begins(text: str, known: str) -> bool:
    """Whether one is the other one shortened: `expires` of `expires_at`."""
    return len(text) > 2 and (known.startswith(text) or text.startswith(known))


def no_such(kind: str, name: object, known: Collection[str], *, all_of_them: bool = True) -> str:
    return f"There is no {kind} “{shown(name)}”. {hint(name, known, all_of_them=all_of_them)}"


def repeated(values: ManyValues, *, several: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """(name, sentence) of each that is given more than once, which only those of `several` may be."""
    for name, given in values.lists():
        if len(given) > 1 and name not in several:
            yield name, f"“{shown(name)}” is given {len(given)} times, so it is unclear which one counts."


def one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, for `object_pairs_hook`. Raises SentTwice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise SentTwice(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return found
