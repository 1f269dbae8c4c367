"""Looking up one person, for privacy alone: with a reason, and with what can be done for the person then."""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.http import AuthedRequest
from apps.consents.forms import ForgetForm, LookupForm, ReportedWithdrawForm
from apps.consents.models import DataSubject, SubjectLookup, WithdrawalLink
from apps.consents.people.record import ConsentRecord, consent_record
from apps.consents.people.services import forget, look_up, withdraw_reported
from apps.consents.rules import MAY_LOOK_UP
from apps.consents.tables import LookupFilter, LookupTable
from apps.core.exceptions import Conflict
from apps.core.forms import FORM_METHODS, only_posted, posted
from apps.core.lists import render_list
from apps.core.panels import panels_for
from apps.core.permissions import require
from apps.ledger.once import sent_once

TOO_MANY = "You have looked up many people within an hour. Wait a while before you look up the next one."


@require_safe
@login_required
def lookup_list(request: AuthedRequest) -> HttpResponseBase:
    require(request.user, "consents.view_lookups")
    may = request.user.has_perm("consents.look_up_subject")
    return render_list(
        request,
        SubjectLookup.objects.visible_to(request.user).select_related("by"),
        table=LookupTable,
        filterset=LookupFilter,
        heading="Look-ups of people",
        purpose="Who looked up a person, when and why. What was read stands nowhere.",
        create=(reverse("consents:look_up"), "Look up a person") if may else None,
        empty="Nobody was looked up yet.",
    )


@sensitive_post_parameters("key", "reason")
@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def look_up_person(request: AuthedRequest) -> HttpResponse:
    if not request.user.has_perm("consents.look_up_subject"):
        raise PermissionDenied(MAY_LOOK_UP)
    form, status = LookupForm(posted(request)), 200
    if request.method == "POST":
        status = 422
        if not ratelimit.consume(request, action="subject_lookup", user=request.user):
            form.add_error(None, TOO_MANY)
            status = 429
        elif form.is_valid():
            given = form.cleaned_data
            return redirect(look_up(given["key"], reason=given["reason"], by=request.user))
    context = {"heading": "Look up a person", "form": form}
    return render(request, "consents/look_up.html", context, status=status)


@require_safe
@login_required
def lookup(request: AuthedRequest, pk: int) -> HttpResponse:
    """What is recorded of the person, for who asked and for a while; to others, that somebody asked."""
    found = get_object_or_404(SubjectLookup.objects.visible_to(request.user).select_related("subject", "by"), pk=pk)
    is_open = found.is_open_to(request.user)
    shown = found.subject if is_open and found.subject and not found.subject.is_forgotten else None
    context = {
        "heading": "Consent record" if shown else str(found),
        "lookup": found,
        "is_open": is_open,
        "record": consent_record(shown) if shown else None,
        "panels": panels_for(shown, request.user) if shown else [],
        "may_look_up": request.user.has_perm("consents.look_up_subject"),
    }
    return render(request, "consents/lookup.html", context)


@require_safe
@login_required
def lookup_json(request: AuthedRequest, pk: int) -> HttpResponse:
    found, record = _open(request, pk)
    response = JsonResponse(record.as_json(), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="consent-record-{found.pk}.json"'
    return response


@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def lookup_withdraw(request: AuthedRequest, pk: int) -> HttpResponse:
    """Record that the person withdrew, on their word."""
    found, record = _open(request, pk)
    if not record.permitted:
        raise Conflict("This person permits nothing that could be withdrawn.")
    form = ReportedWithdrawForm([purpose.use for purpose in record.permitted], posted(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        permitted = withdraw_reported(
            record.subject, given["uses"], said_on=given["said_on"], mechanism=given["mechanism"], by=request.user
        )
        if permitted:
            names = ", ".join(use.name for use in permitted)
            said = f"The withdrawal is recorded. After that day the person said yes again to {names}."
            messages.warning(request, said)
        else:
            messages.success(request, "The withdrawal is recorded and counts from now on.")
        return redirect(found)
    context = {
        "heading": "Record a withdrawal",
        "lead": "On the word of the person. It counts at once, for every screening from now on.",
        "form": form,
        "lookup": found,
        "submit_label": "Record the withdrawal",
        "cancel_url": found.get_absolute_url(),
    }
    return render(request, "consents/lookup_form.html", context, status=422 if form.errors else 200)


@login_required
@only_posted(lambda pk: reverse("consents:lookup", args=[pk]))
def lookup_link(request: AuthedRequest, pk: int) -> HttpResponse:
    """Make a link with which the person withdraws, and show it this once."""
    found, record = _open(request, pk)
    link = WithdrawalLink.issue(found, record.subject, by=request.user)
    context = {"heading": "A link to withdraw", "lookup": found, "link": link}
    return render(request, "consents/link.html", context)


@sensitive_post_parameters("reason")
@require_http_methods(FORM_METHODS)
@login_required
def lookup_forget(request: AuthedRequest, pk: int) -> HttpResponse:
    found, record = _open(request, pk)
    require(request.user, "consents.forget_subject")
    form = ForgetForm(posted(request))
    if request.method == "POST" and form.is_valid():
        forget(found, record.subject, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, "The person is forgotten. Nothing leads from the person to the answers any more.")
        return redirect("consents:lookups")
    context = {
        "heading": "Forget this person",
        "lead": "The digest of the key is destroyed. The answers stay as numbers that belong to nobody.",
        "form": form,
        "lookup": found,
        "submit_label": "Forget the person",
        "danger": True,
        "cancel_url": found.get_absolute_url(),
    }
    return render(request, "consents/lookup_form.html", context, status=422 if form.errors else 200)


def _open(request: AuthedRequest, pk: int) -> tuple[SubjectLookup, ConsentRecord]:
    """The look-up and what is recorded of its person, for who asked and while it is open."""
    found = get_object_or_404(SubjectLookup.objects.visible_to(request.user).select_related("subject"), pk=pk)
    if not request.user.has_perm("consents.look_up_subject"):
        raise PermissionDenied(MAY_LOOK_UP)
    if not found.is_open_to(request.user):
        raise PermissionDenied(
            "This look-up is over, or somebody else made it. Look up the person again, with a reason."
        )
    subject: DataSubject | None = found.subject
    if subject is None or subject.is_forgotten:
        raise Conflict("Nobody is known by this key.")
    return found, consent_record(subject)
