"""Changes that wait for a second person."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.core.lists import render_list
from apps.records.tables import ProposalFilter, ProposalTable
from apps.workflow.models import Proposal


@require_safe
@login_required
def proposal_list(request: AuthedRequest) -> HttpResponseBase:
    return render_list(
        request,
        Proposal.objects.visible_to(request.user).select_related("requested_by").prefetch_related("subject"),
        table=ProposalTable,
        filterset=ProposalFilter,
        heading="Changes to confirm",
        purpose="What nobody changes alone: one person asks, and nothing changes until a second one confirms it.",
        empty="Nothing waits for a second person.",
    )
