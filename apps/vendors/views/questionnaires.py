"""The questionnaires, and the questions of those that are drafts."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS, only_posted
from apps.core.lists import render_list
from apps.core.permissions import require
from apps.ledger.once import sent_once
from apps.ledger.pages import as_posted
from apps.records.pages import edit_form, get_visible, record_context
from apps.vendors.forms import QuestionForm, QuestionnaireForm
from apps.vendors.models import Question, Questionnaire
from apps.vendors.tables import QuestionnaireFilter, QuestionnaireTable


@require_safe
@login_required
def questionnaire_list(request: AuthedRequest) -> HttpResponseBase:
    return render_list(
        request,
        Questionnaire.objects.visible_to(request.user).annotate(
            question_count=Count("questions", distinct=True), times_used=Count("used_in", distinct=True)
        ),
        table=QuestionnaireTable,
        filterset=QuestionnaireFilter,
        heading="Questionnaires",
        purpose="What vendors are asked, by risk tier. Legal and privacy keep them; what is in use is never changed, "
        "a new version replaces it.",
        links=[(reverse("vendors:duediligence_list"), "Due diligence")],
    )


@require_safe
@login_required
def questionnaire_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    questionnaire: Questionnaire = get_visible(request, Questionnaire, pk)
    may_edit = request.user.has_perm("vendors.edit_questionnaire")
    has_draft = Questionnaire.objects.filter(tier=questionnaire.tier, status=Questionnaire.Status.DRAFT).exists()
    extra = {
        "questionnaire": questionnaire,
        "questions": questionnaire.questions.all(),
        "may_edit_questions": may_edit and questionnaire.is_editable,
        "may_renew": may_edit and not has_draft,
        "edit_url": reverse("vendors:questionnaire_edit", args=[questionnaire.pk])
        if may_edit and questionnaire.is_editable
        else None,
    }
    context = record_context(request, questionnaire, "overview", **extra)
    return render(request, "vendors/questionnaire.html", context)


@login_required
@only_posted(lambda pk: reverse("vendors:questionnaire_detail", args=[pk]))
@sent_once
def questionnaire_renew(request: AuthedRequest, pk: int) -> HttpResponse:
    questionnaire: Questionnaire = get_visible(request, Questionnaire, pk)
    _require_keeper(request)
    return redirect(questionnaire.new_version(by=request.user))


@require_http_methods(FORM_METHODS)
@login_required
def questionnaire_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    questionnaire = _draft(request, pk)
    return edit_form(
        request,
        questionnaire,
        QuestionnaireForm,
        heading=f"Edit: {questionnaire}",
        cancel_url=questionnaire.get_absolute_url(),
    )


@require_http_methods(FORM_METHODS)
@login_required
def question_create(request: AuthedRequest, pk: int) -> HttpResponse:
    questionnaire = _draft(request, pk)
    question = Question(questionnaire=questionnaire, position=questionnaire.questions.count() + 1)
    return edit_form(
        request, question, QuestionForm, heading="Add a question", cancel_url=questionnaire.get_absolute_url()
    )


@require_http_methods(FORM_METHODS)
@login_required
def question_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    question = _question(request, pk)
    return edit_form(request, question, QuestionForm, heading="Edit a question", cancel_url=question.get_absolute_url())


@login_required
@only_posted(lambda pk: reverse("vendors:question_edit", args=[pk]))
@transaction.atomic
def question_remove(request: AuthedRequest, pk: int) -> HttpResponse:
    question = as_posted(request, _question(request, pk))
    questionnaire = Questionnaire.objects.locked(question.questionnaire_id)
    questionnaire.require_editable()
    question.lock()
    questionnaire.touch(request.user, "remove question")
    question.on_behalf(request.user, "remove").delete()
    return redirect(question.questionnaire)


def _question(request: AuthedRequest, pk: int) -> Question:
    visible = Questionnaire.objects.visible_to(request.user)
    question = get_object_or_404(Question.objects.filter(questionnaire__in=visible), pk=pk)
    question.questionnaire = _draft(request, question.questionnaire_id)
    return question


def _draft(request: AuthedRequest, pk: int) -> Questionnaire:
    questionnaire: Questionnaire = get_visible(request, Questionnaire, pk)
    _require_keeper(request)
    questionnaire.require_editable()
    return questionnaire


def _require_keeper(request: AuthedRequest) -> None:
    require(request.user, "vendors.edit_questionnaire")
