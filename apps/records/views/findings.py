"""The lists of findings and of rules."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.core.lists import render_list
from apps.findings.models import Finding, Requirement
from apps.records.tables import FindingFilter, FindingTable, RuleFilter, RuleTable


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
