"""Who owns an organisation on a day, and statements of registers: read in, looked at first, and taken away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core import clock
from apps.core.forms import FORM_METHODS, DayInput, only_posted, posted
from apps.core.permissions import require
from apps.records.pages import get_visible
from apps.vendors.forms import StatementsForm
from apps.vendors.models import Organisation
from apps.vendors.ownership.bods import MOST_STATEMENTS, ImportResult, export_bods, import_bods, spool
from apps.vendors.panels import ownership_panel, profit_panel


class DayForm(forms.Form):
    on = forms.DateField(required=False, widget=DayInput())


@require_safe
@login_required
def ownership(request: AuthedRequest, pk: int) -> HttpResponse:
    organisation = _readable(request, pk)
    form = DayForm(request.GET)
    on = (form.cleaned_data["on"] if form.is_valid() else None) or clock.today()
    shown = [profit_panel(organisation, request.user, on), ownership_panel(organisation, request.user, on)]
    context = {
        "organisation": organisation,
        "heading": f"Who owns {organisation}",
        "form": form,
        "on": on,
        "panels": [panel for panel in shown if panel],
    }
    return render(request, "vendors/ownership.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def ownership_export(request: AuthedRequest, pk: int) -> HttpResponse:
    """The statements as a file, by BODS 0.4."""
    organisation = _readable(request, pk)
    response = JsonResponse(export_bods(organisation), safe=False, json_dumps_params={"indent": 2})
    name = slugify(organisation.name) or f"organisation-{organisation.pk}"
    response["Content-Disposition"] = f'attachment; filename="{name}.bods.json"'
    return response


def _readable(request: AuthedRequest, pk: int) -> Organisation:
    """The organisation, for those who may know its owners and have no path of interests to it."""
    organisation: Organisation = get_visible(request, Organisation, pk)
    require(request.user, "vendors.view_ownership", organisation)
    return organisation


@require_http_methods(FORM_METHODS)
@login_required
def bods(request: AuthedRequest) -> HttpResponse:
    """Read a file of statements and show what importing it would do. Nothing is written."""
    _require_importer(request)
    form = StatementsForm(posted(request), request.FILES or None)
    if request.method != "POST":
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=422)
    content = form.cleaned_data["file"].read()
    result = import_bods(content, by=request.user, dry_run=True, most=MOST_STATEMENTS)
    if not result.ok:
        return _page(request, form, problems=result.errors, status=422)
    digest = spool.keep(content, by=request.user) if result.records else ""
    return _page(request, form, preview=result, digest=digest, file_name=form.cleaned_data["file"].name)


@login_required
@only_posted(lambda: reverse("vendors:bods"))
def bods_import(request: AuthedRequest) -> HttpResponse:
    """Import the file that was looked at, exactly as it was shown; else show it again."""
    _require_importer(request)
    digest, form = request.POST.get("digest", ""), StatementsForm()
    content = spool.waiting(digest, by=request.user)
    if content is None:
        messages.error(
            request, "This file does not wait any more: it was imported, or a day has passed. Send it again."
        )
        return _page(request, form, status=409)
    plan = request.POST.get("plan", "")
    result = import_bods(content, by=request.user, most=MOST_STATEMENTS, plan=plan)
    if not result.ok:
        return _page(request, form, problems=result.errors, status=422)
    if result.outdated:
        messages.error(request, "Something was changed since you looked. Nothing was imported; look again.")
        return _page(request, form, preview=result, digest=digest, status=409)
    spool.drop(digest, by=request.user)
    messages.success(request, f"Imported. {said(result)}")
    return redirect("vendors:bods")


def said(result: ImportResult) -> str:
    return (
        f"Statements that add a record: {result.created}; that change one: {result.updated}; "
        f"that close one: {result.closed}; that change nothing: {result.unchanged}."
    )


def _require_importer(request: AuthedRequest) -> None:
    require(request.user, "vendors.import_ownership")


def _page(request: AuthedRequest, form: StatementsForm, *, status: int = 200, **more: Any) -> HttpResponse:
    preview: ImportResult | None = more.get("preview")
    context = {
        "heading": "Ownership statements",
        "form": form,
        "largest": settings.UPLOAD_MAX_BYTES // 1024**2,
        "most": MOST_STATEMENTS,
        "said": said(preview) if preview else "",
        "left_out": preview.records - len(preview.effects) if preview else 0,
        **more,
    }
    return render(request, "vendors/bods.html", context, status=status)
