"""Organisations and vendors."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.core.lists import render_list
from apps.core.panels import panels_for
from apps.findings.models import Finding
from apps.records.pages import get_visible, record_context
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
        create=(reverse("vendors:organisation_create"), "Add a vendor") if may_add else None,
        links=vendor_links(request),
        empty="No vendor is recorded yet.",
    )


def vendor_links(request: AuthedRequest) -> list[tuple[str, str]]:
    """What else is kept about vendors, as (address, label) of each page that this user may read."""
    links = [
        (reverse("vendors:duediligence_list"), "Due diligence"),
        (reverse("vendors:questionnaire_list"), "Questionnaires"),
        (reverse("vendors:sameness_list"), "On record twice?"),
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
