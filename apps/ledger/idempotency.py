"""A POST with an Idempotency-Key happens once, however often it is sent."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404
from django.utils.datastructures import MultiValueDict
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.exceptions import Conflict
from apps.ledger.models import StoredResponse

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Answers that say that nothing happened. A key is spent only by what did.
REFUSALS = (Conflict, PermissionDenied, ValidationError, Http404, exceptions.APIException)


class View(Protocol):
    """What is asked of the viewset whose answer is kept."""

    kwargs: dict[str, Any]

    def get_object(self) -> Any: ...

    def represent(self, pk: int) -> Any: ...


class OtherBody(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was sent before with another body or query. Use a new key for a new request."


def answer_once(view: View, handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    """Handle the request and keep its answer in one transaction, or answer again without doing it again.

    Somebody who sends the same key meanwhile waits for the first one. A refusal is not kept, but what it put on
    the record is.
    """
    key, body = request.headers[HEADER], _digest(request.META.get("QUERY_STRING", ""), request.data)
    if not KEY.fullmatch(key):
        raise exceptions.ParseError(f"An {HEADER} is 1 to 255 visible ASCII characters without spaces.")
    if len(request.path) > StoredResponse.LONGEST_PATH:
        raise exceptions.NotFound  # no address of the API is as long
    refusal: Exception | None = None
    with transaction.atomic():
        kept, is_new = StoredResponse.claim(user_id=request.user.pk or 0, path=request.path, key=key, body=body)
        if not is_new:
            return _replay(view, request, kept, body)
        try:
            response = handler(request, *args, **kwargs)
        except REFUSALS as error:
            refusal = error
            kept.delete()
        else:
            _keep(view, request, kept, response)
    if refusal:
        raise refusal
    return response


def _keep(view: View, request: Request, kept: StoredResponse, response: Response) -> None:
    """Of an answer that is a record of the portal only which one, so that it is asked anew what it says to whom."""
    answer, key = _json(response.data), _record_in(view, response.data)
    if key and answer == _json(view.represent(key)):
        answer = ""
    user: Any = request.user
    kept.keep(response.status_code, answer, roles=sorted(user.roles), record=key)


def _replay(view: View, request: Request, kept: StoredResponse, body: str) -> Response:
    """The answer once more, for somebody who may still have it."""
    if kept.body != body:
        raise OtherBody
    user: Any = request.user
    if kept.roles is None or not user.roles.issuperset(kept.roles):
        raise PermissionDenied(
            "This request was carried out. Its answer is not given again, since a role that you held then has ended."
        )
    if kept.record:
        _get_record(view, kept.record)
    data = view.represent(kept.record) if kept.record and not kept.answer else json.loads(kept.answer or "null")
    return Response(data, status=kept.status, headers={REPLAYED: "true"})


def _record_in(view: View, data: Any) -> int | None:
    """The key of the record that was answered with. None when it is not to be seen, as after removing it."""
    key = view.kwargs.get("pk") or (data.get("id") if isinstance(data, dict) else None)
    try:
        return _get_record(view, int(key)) if data and key else None
    except REFUSALS:
        return None


def _get_record(view: View, key: int) -> int:
    """Ask for the record as its own address does. Raises what that would answer to somebody who may not see it."""
    address = view.kwargs
    view.kwargs = {**address, "pk": key}
    try:
        view.get_object()
    finally:
        view.kwargs = address
    return key


def _json(data: Any) -> str:
    return JSONRenderer().render(data).decode()


def _digest(query: str, data: Any) -> str:
    """What was sent, in the address and in the body, as a digest; a file counts by its name and content.

    Made with the portal's own secret: bodies may hold what only a digest with a secret keeps from being guessed.
    """
    digest = hmac.new(settings.SECRET_KEY.encode(), b"body of a request", hashlib.sha256)
    _add(digest, query)
    if not isinstance(data, MultiValueDict):
        digest.update(json.dumps(data, sort_keys=True).encode())
        return digest.hexdigest()
    for name, values in sorted(data.lists()):
        for value in values:
            _add(digest, name)
            _add(digest, value)
    return digest.hexdigest()


def _add(digest: Any, value: Any) -> None:
    """Add a part after its length, so that no two bodies run together to the same bytes."""
    if not isinstance(value, UploadedFile):
        part = str(value).encode()
        digest.update(b"text %d:%s" % (len(part), part))
        return
    _add(digest, value.name)
    digest.update(b"file %d:" % (value.size or 0))
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
