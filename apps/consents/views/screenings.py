"""Screening a cohort for a sharing, and the screenings that are kept as evidence."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.consents.forms import ScreeningForm
from apps.consents.models import Cohort, Screening
from apps.consents.rules import MAY_EXPORT, MAY_SCREEN
from apps.consents.screening.evidence import basis_sentence, curve, needs_of, not_covered
from apps.consents.screening.services import exclusion_list
from apps.consents.sets.outcomes import PLACES, in_percent
from apps.consents.tables import ScreeningFilter, ScreeningTable
from apps.consents.tasks import screen_and_trace
from apps.core.forms import FORM_METHODS, posted
from apps.core.lists import render_list
from apps.core.permissions import require
from apps.ledger.once import sent_once
from apps.taxonomy.models import DataUse


@require_safe
@login_required
def screening_list(request: AuthedRequest) -> HttpResponseBase:
    _require_reader(request)
    return render_list(
        request,
        Screening.objects.visible_to(request.user).select_related("cohort", "by").defer("counts"),
        table=ScreeningTable,
        filterset=ScreeningFilter,
        heading="Screenings",
        purpose="Who of a cohort permitted a sharing, counted on a day. Kept as evidence and never changed.",
        links=[(reverse("consents:cohort_list"), "Cohorts")],
        empty="Nothing was screened yet. Open a cohort to screen it.",
    )


@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def screen(request: AuthedRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort.objects.visible_to(request.user), pk=pk)
    if not request.user.has_perm("consents.screen_cohort"):
        raise PermissionDenied(MAY_SCREEN)
    form = ScreeningForm(posted(request), initial=_asked(request))
    if request.method == "POST" and form.is_valid():
        return redirect(screen_and_trace(cohort, form.cleaned_data, by=request.user))
    context = {"heading": f"Screen {cohort}", "cohort": cohort, "form": form}
    return render(request, "consents/screen.html", context, status=422 if form.errors else 200)


def _asked(request: AuthedRequest) -> dict[str, Any]:
    """What a page that knows it has named in its link."""
    keys = set(request.GET.getlist("uses"))
    uses = [use.pk for use in DataUse.objects.all() if use.key in keys] if keys else []
    return {"uses": uses, **{name: request.GET.get(name, "") for name in ("recipient", "occurred_by")}}


@require_safe
@login_required
def screening_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    _require_reader(request)
    found = get_object_or_404(Screening.objects.visible_to(request.user).select_related("cohort", "by"), pk=pk)
    context = {
        "heading": str(found),
        "screening": found,
        "percent": in_percent(found.permitted, found.members),
        "left_out": found.members - found.permitted,
        "needs": needs_of(found),
        "places": PLACES,
        "basis": basis_sentence(found),
        "not_covered": not_covered(found),
        "points": curve(found),
        "may_export": request.user.has_perm("consents.export_exclusions"),
    }
    return render(request, "consents/screening.html", context)


@require_safe
@login_required
def screening_exclusions(request: AuthedRequest, pk: int) -> StreamingHttpResponse:
    """Who is to be left out, as a file: digests, since nobody here knows a key."""
    if not request.user.has_perm("consents.export_exclusions"):
        raise PermissionDenied(MAY_EXPORT)
    found = get_object_or_404(Screening.objects.visible_to(request.user), pk=pk)
    return exclusion_list(found)


def _require_reader(request: AuthedRequest) -> None:
    require(request.user, "consents.view_screenings")
