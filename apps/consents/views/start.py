from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.consents.models import Screening
from apps.consents.screening.evidence import in_short
from apps.consents.sets.outcomes import PLACES, holdings

NEWEST = 5


@require_safe
@login_required
def start(request: AuthedRequest) -> HttpResponse:
    """What is in the ledger of answers, in numbers that name nobody."""
    user = request.user
    held = holdings()
    screenings = Screening.objects.visible_to(user).select_related("cohort")[:NEWEST]
    context = {
        "heading": "Consents",
        "lead": "What people answered when they were asked about the use of their data. Numbers only: nobody is named.",
        "held": held,
        "places": PLACES,
        "screenings": in_short(list(screenings), held.names),
        "may_import": user.has_perm("consents.import_events"),
        "may_look_up": user.has_perm("consents.look_up_subject"),
        "sees_imports": user.has_perm("consents.view_imports"),
        "sees_screenings": user.has_perm("consents.view_screenings"),
        "sees_lookups": user.has_perm("consents.view_lookups"),
    }
    return render(request, "consents/start.html", context)
