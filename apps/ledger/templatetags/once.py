"""The one-time token of a form."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.ledger.once import NAME, is_own, new_token

register = template.Library()


@register.simple_tag(takes_context=True)
def once(context: Any, anew: object = None) -> SafeString:
    """The hidden field. A form that is shown again for its errors keeps its token: both are the same form.

    One that was carried out and is shown for the next time is another, which is asked for with something `anew`.
    """
    request = context["request"]
    user_id = request.user.pk or 0
    posted = request.POST.get(NAME, "")
    token = posted if is_own(posted, user_id) and not anew else new_token(user_id)
    return format_html('<input type="hidden" name="{}" value="{}">', NAME, token)
