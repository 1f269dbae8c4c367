from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.agreements.forms import AgreementForm, JustificationForm, LinkForm, TransferForm
from apps.agreements.models import Agreement, Justification, Transfer, covers_for
from apps.agreements.models.reported_in_words import MAY_LINK
from apps.agreements.tables import AgreementFilter, AgreementTable, TransferFilter, TransferTable
from apps.core.forms import FORM_METHODS, posted
from apps.core.lists import render_list
from apps.core.panels import panels_for
from apps.findings.models import Finding
from apps.findings.pages import edit_form, get_visible, record_context, thread_context
from apps.ledger.pages import decision_page
from apps.workflow.models import Decision


@require_safe
@login_required
def agreement_list(request: AuthedRequest) -> HttpResponseBase:
    agreements = Agreement.objects.visible_to(request.user).select_related("counterparty", "requester")
    may_add = request.user.has_perm("agreements.add_agreement")
    return render_list(
        request,
        agreements.annotate(worst=Finding.objects.worst_of(Agreement, request.user)),
        table=AgreementTable,
        filterset=AgreementFilter,
        heading="Agreements",
        purpose="Who gets which data about people from us, for what, on what terms: requests and contracts.",
        create=(reverse("agreements:create"), "Ask to share data") if may_add else None,
        empty="You have no agreement or request yet.",
    )


@require_safe
@login_required
def agreement_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    agreement = get_visible(request, Agreement, pk)
    extra = {
        "agreement": agreement,
        "participants": agreement.participants(),
        "signed_document": None if agreement.hides_remarks_from(request.user) else agreement.signed_document,
        "panels": panels_for(agreement, request.user),
    }
    return render(request, "agreements/detail.html", record_context(request, agreement, "overview", **extra))


def _form_for(request: AuthedRequest, form: Any = AgreementForm) -> Any:
    def make_form(*args: Any, **kwargs: Any) -> forms.ModelForm[Any]:
        made: forms.ModelForm[Any] = form(*args, user=request.user, **kwargs)
        return made

    return make_form


@require_http_methods(FORM_METHODS)
@login_required
def agreement_create(request: AuthedRequest) -> HttpResponse:
    if not request.user.has_perm("agreements.add_agreement"):
        raise PermissionDenied("Auditors read and change nothing.")
    return edit_form(
        request,
        Agreement(requester=request.user),
        _form_for(request),
        heading="Ask to share data",
        lead="Say who should get what, and for what. What you do not know yet can stay open.",
        next_steps="You get a draft with what the checks find. Submit it; legal and privacy then decide.",
        cancel_url=reverse("agreements:list"),
    )


@require_http_methods(FORM_METHODS)
@login_required
def agreement_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    agreement = get_visible(request, Agreement, pk)
    if not request.user.has_perm("agreements.change_agreement", agreement):
        raise PermissionDenied(
            "The requester, sponsor and business owner edit a request, unless they have an interest in the recipient."
        )
    agreement.require_editable()
    return edit_form(
        request, agreement, _form_for(request), heading=f"Edit: {agreement}", cancel_url=agreement.get_absolute_url()
    )


@require_http_methods(FORM_METHODS)
@login_required
def justification_create(request: AuthedRequest, pk: int) -> HttpResponse:
    """The independent reviewer signs why the sharing is right although insiders profit."""
    agreement = get_visible(request, Agreement, pk)
    sheet = f"{agreement.get_absolute_url()}review/"
    if not request.user.has_perm("agreements.justify_agreement", agreement):
        raise PermissionDenied("An independent reviewer without any path of interests signs the justification.")

    def sign(filled: JustificationForm) -> HttpResponse:
        Justification.sign(agreement, by=request.user, text=filled.decided["text"])
        return redirect(sheet)

    context = {
        "heading": f"Independent justification: {agreement}",
        "lead": "It holds for this version of the request only.",
        "submit_label": "Sign the justification",
        "cancel_url": sheet,
    }
    return decision_page(request, JustificationForm(posted(request), record=agreement), sign, context)


@require_safe
@login_required
def transfer_list(request: AuthedRequest) -> HttpResponseBase:
    transfers = Transfer.objects.visible_to(request.user).select_related("dataset", "recipient")
    may_add = request.user.has_perm("agreements.add_transfer")
    return render_list(
        request,
        transfers.annotate(worst=Finding.objects.worst_of(Transfer, request.user)),
        table=TransferTable,
        filterset=TransferFilter,
        heading="Transfers",
        purpose="Data about people that moved to somebody else, whether an agreement covers it or not.",
        create=(reverse("agreements:transfer_create"), "Report data that moved") if may_add else None,
        empty="No transfer that you may see is on record. Anybody can report data that moved.",
    )


@require_safe
@login_required
def transfer_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    transfer, user = get_visible(request, Transfer, pk), request.user
    sees_remarks = not transfer.hides_remarks_from(user)
    same = Transfer.objects.visible_to(user).filter(pk=transfer.duplicate_of_id or 0).first()
    extra = {
        "transfer": transfer,
        "heading": transfer.title,
        "cover": covers_for(user, [transfer])[transfer.pk],
        "original": same,
        "shows_reporter": transfer.shows_reporter_to(user),
        "decisions": Decision.objects.about(transfer).made().order_by("pk") if sees_remarks else [],
        "why_not": transfer.barred(user)
        if transfer.is_undecided and user.has_perm("agreements.propose_transfer")
        else "",
        "may_link": bool(transfer.not_known) and user.has_perm("agreements.link_transfer", transfer),
        "panels": panels_for(transfer, user),
        **thread_context(transfer, user),
    }
    return render(request, "agreements/transfer.html", record_context(request, transfer, "overview", **extra))


@require_http_methods(FORM_METHODS)
@login_required
def transfer_create(request: AuthedRequest) -> HttpResponse:
    if not request.user.has_perm("agreements.add_transfer"):
        raise PermissionDenied("Auditors read and change nothing. Somebody else can report it.")
    return edit_form(
        request,
        Transfer(),
        _form_for(request, TransferForm),
        heading="Report data that moved",
        lead="Tell what you know. It does not matter whether an agreement covers it, or whether you took part. "
        "A report cannot be changed afterwards; what was wrong in it is told again.",
        next_steps="For two working days only legal and privacy hear of it, and look into it together. "
        "Your report stays on record, whatever comes of it.",
        submit_label="Report",
        cancel_url=reverse("agreements:transfers"),
    )


@require_http_methods(FORM_METHODS)
@login_required
def transfer_link(request: AuthedRequest, pk: int) -> HttpResponse:
    """Legal says which records a report in words means."""
    transfer = get_visible(request, Transfer, pk)
    if not request.user.has_perm("agreements.link_transfer", transfer):
        raise PermissionDenied(MAY_LINK)
    return edit_form(
        request,
        transfer,
        _form_for(request, LinkForm),
        heading="Say which records this report means",
        lead=f"{transfer.in_short()} The words of the report stay as they are.",
        next_steps="What covers it, who has an interest in the recipient and what people were told is asked at once.",
        submit_label="Save",
        cancel_url=transfer.get_absolute_url(),
    )
