"""Bringing in files of answers: the form, the work as it goes on, and what it made."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.consents.forms import ImportForm
from apps.consents.intake.uploads import KNOWN, RefusedFile, rejects_of
from apps.consents.models import ConsentImport, ImportRun, State
from apps.consents.rules import MAY_IMPORT
from apps.consents.tables import ImportFilter, ImportTable, names_of_uses
from apps.consents.tasks import take_in
from apps.core.forms import FORM_METHODS, posted
from apps.core.lists import render_list
from apps.core.permissions import require

RUNS_SHOWN = 5


def require_reader(request: AuthedRequest) -> None:
    require(request.user, "consents.view_imports")


@require_safe
@login_required
def import_list(request: AuthedRequest) -> HttpResponseBase:
    require_reader(request)
    may = request.user.has_perm("consents.import_events")
    return render_list(
        request,
        ConsentImport.objects.visible_to(request.user).select_related("by").defer("counts", "blocks"),
        table=ImportTable,
        filterset=ImportFilter,
        heading="Imports of answers",
        purpose="Each delivery of people's answers: a file, or a single one by the API or a link.",
        create=(reverse("consents:consentimport_create"), "Import answers") if may else None,
        empty="Nothing was imported yet.",
        template="consents/imports.html",
        runs=ImportRun.objects.visible_to(request.user).filter(made=None)[:RUNS_SHOWN],
    )


@require_http_methods(FORM_METHODS)
@login_required
def import_create(request: AuthedRequest) -> HttpResponse:
    if not request.user.has_perm("consents.import_events"):
        raise PermissionDenied(MAY_IMPORT)
    form, refused = ImportForm(posted(request), request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(take_in(form.cleaned_data["file"], form.options, by=request.user))
        except RefusedFile as error:
            refused = error
    context = {
        "heading": "Import answers",
        "form": form,
        "refused": refused,
        "states": list(State),
        "cancel_url": reverse("consents:consentimport_list"),
    }
    return render(request, "consents/import_create.html", context, status=422 if form.errors or refused else 200)


@require_safe
@login_required
def run_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """How far an import is, and in the end what it made or what is wrong with the file."""
    require_reader(request)
    run = get_object_or_404(ImportRun.objects.visible_to(request.user).select_related("made", "by"), pk=pk)
    context = {
        "heading": str(run),
        "run": run,
        "is_running": run.finished_at is None and not run.was_cut_off,
        "is_known": run.phase == KNOWN,
        "more_problems": run.problem_count - len(run.problems),
        "may_import": request.user.has_perm("consents.import_events"),
    }
    return render(request, "consents/run.html", context)


@require_safe
@login_required
def run_rejects(request: AuthedRequest, pk: int) -> StreamingHttpResponse:
    """What is wrong with the file, line by line; never what stands in a line."""
    require_reader(request)
    run = get_object_or_404(ImportRun.objects.visible_to(request.user), pk=pk)
    response = StreamingHttpResponse(rejects_of(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejects-{run.pk}.csv"'
    return response


@require_safe
@login_required
def import_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    require_reader(request)
    found = get_object_or_404(ConsentImport.objects.visible_to(request.user).select_related("by"), pk=pk)
    context = {
        "heading": str(found),
        "import": found,
        "counts": _counts(found),
        "states": [state for state in State if any(state.key in row for row in found.counts.values())],
        "runs": found.runs.all(),
    }
    return render(request, "consents/import.html", context)


def _counts(found: ConsentImport) -> list[dict[str, object]]:
    """One row for each use, with the answers by state in the order of the states."""
    names = names_of_uses()
    states = [state for state in State if any(state.key in row for row in found.counts.values())]
    return [
        {"name": names.get(key, key), "counts": [(state.label, row.get(state.key, 0)) for state in states]}
        for key, row in sorted(found.counts.items())
    ]
