"""Versions of notices: the list, and the text with what its sentences say."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.accounts.models import User
from apps.core.forms import FORM_METHODS
from apps.core.lists import render_list
from apps.core.panels import panels_for
from apps.core.permissions import require
from apps.disclosures.forms import NoticeVersionForm
from apps.disclosures.models import Claim, NoticeVersion
from apps.disclosures.sentences import by_sentence, passages
from apps.disclosures.tables import VersionFilter, VersionTable
from apps.disclosures.views.notices import get_notice
from apps.findings.models import Finding
from apps.records.pages import edit_form, get_visible, record_context


@require_safe
@login_required
def version_list(request: AuthedRequest) -> HttpResponseBase:
    may_add = request.user.has_perm("disclosures.add_notice")
    versions = NoticeVersion.objects.visible_to(request.user).select_related("notice").defer("text")
    return render_list(
        request,
        versions.annotate(
            claim_count=Count("claims"),
            checked_count=Count("claims", filter=Q(claims__checked_by__isnull=False)),
            worst=Finding.objects.worst_of(NoticeVersion, request.user),
        ),
        table=VersionTable,
        filterset=VersionFilter,
        heading="Disclosures",
        purpose="What people were and are told about their data: each version of each notice, with what it says.",
        create=(reverse("disclosures:notice_create"), "Register a notice") if may_add else None,
        links=[
            (reverse("disclosures:notice_list"), "Notices"),
            (reverse("disclosures:optoutoffer_list"), "Offers to opt out"),
            (reverse("disclosures:publicstatement_list"), "Public statements"),
        ],
        empty="No version of a notice is recorded yet. Register a notice, then write its first version.",
    )


@require_safe
@login_required
def version_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    version: NoticeVersion = get_visible(request, NoticeVersion, pk)
    claims = list(version.claims.select_related("use", "category", "entered_by", "checked_by"))
    sentences = by_sentence(claims)
    is_open = version.status in version.claims_open_in
    may_enter = is_open and request.user.has_perm("disclosures.add_claim", version)
    extra = {
        "version": version,
        "passages": passages(version.text, sentences),
        "claim_count": len(claims),
        "sentences": [[_claim_row(claim, version, request.user) for claim in quoted.claims] for quoted in sentences],
        "may_enter": may_enter,
        "may_remove": is_open and request.user.has_perm("disclosures.remove_claim", version),
        "panels": panels_for(version, request.user),
    }
    return render(request, "disclosures/version.html", record_context(request, version, "overview", **extra))


def _claim_row(claim: Claim, version: NoticeVersion, user: User) -> dict[str, object]:
    claim.version = version
    may_check = claim.checked_by_id is None and user.has_perm("disclosures.check_claim", claim)
    return {"claim": claim, "may_check": may_check}


@require_http_methods(FORM_METHODS)
@login_required
def version_create(request: AuthedRequest, pk: int) -> HttpResponse:
    notice = get_notice(request, pk)
    require(request.user, "disclosures.add_noticeversion", notice)
    return edit_form(
        request,
        NoticeVersion(notice=notice),
        NoticeVersionForm,
        heading=f"Write a version: {notice}",
        lead="A new text, or one that people have read already: its day may lie in the past.",
        next_steps="Enter what its sentences say, then submit it. Legal and privacy decide, and one of them publishes "
        "it. From then on its text and its day stay as they are.",
        cancel_url=notice.get_absolute_url(),
    )


@require_http_methods(FORM_METHODS)
@login_required
def version_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    version: NoticeVersion = get_visible(request, NoticeVersion, pk)
    require(request.user, "disclosures.change_noticeversion", version)
    version.require_editable()
    return edit_form(
        request, version, NoticeVersionForm, heading=f"Edit: {version}", cancel_url=version.get_absolute_url()
    )
