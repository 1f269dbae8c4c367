"""Due diligence: the list, its form, what was answered, and the files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS, posted
from apps.core.lists import render_list
from apps.core.permissions import require
from apps.ledger.once import sent_once
from apps.records.pages import edit_form, get_visible, record_context, thread_context
from apps.vendors.forms import AnswersForm
from apps.vendors.models import DueDiligence, Evidence, Organisation
from apps.vendors.tables import DueDiligenceFilter, DueDiligenceTable
from apps.workflow.models import Decision


@require_safe
@login_required
def duediligence_list(request: AuthedRequest) -> HttpResponseBase:
    asked = DueDiligence.objects.visible_to(request.user)
    return render_list(
        request,
        asked.select_related("vendor", "questionnaire", "concluded_by"),
        table=DueDiligenceTable,
        filterset=DueDiligenceFilter,
        heading="Due diligence",
        purpose="What vendors were asked, and what legal or privacy concluded.",
        links=[(reverse("vendors:questionnaire_list"), "Questionnaires")],
        empty="Nothing was asked yet. Open due diligence on the page of a vendor.",
    )


@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def duediligence_create(request: AuthedRequest, pk: int) -> HttpResponse:
    """Ask whether to open due diligence of a vendor, and open it."""
    vendor: Organisation = get_visible(request, Organisation, pk)
    require(request.user, "vendors.start_due_diligence", vendor)
    form = forms.Form(posted(request))
    if request.method == "POST" and form.is_valid():
        made = DueDiligence.start(vendor, by=request.user)
        may_answer = request.user.has_perm("vendors.answer_duediligence", made)
        return redirect(_answers_url(made) if may_answer else made)
    context = {
        "form": form,
        "heading": f"Open due diligence of {vendor}",
        "lead": f"The questions for {vendor.get_risk_tier_display().lower() or 'an unknown'} risk are asked.",
        "next_steps": "The owner of the vendor or legal answers; somebody else of legal or privacy concludes. "
        "An approval that stands is not touched.",
        "submit_label": "Open due diligence",
        "cancel_url": vendor.get_absolute_url(),
    }
    return render(request, "components/form_page.html", context)


@require_safe
@login_required
def duediligence_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    asked: DueDiligence = get_visible(request, DueDiligence, pk)
    sees_answers = not asked.hides_remarks_from(request.user)
    may_answer = asked.is_editable and request.user.has_perm("vendors.answer_duediligence", asked)
    extra = {
        "asked": asked,
        "sees_answers": sees_answers,
        "groups": answered_groups(asked) if sees_answers else [],
        "missing": len(asked.missing()) if asked.is_editable else 0,
        "reason": conclusion_reason(asked) if sees_answers else "",
        "edit_url": _answers_url(asked) if may_answer else None,
        **thread_context(asked, request.user),
    }
    return render(request, "vendors/diligence.html", record_context(request, asked, "overview", **extra))


def answered_groups(asked: DueDiligence) -> list[dict[str, Any]]:
    """The questions under their topics, each with its answer and files."""
    answers = {answer.question_id: answer for answer in asked.all_answers()}
    files: dict[int, list[Evidence]] = {}
    for stored in asked.evidence.all():
        files.setdefault(stored.question_id, []).append(stored)
    groups: list[dict[str, Any]] = []
    for question in asked.all_questions():
        if not groups or groups[-1]["topic"] != question.topic:
            groups.append({"topic": question.topic, "rows": []})
        row = {"question": question, "answer": answers.get(question.pk), "files": files.get(question.pk, [])}
        groups[-1]["rows"].append(row)
    return groups


def conclusion_reason(asked: DueDiligence) -> str:
    concluded = Decision.objects.about(asked).made().filter(transition="conclude").last()
    return concluded.note if concluded else ""


@require_http_methods(FORM_METHODS)
@login_required
def duediligence_answers(request: AuthedRequest, pk: int) -> HttpResponse:
    asked: DueDiligence = get_visible(request, DueDiligence, pk)
    require(request.user, "vendors.answer_duediligence", asked)
    asked.require_editable()
    response = edit_form(
        request,
        asked,
        _show_missing if "missing" in request.GET else AnswersForm,
        heading=f"Answers: {asked}",
        lead=f"{asked.questionnaire}. Save as often as you like; nothing is judged before you hand in.",
        next_steps="When you hand in, legal or privacy reads the answers, and concludes or returns them to you.",
        cancel_url=asked.get_absolute_url(),
        template="vendors/answers.html",
    )
    if response.status_code == 302:
        messages.success(request, "Your answers are saved.")
    return response


def _show_missing(data: Any, files: Any, *, instance: DueDiligence, user: Any) -> AnswersForm:
    """The kept answers, with a word beside what is still missing."""
    kept = AnswersForm(instance=instance)
    if data is not None:
        return AnswersForm(data, files, instance=instance)
    form = AnswersForm({name: field.initial for name, field in kept.fields.items()}, instance=instance)
    form.is_valid()
    form.show_missing()
    return form


@require_safe
@login_required
def evidence(request: AuthedRequest, pk: int) -> FileResponse:
    found = get_object_or_404(Evidence.objects.visible_to(request.user).select_related("due_diligence__vendor"), pk=pk)
    if found.due_diligence.hides_remarks_from(request.user):
        raise Http404
    return found.as_download()


def _answers_url(asked: DueDiligence) -> str:
    return reverse("vendors:duediligence_answers", args=[asked.pk])
