from __future__ import annotations

import re

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def mark(text: str, words: str) -> str | SafeString:
    """The text with what was searched for set off."""
    if not words:
        return text
    parts = re.split(f"({re.escape(words)})", text, flags=re.IGNORECASE)
    pieces = ((("<mark>", part, "</mark>") if index % 2 else ("", part, "")) for index, part in enumerate(parts))
    return format_html_join("", "{}{}{}", ((SafeString(a), part, SafeString(b)) for a, part, b in pieces))
