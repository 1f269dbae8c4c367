"""What legal and privacy together take out of records and their history."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS, posted
from apps.core.lists import render_list
from apps.core.permissions import require
from apps.ledger.once import sent_once
from apps.records.tables import RedactionFilter, RedactionTable
from apps.workflow.forms import RedactionForm
from apps.workflow.models import Redaction
from apps.workflow.models.redaction import redactable_record


@require_safe
@login_required
def redaction_list(request: AuthedRequest) -> HttpResponseBase:
    require(request.user, "workflow.view_redaction")
    return render_list(
        request,
        Redaction.objects.visible_to(request.user).select_related("requested_by").prefetch_related("subject"),
        table=RedactionTable,
        filterset=RedactionFilter,
        heading="Redactions",
        purpose="Personal texts that legal and privacy together took out of records and their history.",
        empty="Nothing was redacted. A redaction is asked for on the History tab of a record.",
    )


@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def redaction_create(request: AuthedRequest, model: str, pk: int) -> HttpResponse:
    """Ask the other side (legal or privacy) to take a personal text out of a record and its history."""
    require(request.user, "workflow.request_redaction")
    record = redactable_record(model, pk, request.user)
    if record is None:
        raise Http404
    form = RedactionForm(posted(request), record=record)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        return redirect(Redaction.request(record, wanted["field"], by=request.user, reason=wanted["reason"]))
    context = {
        "form": form,
        "heading": f"Redact a text of {record}",
        "lead": "The text is replaced everywhere, in the history too, and cannot be brought back.",
        "next_steps": "The other side, legal or privacy, carries it out or declines.",
        "submit_label": "Ask for the redaction",
        "cancel_url": reverse("workflow:redaction_list"),
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)
