from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.core.withheld import withheld_line
from apps.findings.models import Finding
from apps.notifications.work import findings_by_severity, mine, tasks_of


@require_safe
@login_required
def home(request: AuthedRequest) -> HttpResponse:
    tasks = tasks_of(request.user)
    context = {
        "heading": "Home",
        "tasks": tasks,
        "work_count": len(tasks),
        "mine": mine(request.user),
        "severities": findings_by_severity(request.user),
        "withheld": withheld_line(Finding, request.user),
        "may_ask": request.user.has_perm("agreements.add_agreement"),
        "may_register": request.user.has_perm("datasets.add_dataset"),
    }
    return render(request, "portal/home.html", context)


@require_safe
@login_required
def work_count(request: AuthedRequest) -> HttpResponse:
    """The badge beside Home, which every other page asks for once it is shown: to count, all of it is looked at."""
    return render(request, "components/work_count.html", {"work_count": len(tasks_of(request.user))})


@require_safe
@login_required
def api_docs(request: AuthedRequest) -> HttpResponse:
    """The description of the API, to read and to try out."""
    context = {
        "heading": "The API",
        "lead": "Everything the pages do, for programs. What is tried out here really happens, in your name.",
    }
    return render(request, "portal/api_docs.html", context)
