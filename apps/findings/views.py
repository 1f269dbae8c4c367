from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS
from apps.core.lists import render_list
from apps.findings.forms import RequirementForm
from apps.findings.models import Finding, Recheck, Requirement
from apps.findings.pages import edit_form, get_visible, record_context, thread_context
from apps.findings.tables import FindingFilter, FindingTable, RuleFilter, RuleTable


@require_safe
@login_required
def finding_list(request: AuthedRequest) -> HttpResponseBase:
    findings = Finding.objects.visible_to(request.user).worst_first().prefetch_related("subject")
    return render_list(
        request,
        findings,
        table=FindingTable,
        filterset=FindingFilter,
        heading="Findings",
        purpose="Facts that the checks found, each with its source, an owner and a date.",
        empty="No check has found anything yet.",
    )


@require_safe
@login_required
def finding_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    finding = get_visible(request, Finding, pk)
    extra = {
        "finding": finding,
        "rule": finding.requirement,
        "sees_amounts": finding.tells_amounts_to(request.user),
        "asked_again_since": Recheck.objects.waiting_since(finding.content_type_id, finding.object_id),
        **thread_context(finding, request.user),
    }
    return render(request, "findings/detail.html", record_context(request, finding, "overview", **extra))


@require_safe
@login_required
def rule_list(request: AuthedRequest) -> HttpResponseBase:
    seen = Finding.objects.visible_to(request.user).open().values("pk")
    rules = Requirement.objects.visible_to(request.user).annotate(
        open_findings=Count("findings", filter=Q(findings__in=seen))
    )
    return render_list(
        request,
        rules,
        table=RuleTable,
        filterset=RuleFilter,
        heading="Rules",
        purpose="What the checks ask. A proposed rule only asks; a rule that legal adopted stops the steps it names.",
    )


@require_safe
@login_required
def rule_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    rule = get_visible(request, Requirement, pk)
    may_edit = request.user.has_perm("findings.change_requirement", rule)
    extra = {
        "rule": rule,
        "findings": Finding.objects.filter(requirement=rule).visible_to(request.user).open().worst_first()[:10],
    }
    context = record_context(request, rule, "overview", **extra)
    context["edit_url"] = reverse("findings:edit_rule", args=[rule.pk]) if may_edit else None
    return render(request, "findings/rule.html", context)


@require_http_methods(FORM_METHODS)
@login_required
def rule_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    rule = get_visible(request, Requirement, pk)
    if not request.user.has_perm("findings.change_requirement", rule):
        raise PermissionDenied("Legal keeps the rules; whoever has an interest in any organisation does not.")
    return edit_form(request, rule, RequirementForm, heading=f"Edit: {rule}", cancel_url=rule.get_absolute_url())
