"""Errors of the rooms as pages. The API has its own shape, see apps.core.api."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from apps.core.exceptions import Blocked, NotAsRecorded, StaleEdit, as_conflict
from apps.core.unavailable import as_unavailable
from apps.ledger.pages import stale_context
from apps.portal.errors import unavailable_response


class DomainErrorsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:  # a browser would show its own page
            page = render(request, "405.html", status=response.status_code)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if conflict := as_conflict(error):
            context: dict[str, Any] = {"message": str(conflict), "back": record_page(request)}
            if isinstance(conflict, Blocked):
                context |= {"message": conflict.words_for(request.user), "facts": conflict.facts_for(request.user)}
            if isinstance(conflict, StaleEdit):
                context |= {"stale": stale_context(conflict, request.user)}
            if isinstance(conflict, NotAsRecorded):
                context |= {"heading": "This file is not handed out", "next": conflict.remedy}
            return render(request, "409.html", context, status=409)
        if isinstance(error, PermissionDenied):
            return render(request, "403.html", {"message": str(error), "back": record_page(request)}, status=403)
        if unavailable := as_unavailable(error):
            return unavailable_response(request, unavailable)
        return None


def record_page(request: HttpRequest) -> str:
    """The page of the governed record that the address names, for whoever sees it; else empty."""
    named = request.resolver_match.kwargs if request.resolver_match else {}
    if "kind" not in named or "pk" not in named:
        return ""
    record = named["kind"].model._default_manager.visible_to(request.user).filter(pk=named["pk"]).first()
    return record.get_absolute_url() if record else ""
