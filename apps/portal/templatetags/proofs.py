from __future__ import annotations

from typing import Any

from django import template

from apps.ledger.timeline import Event
from apps.portal.proofs import provable_now

register = template.Library()


@register.simple_tag(takes_context=True)
def proven_entries(context: dict[str, Any], events: list[Event]) -> set[int]:
    """The entries behind these events that the reader gets a proof of; asked once for all of them."""
    numbers = {event.entry for event in events if event.entry is not None}
    return provable_now(context["request"].user, numbers)
