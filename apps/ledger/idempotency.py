"""A POST with an Idempotency-Key happens once, however often it is sent."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

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
from apps.ledger.models import KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Answers that say that nothing happened. A key is spent only by what did.
REFUSALS = (Conflict, PermissionDenied, ValidationError, Http404, exceptions.APIException)


class OtherBody(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was sent before with another body or query. Use a new key for a new request."


def answer_once(handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> Response:
    """Handle the request and keep its answer in one transaction, or give the answer kept.

    Somebody who sends the same key meanwhile waits for the first one. A refusal is not kept, but what it put on
    the record is.
    """
    key, body = request.headers[HEADER], _digest(request.META.get("QUERY_STRING", ""), request.data)
    if not KEY.fullmatch(key):
        raise exceptions.ParseError(f"An {HEADER} is 1 to 255 visible ASCII characters without spaces.")
    if len(request.path) > KeptAnswer.LONGEST_PATH:
        raise exceptions.NotFound  # no address of the API is as long
    refusal: Exception | None = None
    with transaction.atomic():
        kept, is_new = KeptAnswer.claim(user_id=request.user.pk or 0, path=request.path, key=key, body=body)
        if not is_new:
            return _replay(kept, body)
        try:
            response = handler(request, *args, **kwargs)
        except REFUSALS as error:
            refusal = error
            kept.delete()
        else:
            kept.keep(response.status_code, JSONRenderer().render(response.data).decode())
    if refusal:
        raise refusal
    return response


def _replay(kept: KeptAnswer, body: str) -> Response:
    if kept.body != body:
        raise OtherBody
    return Response(json.loads(kept.answer), status=kept.status, headers={REPLAYED: "true"})


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
