from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS, posted
from apps.core.lists import render_list
from apps.core.withheld import withheld_line
from apps.findings.models import Finding
from apps.findings.pages import get_visible, record_context
from apps.ledger.once import sent_once
from apps.notifications.work import findings_by_severity, mine, tasks_of
from apps.portal.tables import ProposalFilter, ProposalTable, RedactionFilter, RedactionTable
from apps.workflow.forms import RedactionForm
from apps.workflow.models import Proposal, Redaction
from apps.workflow.models.redaction import redactable_record


@require_safe
@login_required
def home(request: AuthedRequest) -> HttpResponse:
    tasks = tasks_of(request.user)
    context = {
        "heading": "Home",
        "tasks": tasks,
        "work_count": len(tasks),
        "mine": mine(request.user),
        "severities": findings_by_severity(request.user),
        "withheld": withheld_line(Finding, request.user),
        "may_ask": request.user.has_perm("agreements.add_agreement"),
        "may_register": request.user.has_perm("datasets.add_dataset"),
    }
    return render(request, "portal/home.html", context)


@require_safe
@login_required
def work_count(request: AuthedRequest) -> HttpResponse:
    """The badge beside Home, which every other page asks for once it is shown: to count, all of it is looked at."""
    return render(request, "components/work_count.html", {"work_count": len(tasks_of(request.user))})


@require_safe
@login_required
def api_docs(request: AuthedRequest) -> HttpResponse:
    """The description of the API, to read and to try out."""
    context = {
        "heading": "The API",
        "lead": "Everything the pages do, for programs. What is tried out here really happens, in your name.",
    }
    return render(request, "portal/api_docs.html", context)


@require_safe
@login_required
def proposal_list(request: AuthedRequest) -> HttpResponseBase:
    return render_list(
        request,
        Proposal.objects.visible_to(request.user).select_related("requested_by").prefetch_related("subject"),
        table=ProposalTable,
        filterset=ProposalFilter,
        heading="Changes to confirm",
        purpose="What nobody changes alone: one person asks, and nothing changes until a second one confirms it.",
        empty="Nothing waits for a second person.",
    )


@require_safe
@login_required
def proposal_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    proposal = get_visible(request, Proposal, pk)
    context = record_context(request, proposal, "overview", proposal=proposal)
    return render(request, "portal/proposal.html", context)


@require_safe
@login_required
def redaction_list(request: AuthedRequest) -> HttpResponseBase:
    if not request.user.has_perm("workflow.view_redaction"):
        raise PermissionDenied("Legal, privacy and auditors see the redactions.")
    return render_list(
        request,
        Redaction.objects.visible_to(request.user).select_related("requested_by").prefetch_related("subject"),
        table=RedactionTable,
        filterset=RedactionFilter,
        heading="Redactions",
        purpose="Personal texts that legal and privacy together took out of records and their history.",
        empty="Nothing was redacted. A redaction is asked for on the History tab of a record.",
    )


@require_safe
@login_required
def redaction_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    redaction = get_visible(request, Redaction, pk)
    context = record_context(request, redaction, "overview", redaction=redaction)
    return render(request, "portal/redaction.html", context)


@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def redaction_create(request: AuthedRequest, kind: str, pk: int) -> HttpResponse:
    """Ask the other side (legal or privacy) to take a personal text out of a record and its history."""
    if not request.user.has_perm("workflow.request_redaction"):
        raise PermissionDenied("Legal and privacy ask for redactions.")
    record = redactable_record(kind, pk, request.user)
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
        "cancel_url": reverse("portal:redactions"),
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)
