"""A form that is sent twice, by Back or a double click, does what it says once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from apps.core.exceptions import Conflict
from apps.ledger.models import StoredResponse

ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponse])

NAME = "once"
SALT = "a form is sent once"
REFUSALS = (Conflict, PermissionDenied, ValidationError, Http404)
SENT_BEFORE = (
    "You had sent this form already, so it was not carried out again. This is what came of it. "
    "To record something else, open the form anew."
)


def new_token(user_id: int) -> str:
    return signing.dumps([user_id, secrets.token_urlsafe(12)], salt=SALT)


def is_own(token: str, user_id: int) -> bool:
    """Whether the token is one that this user was given with a form, within the time that answers are kept."""
    try:
        owner, _ = signing.loads(token, salt=SALT, max_age=StoredResponse.KEPT)
    except (signing.BadSignature, ValueError):
        return False
    return bool(owner == user_id)


def sent_once(view: ViewT) -> ViewT:
    """Carry a form out once: whoever sends it again is led to where the first sending led.

    The token is spent in the transaction of what the form does. A form that is shown again, or refused, spends none.
    """

    @wraps(view)
    def carry_out(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        token, user_id = request.POST.get(NAME, ""), request.user.pk or 0
        if request.method != "POST" or not is_own(token, user_id):
            return view(request, *args, **kwargs)
        refusal: Exception | None = None
        with transaction.atomic():
            key = hashlib.sha256(token.encode()).hexdigest()
            path = request.path[: StoredResponse.LONGEST_PATH]
            kept, is_new = StoredResponse.claim(user_id=user_id, path=path, key=key, body="")
            if not is_new:
                messages.info(request, SENT_BEFORE)
                return redirect(json.loads(kept.answer))
            try:
                response = view(request, *args, **kwargs)
            except REFUSALS as error:
                refusal = error
            # An answer that shows something once says where another sending leads instead.
            leads_to = "" if refusal else response.get("Location") or getattr(response, "leads_to", "")
            if leads_to:
                kept.keep(302, json.dumps(leads_to), roles=[], record=None)
            else:
                kept.delete()
        if refusal:
            raise refusal
        return response

    return cast(ViewT, carry_out)
