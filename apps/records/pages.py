"""The pages of a record: its list entry opened, made, edited, moved by a step, with its head, tabs and history."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.accounts.models import User
from apps.core.badges import tone_of
from apps.core.comparing import Comparison, Difference, seen_values
from apps.core.exceptions import Blocked, Conflict, StaleEdit
from apps.core.forms import FORM_METHODS, RecordForm, only_posted, posted
from apps.core.panels import panels_for
from apps.core.permissions import require
from apps.core.waiting import numbered, sentence
from apps.findings.models import CheckedModel, Finding
from apps.ledger.models import RecordedModel
from apps.ledger.once import sent_once
from apps.ledger.pages import decision_page
from apps.ledger.timeline import Event, changed_since, label_of
from apps.records.kind import Kind, Look
from apps.records.registry import kind_of
from apps.workflow.forms import CommentForm, TransitionForm, transition_form
from apps.workflow.models import Comment, ConfirmedModel, GovernedModel, ReviewedModel, Transition
from apps.workflow.timeline import events_of


def get_visible(request: AuthedRequest, model: type[RecordedModel], pk: int) -> Any:
    """The record, or 404 when this user does not see it."""
    visible = model._default_manager.visible_to(request.user)  # type: ignore[attr-defined]
    return get_object_or_404(visible.select_related(*getattr(model, "named_on_pages", ())), pk=pk)


def record_context(request: AuthedRequest, record: GovernedModel, tab: str, **extra: Any) -> dict[str, Any]:
    """The context of any page of a governed record."""
    user, kind = request.user, kind_of(type(record))
    return {
        "record": record,
        "heading": str(record),
        "number": sentence(numbered(record)),
        "status_label": record.get_status_display(),
        "status_tone": tone_of(record),
        "list_url": kind.list_url,
        "list_label": kind.label,
        "steps": [step_link(record, step) for step in record.transitions_for(user)],
        "edit_url": edit_url(record, user),
        "tabs": tabs(record, user, tab),
        "proposals": record.proposals() if isinstance(record, ConfirmedModel) else [],
        **extra,
    }


@require_safe
@login_required
def record_detail(request: AuthedRequest, pk: int, kind: Kind[Any]) -> HttpResponse:
    record, user = get_visible(request, kind.model, pk), request.user
    more = kind.context(record, user) if kind.context else {}
    extra = {kind.name: record, "panels": panels_for(record, user), **more}
    return render(request, kind.template, record_context(request, record, "overview", **extra))


@require_http_methods(FORM_METHODS)
@login_required
def record_create(request: AuthedRequest, kind: Kind[Any]) -> HttpResponse:
    require(request.user, kind.permission("add"))
    return _form_page(request, kind, kind.new(request.user), heading="", cancel_url=kind.list_url)


@require_http_methods(FORM_METHODS)
@login_required
def record_edit(request: AuthedRequest, pk: int, kind: Kind[Any]) -> HttpResponse:
    record = get_visible(request, kind.model, pk)
    require(request.user, kind.permission("change"), record)
    record.require_editable()
    return _form_page(request, kind, record, heading=f"Edit: {record}", cancel_url=record.get_absolute_url())


def _form_page(request: AuthedRequest, kind: Kind[Any], record: Any, *, heading: str, cancel_url: str) -> HttpResponse:
    door = kind.edit if record.pk else kind.create
    if door is None or kind.form is None:  # such an address is not made, see addresses.py
        raise Http404
    return edit_form(
        request,
        record,
        kind.form,
        heading=heading or door.label,
        lead=door.lead,
        next_steps=door.next_steps,
        submit_label=door.submit_label,
        cancel_url=cancel_url,
    )


def step_link(record: GovernedModel, step: Transition) -> dict[str, Any]:
    """The button of a step, with what it needs, or why nobody can take it now."""
    gaps, look = gaps_of(record, step), kind_of(type(record)).steps.get(step.name)
    why_not = "Something is not filled in yet." if gaps else record.why_not_now(step)
    return {
        "name": step.name,
        "label": step.label,
        "url": step_url(record, step),
        "why_not": why_not,
        "gaps": gaps,
        "remark": why_not or step.needs,
        "is_expected": look == Look.EXPECTED,
        "is_dangerous": look == Look.DANGEROUS,
    }


def gaps_of(record: GovernedModel, step: Transition) -> list[dict[str, str]]:
    """What is not filled in and has to be before the step: each with its label, the sentence, and where to do it."""
    gaps = []
    for name, words in record.missing_for(step).items():
        label, anchor = RecordForm.question(type(record), name)
        gaps.append({"label": label, "words": words, "url": f"{record.get_edit_url()}#{anchor}"})
    return gaps


def obstacle_to(record: GovernedModel, step: Transition, user: User) -> dict[str, Any] | None:
    """Why the step cannot be taken now, as the page of the step shows it; None when nothing stands in the way."""
    if gaps := gaps_of(record, step):
        return {"words": "Fill these in first, then come back to this step.", "gaps": gaps}
    if why := record.why_not_now(step):
        return {"words": why}
    try:
        record.guard(step)
    except Blocked as refusal:
        return refused(refusal, user)
    return None


def refused(refusal: Exception, user: User) -> dict[str, Any]:
    if isinstance(refusal, Blocked):
        return {"words": refusal.words_for(user), "facts": refusal.facts_for(user)}
    return {"words": str(refusal)}


def step_url(record: GovernedModel, step: Transition) -> str:
    return reverse(f"{record._meta.app_label}:{record._meta.model_name}_step", args=[record.pk, step.name])


def edit_url(record: GovernedModel, user: User) -> str | None:
    if not record.is_editable or not user.has_perm(kind_of(type(record)).permission("change"), record):
        return None
    return record.get_edit_url()


def tabs(record: GovernedModel, user: User, active: str) -> list[dict[str, Any]]:
    made = [("overview", "Overview", record.get_absolute_url(), 0)]
    if isinstance(record, CheckedModel):
        open_findings = Finding.objects.open_about(record, user)
        made.append(("checks", "Checks", f"{record.get_absolute_url()}checks/", open_findings))
    if isinstance(record, ReviewedModel):
        made.append(("review", "Decision sheet", f"{record.get_absolute_url()}review/", 0))
    made.append(("history", "History", f"{record.get_absolute_url()}history/", 0))
    return [
        {"label": label, "url": url, "active": name == active, "badge": badge, "badge_tone": "red"}
        for name, label, url, badge in made
    ]


def thread_context(record: GovernedModel, user: User) -> dict[str, Any]:
    comments = [
        {
            "author": comment.author_name,
            "at": comment.created_at,
            "body": comment.body,
            "redact_url": redact_url(comment, user),
            "attachments": [
                {"label": f.name, "url": f.get_absolute_url(), "contents": f.contents}
                for f in comment.attachments.all()
            ],
        }
        for comment in Comment.objects.all().thread(record, user)
    ]
    may_write = user.has_perm("workflow.add_comment")
    return {
        "comments": comments,
        "comments_withheld": record.hides_remarks_from(user),
        "comment_form": CommentForm(prefix="comment") if may_write else None,
        "comment_url": f"{record.get_absolute_url()}comment/",
    }


@require_safe
@login_required
def history(request: AuthedRequest, pk: int, kind: Kind[Any]) -> HttpResponse:
    record = get_visible(request, kind.model, pk)
    extra = {"events": events_of(record, request.user), "redact_url": redact_url(record, request.user)}
    return render(request, "records/history_tab.html", record_context(request, record, "history", **extra))


def redact_url(record: Any, user: User) -> str:
    """Where this user asks for a redaction of the record; empty when there is nothing to ask."""
    if not record.redactable or not user.has_perm("workflow.request_redaction"):
        return ""
    return reverse("workflow:redaction_create", args=[record._meta.label_lower, record.pk])


def record_address(sub: str = "") -> Callable[..., str]:
    """The address of the record, or of one of its tabs, by what the address of a view names."""
    return lambda pk, kind: (
        f"{kind.model(pk=pk).get_absolute_url()}{sub if issubclass(kind.model, ReviewedModel) else ''}"
    )


@login_required
@only_posted(record_address("review/"))
@sent_once
def comment(request: AuthedRequest, pk: int, kind: Kind[Any]) -> HttpResponse:
    record = get_visible(request, kind.model, pk)
    require(request.user, "workflow.add_comment")
    form = CommentForm(request.POST, request.FILES, prefix="comment")
    if form.is_valid():
        try:
            Comment.write(record, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None if hasattr(error, "error_dict") else "file", error)
        else:
            return redirect(f"{record.get_absolute_url()}{'review/' if isinstance(record, ReviewedModel) else ''}")
    context = {"form": form, "heading": f"Comment on {record}", "cancel_url": record.get_absolute_url()}
    return render(request, "components/form_page.html", context, status=422)


@require_http_methods(FORM_METHODS)
@login_required
def step(request: AuthedRequest, pk: int, name: str, kind: Kind[Any]) -> HttpResponse:
    """GET asks for what the step needs, POST takes it."""
    record = get_visible(request, kind.model, pk)
    wanted = record.transitions.get(name)
    if wanted is None or wanted.system or wanted.by_review:
        raise Http404
    form_class = transition_form(kind.model, name)
    form = form_class(posted(request), request.FILES or None, step=wanted, record=record, user=request.user)
    context = {
        "needs": wanted.needs,
        "answers_to": None if record.hides_remarks_from(request.user) else record.asked_by(wanted),
        "heading": f"{wanted.label}: {record}",
        "lead": (getattr(kind.model, name).__doc__ or "").strip().split("\n")[0],
        "submit_label": wanted.label,
        "cancel_url": record.get_absolute_url(),
    }
    if request.method != "POST" or not form.is_valid():
        record.require_status(wanted)
        record.require_permission(wanted, request.user)
        context["obstacle"] = obstacle_to(record, wanted, request.user)
    return decision_page(request, form, partial(_take, request, record, wanted, context), context)


def _take(
    request: AuthedRequest, record: GovernedModel, wanted: Transition, context: dict[str, Any], filled: TransitionForm
) -> HttpResponse:
    """Take the step; where something stands in the way, show the page again with that and with what was typed."""
    obstacle, status = None, 422
    try:
        getattr(record, wanted.name)(by=request.user, **filled.decided)
    except StaleEdit:
        raise
    except ValidationError:
        obstacle = obstacle_to(record, wanted, request.user) if record.missing_for(wanted) else None
        if obstacle is None:
            raise
    except Conflict as refusal:
        record.require_status(wanted)
        obstacle, status = refused(refusal, request.user), 409
    else:
        return redirect(record)
    page = {**context, "form": filled, "obstacle": obstacle}
    return render(request, "components/form_page.html", page, status=status)


@sent_once
def edit_form(
    request: AuthedRequest,
    record: Any,
    make_form: Callable[..., Any],
    *,
    heading: str,
    cancel_url: str,
    lead: str = "",
    next_steps: str = "",
    submit_label: str = "Save",
    template: str = "components/form_page.html",
    **more: Any,
) -> HttpResponse:
    """The page on which a record is made or edited. `make_form` takes data, files, `instance` and `user`, and its form
    has `save_by`.

    `record` is unsaved for a new one. The form carries the revision and the values it was opened with; when somebody
    saved in between, both versions are compared and nothing is overwritten. `more` is for a template of its own.
    """
    status, conflict = 200, None
    with transaction.atomic():
        if record.pk is not None and request.method == "POST":
            record = type(record)._default_manager.locked(record.pk)
        form = make_form(posted(request), request.FILES or None, instance=record, user=request.user)
        seen = seen_values(form) if record.pk else ""
        if request.method == "POST":
            comparison = Comparison(form, is_fresh=not _is_stale(request, record)) if record.pk else None
            if comparison and (any(row.by_them for row in comparison.rows) or _is_stale(request, record)):
                conflict = None if _is_settled(request, record, comparison) else _conflict(request, record, comparison)
                form = make_form(comparison.merged(), request.FILES or None, instance=record, user=request.user)
                seen = comparison.seen_now
            if conflict is None and form.is_valid():
                return redirect(form.save_by(request.user))
            status = 409 if conflict else 422
        context = {
            "form": form,
            "heading": heading,
            "lead": lead,
            "cancel_url": cancel_url,
            "next_steps": next_steps,
            "submit_label": submit_label,
            "conflict": conflict,
            "revision": record.revision if record.pk else None,
            "seen": seen,
            **more,
        }
        return render(request, template, context, status=status)


def _is_stale(request: AuthedRequest, record: Any) -> bool:
    return bool(request.POST.get("revision") != str(record.revision))


def _is_settled(request: AuthedRequest, record: Any, comparison: Comparison) -> bool:
    return comparison.is_settled and not _is_stale(request, record)


def _conflict(request: AuthedRequest, record: Any, comparison: Comparison) -> dict[str, Any]:
    """What components/conflict.html says: what both changed, and since when by whom."""
    events = changed_since(
        record, {"revision": request.POST.get("since") or request.POST.get("revision")}, request.user
    )
    rows = [{"row": row, "event": _changed_by(row, comparison.form, events)} for row in comparison.rows]
    return {
        "events": events,
        "rows": rows,
        "asks": any(row.is_open for row in comparison.rows),
        "again": not _is_stale(request, record),
        "since": request.POST.get("since") or request.POST.get("revision", ""),
        "files": bool(request.FILES),
    }


def _changed_by(row: Difference, form: Any, events: list[Event]) -> Event | None:
    """The newest event that names the field, else the newest one, of those that changed what is saved."""
    if not row.by_them:
        return None
    options = form.instance._meta
    known = {field.name: label_of(field) for field in options.concrete_fields}
    label = getattr(form.fields[row.name], "history_label", known.get(row.name))
    named = (event for event in events if any(change.label == label for change in event.changes))
    return next(named, events[0] if events else None)
