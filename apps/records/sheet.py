"""What stands in the way of a record, and its decision sheet: what is asked, who decides, and the vote."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.accounts.models import Role, User
from apps.core import clock
from apps.core.exceptions import Conflict, StaleEdit
from apps.core.forms import only_posted
from apps.core.panels import panels_for
from apps.findings.models import ApprovedModel, CheckedModel, Finding, RuleOutcome, Source
from apps.ledger.once import sent_once
from apps.ledger.pages import add_errors, stale_context
from apps.ledger.timeline import Change
from apps.records.kind import Kind
from apps.records.pages import get_visible, record_address, record_context, refused, step_link, thread_context
from apps.workflow.forms import VoteForm
from apps.workflow.models import Condition, Review, ReviewedModel, Seat
from apps.workflow.models.review import differences

MOST_BESIDE = 10  # open findings about other records


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
def checks(request: AuthedRequest, pk: int, kind: Kind[Any]) -> HttpResponse:
    record = get_visible(request, kind.model, pk)
    if record.leads_to:
        return redirect(f"{record.leads_to.get_absolute_url()}checks/")
    evaluation = record.evaluation_for(request.user)
    extra = {
        "results": fact_rows(record, evaluation.outcomes, request.user),
        "evaluation": evaluation,
        "checked_at": clock.now(),
        "closed": Finding.objects.about(record).visible_to(request.user).exclude(status__in=Finding.NOT_CLOSED),
    }
    return render(request, "records/checks_tab.html", record_context(request, record, "checks", **extra))


@require_safe
@login_required
def review(request: AuthedRequest, pk: int, kind: Kind[Any]) -> HttpResponse:
    record = get_visible(request, kind.model, pk)
    if record.leads_to:
        return redirect(f"{record.leads_to.get_absolute_url()}review/")
    return render(request, "records/review_tab.html", review_context(request, record))


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


def content_changes(record: ReviewedModel, user: User) -> tuple[int, list[Change]] | None:
    """The version this user last voted on, else the one before, and what changed since; None when nothing is older."""
    reviews = list(Review.objects.about(record).order_by("-number").prefetch_related("votes"))
    older = reviews[1:]
    base = next((r for r in older if any(vote.by_id == user.pk for vote in r.votes.all())), older[0] if older else None)
    if base is None:
        return None
    return base.number, differences(base.content, record.review_content())


@login_required
@only_posted(record_address("review/"))
@sent_once
def vote(request: AuthedRequest, pk: int, kind: Kind[Any]) -> HttpResponse:
    record = get_visible(request, kind.model, pk)
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
            record, status = get_visible(request, kind.model, pk), 409 if isinstance(refusal, Conflict) else 403
        else:
            messages.success(request, "Your vote is recorded.")
            return redirect(f"{record.get_absolute_url()}review/")
    context = {**review_context(request, record, form), "stale": stale}
    return render(request, "records/review_tab.html", context, status=status)
