"""The page on which a person withdraws: no login, no cookie, and nothing but withdrawing."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.consents.forms import WithdrawForm
from apps.consents.models import WithdrawalLink
from apps.consents.people.record import consent_record
from apps.consents.people.services import withdraw_by_link
from apps.core.forms import FORM_METHODS, posted
from apps.taxonomy.models import DataUse


# The address itself is what entitles: there is no session that somebody else could use. Without a referrer the browser
# does not name the origin of a form either, which the check of cookies would ask for.
@csrf_exempt
@require_http_methods(FORM_METHODS)
def withdrawal(request: HttpRequest, token: str) -> HttpResponse:
    """What the person permits, on GET; and on POST what is chosen of it is withdrawn. Once more changes nothing."""
    # Counts what is sent, not what is read.
    if not ratelimit.consume(request, action="withdrawal", key=token):
        return _page(request, status=429, problem="busy")
    link = WithdrawalLink.found_by(token)
    if link is None or link.subject.is_forgotten:
        return _page(request, status=404, problem="unknown")
    form = WithdrawForm(_uses(link), posted(request))
    withdrawn: list[str] = []
    if request.method == "POST" and form.is_valid():
        withdraw_by_link(link, form.cleaned_data["uses"])
        withdrawn = [use.name for use in form.cleaned_data["uses"]]
    return _page(request, form=form, record=consent_record(link.subject), link=link, withdrawn=withdrawn)


def _uses(link: WithdrawalLink) -> list[DataUse]:
    """All that the person was ever asked about: what is withdrawn already may be withdrawn again."""
    return [purpose.use for purpose in consent_record(link.subject).purposes]


def _page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    response = render(request, "consents/withdrawal.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
