"""How large a request may be. It is decided by its headers, before anything of its body is read or written to disk."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from rest_framework import exceptions
from rest_framework.request import Request

from apps.accounts.authentication import TokenAuthentication
from apps.core.middleware import API

# A form may hold a file for each of its questions.
FILES_AT_ONCE = 10
MB = 1024 * 1024


class BodySizeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = _length(request)
        if length > settings.STRANGERS_MAX_BYTES and length > (most := most_bytes(request)):
            return _refusal(request, most)
        return self.get_response(request)


def most_bytes(request: HttpRequest) -> int:
    """The largest body that is taken of whoever asks, at this address."""
    strangers, without_files = settings.STRANGERS_MAX_BYTES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not _is_signed_in(request):
        return strangers
    if request.content_type != "multipart/form-data":
        return without_files
    of_files: int = FILES_AT_ONCE * settings.UPLOAD_MAX_BYTES
    if request.path in settings.LARGE_FILE_PATHS:
        of_files = max(of_files, settings.CONSENT_FILE_MAX_BYTES)
    return of_files + MB


def _is_signed_in(request: HttpRequest) -> bool:
    if request.user.is_authenticated:
        return True
    if not request.path.startswith(API):
        return False
    try:
        return TokenAuthentication().authenticate(Request(request)) is not None
    except exceptions.AuthenticationFailed:
        return False


def _length(request: HttpRequest) -> int:
    stated = request.META.get("CONTENT_LENGTH") or ""
    return int(stated) if stated.isdecimal() else 0


def _refusal(request: HttpRequest, most: int) -> HttpResponse:
    if most > settings.STRANGERS_MAX_BYTES:
        whose, remedy = f"{most // MB} MB, the most that the portal takes here", "Send smaller files, or fewer at once."
    else:
        whose = f"{most // 1024} KB, the most that the portal takes from somebody who is not signed in"
        remedy = "Sign in, then send it again."
    message = f"What you sent is larger than {whose}. Nothing of it was kept."
    if request.path.startswith(API):
        return JsonResponse({"detail": f"{message} {remedy}"}, status=413)
    return render(request, "413.html", {"message": message, "next": remedy}, status=413)
