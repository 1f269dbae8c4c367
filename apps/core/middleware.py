"""What holds for every answer: its id and line in the log, that nobody keeps it, and the shape of the API's errors."""

import logging
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.core.reading import reading

API = "/api/"
# What an error under /api/ says that no view of the API has put into words.
DETAILS = {
    400: "The portal could not understand what was sent.",
    403: "The portal does not allow this request.",
    404: "There is nothing at this address. Addresses of the API begin with /api/v1/ and end with a slash.",
    405: "Nothing can be done at this address with this method.",
    413: "The request is larger than the portal accepts.",
    429: "There were too many requests. Wait a moment, then send it again.",
    500: "The portal met a fault of its own and stopped. The step was not recorded.",
}

access = logging.getLogger("governance.access")

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token, began = request_id.set(uuid.uuid4().hex[:12]), time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            taken = (time.monotonic() - began) * 1000
            access.info("%s %s %d %.0f ms", request.method, request.path, response.status_code, taken)
            return response
        finally:
            request_id.reset(token)


class NoStoreMiddleware:
    """What the portal tells is for whoever asked, and now: neither browsers nor proxies keep it.

    Static files are answered before this one is asked, and are kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Cache-Control"] = "no-store"
        return response


class ApiErrorsMiddleware:
    """Errors under /api/ that no view of the API answers, in the shape of those that one does (apps.core.api).

    It stands before all others, so that theirs are among them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        status = response.status_code
        is_json = response.get("Content-Type", "").startswith("application/json")
        if status < 400 or is_json or not request.path_info.startswith(API):
            return response
        error = JsonResponse({"detail": DETAILS.get(status, response.reason_phrase)}, status=status)
        for name, value in response.items():
            if name not in ("Content-Type", "Content-Length"):
                error[name] = value
        return error


class ReadingMiddleware:
    """A page that only shows something asks once for what many of its parts need."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with reading():
            return self.get_response(request)


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True
