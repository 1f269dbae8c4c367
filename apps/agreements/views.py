"""Pages of agreements and transfers beside those that every record has."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from apps.accounts.http import AuthedRequest
from apps.agreements.forms import JustificationForm, LinkForm
from apps.agreements.models import Agreement, Justification, Transfer
from apps.agreements.models.reported_in_words import MAY_LINK
from apps.core.forms import FORM_METHODS, posted
from apps.core.permissions import require
from apps.ledger.pages import decision_page
from apps.records.pages import edit_form, get_visible


@require_http_methods(FORM_METHODS)
@login_required
def justification_create(request: AuthedRequest, pk: int) -> HttpResponse:
    """The independent reviewer signs why the sharing is right although insiders profit."""
    agreement = get_visible(request, Agreement, pk)
    sheet = f"{agreement.get_absolute_url()}review/"
    require(request.user, "agreements.justify_agreement", agreement)

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
        LinkForm,
        heading="Say which records this report means",
        lead=f"{transfer.in_short()} The words of the report stay as they are.",
        next_steps="What covers it, who has an interest in the recipient and what people were told is asked at once.",
        submit_label="Save",
        cancel_url=transfer.get_absolute_url(),
    )
