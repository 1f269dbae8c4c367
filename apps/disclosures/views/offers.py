"""Offers to opt out before data is shared."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS
from apps.core.lists import render_list
from apps.core.permissions import require
from apps.disclosures.forms import OptOutOfferForm
from apps.disclosures.models import OptOutOffer
from apps.disclosures.tables import OfferFilter, OfferTable
from apps.ledger.timeline import timeline
from apps.records.pages import edit_form


@require_safe
@login_required
def offer_list(request: AuthedRequest) -> HttpResponseBase:
    may_add = request.user.has_perm("disclosures.add_optoutoffer")
    return render_list(
        request,
        OptOutOffer.objects.visible_to(request.user).select_related("version__notice"),
        table=OfferTable,
        filterset=OfferFilter,
        heading="Offers to opt out",
        purpose="Where a notice promises people a choice before their data is shared: when they had it, and how.",
        create=(reverse("disclosures:optoutoffer_create"), "Record an offer") if may_add else None,
        links=[(reverse("disclosures:noticeversion_list"), "Versions of notices")],
    )


def _offer(request: AuthedRequest, pk: int) -> OptOutOffer:
    visible = OptOutOffer.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("version__notice", "recorded_by"), pk=pk)


@require_safe
@login_required
def offer_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    offer = _offer(request, pk)
    may_edit = offer.is_running and request.user.has_perm("disclosures.change_optoutoffer", offer)
    context = {"heading": str(offer), "offer": offer, "may_edit": may_edit, "events": timeline(offer)}
    return render(request, "disclosures/offer.html", context)


@require_http_methods(FORM_METHODS)
@login_required
def offer_create(request: AuthedRequest) -> HttpResponse:
    require(request.user, "disclosures.add_optoutoffer")
    return edit_form(
        request,
        OptOutOffer(),
        OptOutOfferForm,
        heading="Record an offer to opt out",
        next_steps="Once people had their time and the exclusion list was applied, mark it as finished.",
        cancel_url=reverse("disclosures:optoutoffer_list"),
    )


@require_http_methods(FORM_METHODS)
@login_required
def offer_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    offer = _offer(request, pk)
    require(request.user, "disclosures.change_optoutoffer", offer)
    offer.require_editable()
    return edit_form(request, offer, OptOutOfferForm, heading=f"Edit: {offer}", cancel_url=offer.get_absolute_url())
