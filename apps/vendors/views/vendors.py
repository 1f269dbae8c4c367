"""Organisations and vendors."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS
from apps.core.lists import render_list
from apps.core.panels import panels_for
from apps.findings.models import Finding
from apps.findings.pages import edit_form, get_visible, record_context
from apps.vendors.forms import OrganisationForm
from apps.vendors.models import Organisation, OrganisationIdentifier
from apps.vendors.tables import VendorFilter, VendorTable


@require_safe
@login_required
def vendor_list(request: AuthedRequest) -> HttpResponseBase:
    vendors = (
        Organisation.objects.visible_to(request.user)
        .that_stay()
        .select_related("owner")
        .prefetch_related("identifiers")
    )
    may_add = request.user.has_perm("vendors.add_organisation")
    return render_list(
        request,
        vendors.annotate(worst=Finding.objects.worst_of(Organisation, request.user)),
        table=VendorTable,
        filterset=VendorFilter,
        heading="Vendors",
        purpose="Organisations outside our house that get data about people from us, or may get it.",
        create=(reverse("vendors:create"), "Add a vendor") if may_add else None,
        links=vendor_links(request),
        empty="No vendor is recorded yet.",
    )


def vendor_links(request: AuthedRequest) -> list[tuple[str, str]]:
    """What else is kept about vendors, as (address, label) of each page that this user may read."""
    links = [
        (reverse("vendors:duediligence_list"), "Due diligence"),
        (reverse("vendors:questionnaire_list"), "Questionnaires"),
        (reverse("vendors:samenesses"), "On record twice?"),
    ]
    if request.user.has_perm("vendors.import_ownership"):
        links.append((reverse("vendors:bods"), "Ownership statements"))
    return links


@require_safe
@login_required
def vendor_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    vendor = get_visible(request, Organisation, pk)
    if vendor.same_as:
        messages.info(request, f"You came from another record of the same organisation, {vendor.unique_name}.")
        return redirect(vendor.survivor)
    extra = {
        "questions": [{"words": one.fact_about(vendor), "url": one.get_absolute_url()} for one in vendor.questions],
        "twins": vendor.joined_records(),
        "vendor": vendor,
        "identifiers": OrganisationIdentifier.objects.filter(organisation__in=vendor.rows),
        "panels": panels_for(vendor, request.user),
    }
    return render(request, "vendors/detail.html", record_context(request, vendor, "overview", **extra))


@require_http_methods(FORM_METHODS)
@login_required
def vendor_create(request: AuthedRequest) -> HttpResponse:
    if not request.user.has_perm("vendors.add_organisation"):
        raise PermissionDenied("Auditors read and change nothing.")
    return edit_form(
        request,
        Organisation(),
        OrganisationForm,
        heading="Add a vendor",
        lead="Look first whether the organisation is known already, under Vendors, All organisations.",
        next_steps="Propose it as a vendor and submit it; legal and privacy then decide.",
        cancel_url=reverse("vendors:list"),
    )


@require_http_methods(FORM_METHODS)
@login_required
def vendor_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    vendor = get_visible(request, Organisation, pk)
    if not request.user.has_perm("vendors.change_organisation", vendor):
        raise PermissionDenied(
            "Legal and the owner of a vendor edit it, unless they have an interest in it. Our companies: only legal."
        )
    vendor.require_editable()
    return edit_form(request, vendor, OrganisationForm, heading=f"Edit: {vendor}", cancel_url=vendor.get_absolute_url())
