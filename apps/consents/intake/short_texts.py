"""What the short texts beside an answer may hold, so that a row reads the same wherever it is digested."""

from __future__ import annotations


def text_error(text: str, longest: int | None = None) -> str:
    """What is wrong with the text, as the rest of a sentence; empty when nothing is."""
    if longest is not None and len(text) > longest:
        return f"is longer than {longest} letters."
    if not text.isprintable() or "|" in text or "\\" in text:
        return "holds a bar, a backslash or what cannot be printed."
    return ""
