from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from apps.core.middleware import API

# Where somebody without a second factor may go: to sign in and out, and to set one up.
OPEN_PATHS = ("/accounts/", "/static/", "/healthz")


class SecondFactorMiddleware:
    """Whoever signs in with a password sets up a second factor before anything else, when the portal requires one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.REQUIRE_SECOND_FACTOR and not request.path.startswith(OPEN_PATHS):
            user = request.user
            if user.is_authenticated and not is_mfa_enabled(user):
                if request.path.startswith(API):
                    return JsonResponse({"detail": "Set up a second factor before you use the API."}, status=403)
                return redirect("mfa_activate_totp")
        return self.get_response(request)
