"""Notices: the list, a notice with its versions, and what differs between two of them."""

from __future__ import annotations

from itertools import zip_longest

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS
from apps.core.lists import render_list
from apps.core.panels import panels_for
from apps.core.permissions import require
from apps.disclosures.difference import difference
from apps.disclosures.forms import NoticeForm
from apps.disclosures.models import Notice, NoticeVersion
from apps.disclosures.tables import NoticeFilter, NoticeTable
from apps.ledger.timeline import timeline
from apps.records.pages import edit_form


@require_safe
@login_required
def notice_list(request: AuthedRequest) -> HttpResponseBase:
    may_add = request.user.has_perm("disclosures.add_notice")
    return render_list(
        request,
        Notice.objects.visible_to(request.user).select_related("owner").annotate(version_count=Count("versions")),
        table=NoticeTable,
        filterset=NoticeFilter,
        heading="Notices",
        purpose="What people are told about the use of their data, by product and language.",
        create=(reverse("disclosures:notice_create"), "Register a notice") if may_add else None,
        links=[(reverse("disclosures:noticeversion_list"), "Versions")],
        empty="No notice is registered yet. Legal and privacy register them.",
    )


def get_notice(request: AuthedRequest, pk: int) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(request.user).select_related("owner"), pk=pk)


@require_safe
@login_required
def notice_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    notice = get_notice(request, pk)
    versions = list(notice.versions.with_periods().with_claims().order_by("-effective_from", "-pk"))
    context = {
        "heading": str(notice),
        "notice": notice,
        "versions": list(zip_longest(versions, versions[1:])),
        "may_edit": request.user.has_perm("disclosures.change_notice", notice),
        "may_add": request.user.has_perm("disclosures.add_noticeversion", notice),
        "panels": panels_for(notice, request.user),
        "events": timeline(notice),
    }
    return render(request, "disclosures/notice.html", context)


@require_http_methods(FORM_METHODS)
@login_required
def notice_create(request: AuthedRequest) -> HttpResponse:
    require(request.user, "disclosures.add_notice")
    return edit_form(
        request,
        Notice(owner=request.user),
        NoticeForm,
        heading="Register a notice",
        lead="One for each product and language. Its text comes with its first version.",
        cancel_url=reverse("disclosures:notice_list"),
    )


@require_http_methods(FORM_METHODS)
@login_required
def notice_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    notice = get_notice(request, pk)
    require(request.user, "disclosures.change_notice", notice)
    return edit_form(request, notice, NoticeForm, heading=f"Edit: {notice}", cancel_url=notice.get_absolute_url())


@require_safe
@login_required
def notice_compare(request: AuthedRequest, pk: int) -> HttpResponse:
    """What differs between two versions: `old` and `new` name them, else the two that took effect last."""
    notice = get_notice(request, pk)
    versions = list(notice.versions.with_periods().order_by("effective_from", "pk"))
    old, new = (_chosen(request, versions, name) for name in ("old", "new"))
    new = new or (versions[-1] if versions else None)
    old = old or (versions[-2] if len(versions) > 1 else new)
    parts = difference(old.text, new.text) if old and new else []
    context = {
        "heading": f"Compare versions: {notice}",
        "notice": notice,
        "versions": versions,
        "old": old,
        "new": new,
        "parts": parts,
        "differs": any(part.kind != "same" for part in parts),
    }
    return render(request, "disclosures/compare.html", context)


def _chosen(request: AuthedRequest, versions: list[NoticeVersion], name: str) -> NoticeVersion | None:
    wanted = request.GET.get(name, "")
    if not wanted:
        return None
    for version in versions:
        if str(version.pk) == wanted:
            return version
    raise Http404
