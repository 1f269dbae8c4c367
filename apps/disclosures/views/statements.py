"""What we tell somebody outside."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.core.lists import render_list
from apps.core.panels import panels_for
from apps.disclosures.models import PublicStatement
from apps.disclosures.sentences import passages
from apps.disclosures.tables import StatementFilter, StatementTable
from apps.findings.models import Finding
from apps.records.pages import get_visible, record_context


@require_safe
@login_required
def statement_list(request: AuthedRequest) -> HttpResponseBase:
    may_add = request.user.has_perm("disclosures.add_publicstatement")
    statements = PublicStatement.objects.visible_to(request.user).select_related("organisation").defer("text")
    return render_list(
        request,
        statements.annotate(worst=Finding.objects.worst_of(PublicStatement, request.user)),
        table=StatementTable,
        filterset=StatementFilter,
        heading="Public statements",
        purpose="What we tell or told the press, authorities and our users about an organisation.",
        create=(reverse("disclosures:publicstatement_create"), "Draft a statement") if may_add else None,
        links=[(reverse("disclosures:noticeversion_list"), "Versions of notices")],
        empty="No statement is recorded yet. Draft one before it is made, or record one that was made already.",
    )


@require_safe
@login_required
def statement_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    statement: PublicStatement = get_visible(request, PublicStatement, pk)
    claims = list(statement.claims.select_related("entered_by"))
    is_open = statement.status in statement.claims_open_in
    may_edit = statement.is_editable and request.user.has_perm("disclosures.change_publicstatement", statement)
    extra = {
        "statement": statement,
        "passages": passages(statement.text, claims),
        "claims": claims,
        "may_enter": is_open and request.user.has_perm("disclosures.add_statementclaim", statement),
        "may_remove": statement.is_editable and request.user.has_perm("disclosures.remove_statementclaim", statement),
        "edit_url": reverse("disclosures:publicstatement_edit", args=[statement.pk]) if may_edit else None,
        "panels": panels_for(statement, request.user),
    }
    return render(request, "disclosures/statement.html", record_context(request, statement, "overview", **extra))
