"""Fixed sets of people, and who of them permits a sharing."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.consents.forms import CohortForm
from apps.consents.intake.uploads import RefusedFile
from apps.consents.models import Cohort
from apps.consents.rules import MAY_ADD
from apps.consents.screening.evidence import in_short
from apps.consents.screening.services import add_cohort
from apps.consents.tables import CohortFilter, CohortTable, names_of_uses
from apps.core.forms import FORM_METHODS, posted
from apps.core.lists import render_list
from apps.core.panels import panels_for
from apps.ledger.once import sent_once

NEWEST = 10


@require_safe
@login_required
def cohort_list(request: AuthedRequest) -> HttpResponseBase:
    may = request.user.has_perm("consents.add_cohort")
    return render_list(
        request,
        Cohort.objects.visible_to(request.user).select_related("by"),
        table=CohortTable,
        filterset=CohortFilter,
        heading="Cohorts",
        purpose="Fixed sets of people, such as those in a dataset. They are screened before data is shared.",
        create=(reverse("consents:cohort_create"), "Add a cohort") if may else None,
        empty="No cohort is recorded yet. Privacy and engineers add one from a file of its members.",
    )


@require_safe
@login_required
def cohort_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort.objects.visible_to(request.user).select_related("by"), pk=pk)
    sees = request.user.has_perm("consents.view_screenings")
    context = {
        "heading": str(cohort),
        "cohort": cohort,
        "sees_screenings": sees,
        "screenings": in_short(list(cohort.screenings.visible_to(request.user)[:NEWEST]), names_of_uses()),
        "may_screen": request.user.has_perm("consents.screen_cohort"),
        "panels": panels_for(cohort, request.user),
    }
    return render(request, "consents/cohort.html", context)


@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def cohort_create(request: AuthedRequest) -> HttpResponse:
    if not request.user.has_perm("consents.add_cohort"):
        raise PermissionDenied(MAY_ADD)
    form = CohortForm(posted(request), request.FILES or None)
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            made, read_as = add_cohort(form.cleaned_data["name"], form.cleaned_data["file"], by=request.user)
        except RefusedFile as error:
            refused = error
        else:
            messages.success(request, f"The cohort is recorded. The file was read as {read_as}, and is kept nowhere.")
            return redirect(made)
    context = {
        "heading": "Add a cohort",
        "form": form,
        "refused": refused,
        "cancel_url": reverse("consents:cohort_list"),
    }
    return render(request, "consents/cohort_create.html", context, status=422 if form.errors or refused else 200)
