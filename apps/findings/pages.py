"""What the pages of every governed record share: head, tabs, checks, decision sheet and history."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.accounts.models import Role, User
from apps.core import clock
from apps.core.badges import tone_of
from apps.core.comparing import Comparison, Difference, seen_values
from apps.core.exceptions import Blocked, Conflict, StaleEdit
from apps.core.forms import FORM_METHODS, RecordForm, only_posted, posted
from apps.core.panels import panels_for
from apps.core.waiting import numbered, sentence
from apps.findings.models import ApprovedModel, CheckedModel, Finding, RuleOutcome, Source
from apps.ledger.once import sent_once
from apps.ledger.pages import add_errors, decision_page, stale_context
from apps.ledger.timeline import Change, Event, changed_since, label_of
from apps.workflow.forms import CommentForm, TransitionForm, VoteForm, transition_form
from apps.workflow.models import (
    Comment,
    Condition,
    ConfirmedModel,
    GovernedModel,
    Review,
    ReviewedModel,
    Seat,
    Transition,
)
from apps.workflow.models.review import differences
from apps.workflow.timeline import events_of

# How the buttons of some steps look; every other step is a plain button.
EXPECTED = frozenset(
    {
        "submit",
        "propose",
        "sign",
        "activate",
        "adopt",
        "publish",
        "make",
        "acknowledge",
        "answer",
        "carry_out",
        "conclude",
        "confirm",
    }
)
DANGEROUS = frozenset({"terminate", "retire", "offboard", "suspend"})
MOST_BESIDE = 10  # open findings about other records
# The lists of models that do not give their name to the list of their room, as (name of the page, its heading).
LISTS = {
    "organisation": ("vendors:list", "Vendors"),
    "requirement": ("findings:rules", "Rules"),
    "redaction": ("portal:redactions", "Redactions"),
    "proposal": ("portal:proposals", "Changes to confirm"),
    "duediligence": ("vendors:duediligence_list", "Due diligence"),
    "questionnaire": ("vendors:questionnaire_list", "Questionnaires"),
    "sameness": ("vendors:samenesses", "On record twice?"),
    "transfer": ("agreements:transfers", "Transfers"),
    "noticeversion": ("disclosures:list", "Disclosures"),
    "publicstatement": ("disclosures:statements", "Public statements"),
}


def get_visible(request: AuthedRequest, model: type[GovernedModel], pk: int) -> Any:
    """The record, or 404 when this user does not see it."""
    visible = model._default_manager.visible_to(request.user)  # type: ignore[attr-defined]
    return get_object_or_404(visible.select_related(*model.named_on_pages), pk=pk)


def record_context(request: AuthedRequest, record: GovernedModel, tab: str, **extra: Any) -> dict[str, Any]:
    """The context of any page of a governed record."""
    user, meta = request.user, record._meta
    plain = (f"{meta.app_label}:list", str(meta.verbose_name_plural).capitalize())
    list_name, list_label = LISTS.get(str(meta.model_name), plain)
    return {
        "record": record,
        "heading": str(record),
        "number": sentence(numbered(record)),
        "status_label": record.get_status_display(),
        "status_tone": tone_of(record.status),
        "list_url": reverse(list_name),
        "list_label": list_label,
        "steps": [step_link(record, step) for step in record.transitions_for(user)],
        "edit_url": edit_url(record, user),
        "tabs": tabs(record, user, tab),
        "proposals": record.proposals() if isinstance(record, ConfirmedModel) else [],
        **extra,
    }


def step_link(record: GovernedModel, step: Transition) -> dict[str, Any]:
    """The button of a step, with what it needs, or why nobody can take it now."""
    gaps = gaps_of(record, step)
    why_not = "Something is not filled in yet." if gaps else record.why_not_now(step)
    return {
        "name": step.name,
        "label": step.label,
        "url": step_url(record, step),
        "why_not": why_not,
        "gaps": gaps,
        "remark": why_not or step.needs,
        "is_expected": step.name in EXPECTED,
        "is_dangerous": step.name in DANGEROUS,
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
    permission = f"{record._meta.app_label}.change_{record._meta.model_name}"
    if not record.is_editable or not user.has_perm(permission, record):
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


def fact_rows(record: CheckedModel, outcomes: list[RuleOutcome], user: User) -> list[dict[str, Any]]:
    """Outcomes as components/facts.html shows them."""
    sees_amounts = record.tells_amounts_to(user)
    return [
        {
            "severity": outcome.requirement.severity,
            "unknown": outcome.result.unknown,
            "severity_label": outcome.requirement.get_severity_display(),
            "fact": outcome.result.fact,
            "detail": (outcome.result.confidential if sees_amounts else "") or outcome.result.detail,
            "sources": [source.shown_to(user) for source in outcome.result.sources],
            "stops_words": _stops(outcome, record),
            "clears": outcome.result.clears,
            "rule": {"title": outcome.requirement.title, "url": outcome.requirement.get_absolute_url()},
            "state_words": outcome.finding.state_words if outcome.finding and outcome.finding.is_excused else "",
            "finding_url": outcome.finding.get_absolute_url() if outcome.finding else "",
        }
        for outcome in outcomes
    ]


def beside_rows(record: CheckedModel, user: User) -> list[dict[str, Any]]:
    """Open findings about other records, the worst first, each with the record that it is about."""
    found = record.open_beside(user).select_related("requirement").prefetch_related("subject").worst_first()
    return [
        {
            "severity": finding.severity,
            "severity_label": finding.get_severity_display(),
            "fact": finding.fact,
            "sources": [Source(str(finding.subject), finding.get_absolute_url())],
        }
        for finding in found[:MOST_BESIDE]
    ]


def _stops(outcome: RuleOutcome, record: CheckedModel) -> str:
    stopped = outcome.requirement.stops_among(record.transitions)
    if stopped and not outcome.requirement.reaches(outcome.result.risk_tier):
        tiers = str(outcome.requirement.get_above_tier_display()).lower()
        return f"stops {stopped} only in: {tiers}"
    if stopped and not outcome.requirement.is_adopted:
        return "asks only, until legal adopts the rule"
    return f"stops {stopped}" if stopped else ""


@require_safe
@login_required
def checks(request: AuthedRequest, pk: int, model: type[CheckedModel]) -> HttpResponse:
    record = get_visible(request, model, pk)
    if record.leads_to:
        return redirect(f"{record.leads_to.get_absolute_url()}checks/")
    evaluation = record.evaluation_for(request.user)
    extra = {
        "results": fact_rows(record, evaluation.outcomes, request.user),
        "evaluation": evaluation,
        "checked_at": clock.now(),
        "closed": Finding.objects.about(record).visible_to(request.user).exclude(status__in=Finding.NOT_CLOSED),
    }
    return render(request, "findings/checks_tab.html", record_context(request, record, "checks", **extra))


@require_safe
@login_required
def review(request: AuthedRequest, pk: int, model: type[ApprovedModel]) -> HttpResponse:
    record = get_visible(request, model, pk)
    if record.leads_to:
        return redirect(f"{record.leads_to.get_absolute_url()}review/")
    return render(request, "findings/review_tab.html", review_context(request, record))


def review_context(request: AuthedRequest, record: ApprovedModel, vote_form: VoteForm | None = None) -> dict[str, Any]:
    """The decision sheet: what is asked, what stands in the way, who decides, and what this person may do."""
    user, current = request.user, record.review
    if current:
        current.subject = record  # one instance, so that conflicts are asked once
    running = current is not None and current.status in (Review.Status.OPEN, Review.Status.PAUSED)
    seats = current.seats() if current and running else []
    evaluation, sees_remarks = record.evaluation_for(user), not record.hides_remarks_from(user)
    outcomes = evaluation.outcomes
    is_open = current is not None and current.status == Review.Status.OPEN
    roles = [seat.role for seat in seats if is_open and not seat.why_not(user)]
    if vote_form:
        vote_form.offer_again(roles)
    return record_context(
        request,
        record,
        "review",
        review=current,
        running=running,
        short=record.in_short(),
        results=fact_rows(record, outcomes, user),
        objections=sum(outcome.objects_to("approve") for outcome in outcomes),
        evaluation=evaluation,
        beside=beside_rows(record, user),
        checked_at=clock.now(),
        content=record.review_content(),
        changes=content_changes(record, user) if current and current.number > 1 else None,
        seats=seats,
        votes=current.latest_votes() if current else [],
        sees_remarks=sees_remarks,
        vote_form=(vote_form or VoteForm(roles=roles, review=current)) if current and roles else None,
        refused_vote=vote_form,
        why_not=_why_not(seats, user, is_open) if running and not roles else "",
        review_steps=[step_link(current, step) for step in current.transitions_for(user)] if current else [],
        conditions=_conditions(current) if sees_remarks else [],
        panels=panels_for(record, user),
        **thread_context(record, user),
    )


def _why_not(seats: list[Seat], user: User, is_open: bool) -> str:
    """Why this user has no vote, where they hold a role that is asked."""
    if not is_open:
        return "Nobody votes until the question is answered."
    own = [seat for seat in seats if user.has_role(seat.role)] or [s for s in seats if user.pk in s.known.barred]
    return own[0].why_not(user) if own else ""


def _conditions(current: Review | None) -> list[Any]:
    votes = (
        [vote for vote in current.all_votes() if vote.verdict == vote.Verdict.APPROVE_WITH_CONDITIONS]
        if current
        else []
    )
    return list(Condition.objects.filter(vote__in=votes).order_by("vote", "pk")) if votes else []


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


def content_changes(record: ReviewedModel, user: User) -> tuple[int, list[Change]] | None:
    """The version this user last voted on, else the one before, and what changed since; None when nothing is older."""
    reviews = list(Review.objects.about(record).order_by("-number").prefetch_related("votes"))
    older = reviews[1:]
    base = next((r for r in older if any(vote.by_id == user.pk for vote in r.votes.all())), older[0] if older else None)
    if base is None:
        return None
    return base.number, differences(base.content, record.review_content())


@require_safe
@login_required
def history(request: AuthedRequest, pk: int, model: type[GovernedModel]) -> HttpResponse:
    record = get_visible(request, model, pk)
    extra = {"events": events_of(record, request.user), "redact_url": redact_url(record, request.user)}
    return render(request, "findings/history_tab.html", record_context(request, record, "history", **extra))


def redact_url(record: Any, user: User) -> str:
    """Where this user asks for a redaction of the record; empty when there is nothing to ask."""
    if not record.redactable or not user.has_perm("workflow.request_redaction"):
        return ""
    return reverse("portal:redact", args=[record._meta.label_lower, record.pk])


def _record_address(sub: str = "") -> Callable[..., str]:
    """The address of the record, or of one of its tabs, by what the address of a view names."""
    return lambda pk, model: f"{model(pk=pk).get_absolute_url()}{sub if issubclass(model, ReviewedModel) else ''}"


@login_required
@only_posted(_record_address("review/"))
@sent_once
def vote(request: AuthedRequest, pk: int, model: type[ApprovedModel]) -> HttpResponse:
    record = get_visible(request, model, pk)
    current = record.review
    if current is None:
        raise Http404
    form, stale, status = VoteForm(request.POST, roles=current.roles(), review=current), None, 422
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            current.as_shown(**form.shown).vote(
                by=request.user,
                role=Role(wanted["role"]),
                verdict=wanted["verdict"],
                reason=wanted["reason"],
                conditions=form.asks,
            )
        except StaleEdit as error:
            stale, status = {**stale_context(error, request.user), "typed": True}, 409
            form.show_present()
        except ValidationError as error:
            add_errors(form, error)
        except (Conflict, PermissionDenied) as refusal:
            # What was typed is shown again, below the reason of the refusal.
            form.add_error(None, refused(refusal, request.user)["words"])
            record, status = get_visible(request, model, pk), 409 if isinstance(refusal, Conflict) else 403
        else:
            messages.success(request, "Your vote is recorded.")
            return redirect(f"{record.get_absolute_url()}review/")
    context = {**review_context(request, record, form), "stale": stale}
    return render(request, "findings/review_tab.html", context, status=status)


@login_required
@only_posted(_record_address("review/"))
@sent_once
def comment(request: AuthedRequest, pk: int, model: type[GovernedModel]) -> HttpResponse:
    record = get_visible(request, model, pk)
    if not request.user.has_perm("workflow.add_comment"):
        raise PermissionDenied("Auditors read and change nothing.")
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
def step(request: AuthedRequest, pk: int, name: str, model: type[GovernedModel]) -> HttpResponse:
    """GET asks for what the step needs, POST takes it."""
    record = get_visible(request, model, pk)
    wanted = record.transitions.get(name)
    if wanted is None or wanted.system or wanted.by_review:
        raise Http404
    form_class = transition_form(model, name)
    form = form_class(posted(request), request.FILES or None, step=wanted, record=record, user=request.user)
    context = {
        "needs": wanted.needs,
        "answers_to": None if record.hides_remarks_from(request.user) else record.asked_by(wanted),
        "heading": f"{wanted.label}: {record}",
        "lead": (getattr(model, name).__doc__ or "").strip().split("\n")[0],
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
    """The page on which a record is made or edited. `make_form` takes data, files and `instance`, and has `save_by`.

    `record` is unsaved for a new one. The form carries the revision and the values it was opened with; when somebody
    saved in between, both versions are compared and nothing is overwritten. `more` is for a template of its own.
    """
    status, conflict = 200, None
    with transaction.atomic():
        if record.pk is not None and request.method == "POST":
            record = type(record)._default_manager.locked(record.pk)
        form = make_form(posted(request), request.FILES or None, instance=record)
        seen = seen_values(form) if record.pk else ""
        if request.method == "POST":
            comparison = Comparison(form, is_fresh=not _is_stale(request, record)) if record.pk else None
            if comparison and (any(row.by_them for row in comparison.rows) or _is_stale(request, record)):
                conflict = None if _is_settled(request, record, comparison) else _conflict(request, record, comparison)
                form, seen = make_form(comparison.merged(), request.FILES or None, instance=record), comparison.seen_now
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


def step_url_pattern(model: type[GovernedModel], prefix: str) -> URLPattern:
    return path(f"{prefix}<int:pk>/do/<slug:name>/", step, {"model": model}, name=f"{model._meta.model_name}_step")


def record_urls(model: type[GovernedModel], *, prefix: str = "") -> list[URLPattern]:
    """The pages that every governed record has beside its own."""
    kwargs = {"model": model}
    name = model._meta.model_name
    urls = [
        step_url_pattern(model, prefix),
        path(f"{prefix}<int:pk>/history/", history, kwargs, name=f"{name}_history"),
        path(f"{prefix}<int:pk>/comment/", comment, kwargs, name=f"{name}_comment"),
    ]
    if issubclass(model, CheckedModel):
        urls += [path(f"{prefix}<int:pk>/checks/", checks, kwargs, name=f"{name}_checks")]
    if issubclass(model, ReviewedModel):
        urls += [
            path(f"{prefix}<int:pk>/review/", review, kwargs, name=f"{name}_review"),
            path(f"{prefix}<int:pk>/review/vote/", vote, kwargs, name=f"{name}_vote"),
        ]
    return urls
