"""What people are told when nothing else has caught an error. It asks nothing of the database, which may be away."""

import sys

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as fault

from apps.core.exceptions import Unavailable
from apps.core.middleware import API
from apps.core.unavailable import RETRY_SECONDS, as_unavailable


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Of an error outside a view, such as in reading the session."""
    error = sys.exc_info()[1]
    unavailable = as_unavailable(error) if error else None
    return unavailable_response(request, unavailable) if unavailable else fault(request)


def unavailable_response(request: HttpRequest, unavailable: Unavailable) -> HttpResponse:
    headers = {"Retry-After": str(RETRY_SECONDS)}
    if request.path.startswith(API):
        return JsonResponse({"detail": str(unavailable)}, status=503, headers=headers)
    page = render_to_string("503.html", {"message": str(unavailable)})
    return HttpResponse(page, status=503, headers=headers)
