"""What the sentences of notices and of public statements say: entered, checked and taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from apps.accounts.http import AuthedRequest
from apps.core.forms import FORM_METHODS, only_posted, posted
from apps.disclosures.forms import ClaimForm, RemoveForm, StatementClaimForm
from apps.disclosures.models import Claim, NoticeVersion, PublicStatement, StatementClaim
from apps.ledger.pages import as_posted, decision_page
from apps.records.pages import edit_form, get_visible


@require_http_methods(FORM_METHODS)
@login_required
def claim_create(request: AuthedRequest, pk: int) -> HttpResponse:
    version: NoticeVersion = get_visible(request, NoticeVersion, pk)
    return _claim_form(request, Claim(version=version), version, ClaimForm, "Enter a claim")


@require_http_methods(FORM_METHODS)
@login_required
def claim_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    claim = _claim(request, pk)
    return _claim_form(request, claim, claim.version, ClaimForm, "Edit a claim")


@login_required
@only_posted(lambda pk: get_object_or_404(Claim, pk=pk).get_absolute_url())
def claim_check(request: AuthedRequest, pk: int) -> HttpResponse:
    claim = as_posted(request, _claim(request, pk))
    claim.confirm(by=request.user)
    messages.success(request, "You have checked this claim.")
    return redirect(claim)


@require_http_methods(FORM_METHODS)
@login_required
def claim_remove(request: AuthedRequest, pk: int) -> HttpResponse:
    claim = _claim(request, pk)
    return _remove(request, claim, claim.version)


@require_http_methods(FORM_METHODS)
@login_required
def statementclaim_create(request: AuthedRequest, pk: int) -> HttpResponse:
    statement: PublicStatement = get_visible(request, PublicStatement, pk)
    claim = StatementClaim(statement=statement)
    return _claim_form(request, claim, statement, StatementClaimForm, "Enter what it says")


@require_http_methods(FORM_METHODS)
@login_required
def statementclaim_remove(request: AuthedRequest, pk: int) -> HttpResponse:
    visible = StatementClaim.objects.visible_to(request.user)
    claim = get_object_or_404(visible.select_related("statement__organisation"), pk=pk)
    return _remove(request, claim, claim.statement)


def _claim(request: AuthedRequest, pk: int) -> Claim:
    return get_object_or_404(Claim.objects.visible_to(request.user).select_related("version__notice"), pk=pk)


def _claim_form(request: AuthedRequest, claim: Any, quoted: Any, form_class: Any, heading: str) -> HttpResponse:
    """The form of a claim with the text that it quotes below."""
    verb = "change" if claim.pk and isinstance(claim, Claim) else "add"
    whole = claim if verb == "change" else quoted
    if not request.user.has_perm(f"disclosures.{verb}_{claim._meta.model_name}", whole):
        raise PermissionDenied("Who wrote the text, legal and privacy enter what its sentences say.")
    claim.require_open(quoted)
    with transaction.atomic():
        if request.method == "POST":
            # Before the claim, as an edit of the text locks them.
            type(quoted)._default_manager.locked(quoted.pk)
        return edit_form(
            request,
            claim,
            form_class,
            heading=f"{heading}: {quoted}",
            lead="One sentence, and what it says. Enter the same sentence again for each thing that it says.",
            cancel_url=quoted.get_absolute_url(),
            template="disclosures/claim_form.html",
            quoted=quoted,
        )


def _remove(request: AuthedRequest, claim: Claim | StatementClaim, quoted: Any) -> HttpResponse:
    if not request.user.has_perm(f"disclosures.remove_{claim._meta.model_name}", quoted):
        raise PermissionDenied("Who wrote the text, legal and privacy take a claim back.")
    claim.require_removable(quoted)

    def remove(filled: RemoveForm) -> HttpResponse:
        if proposal := claim.remove(by=request.user, reason=filled.decided["reason"]):
            return redirect(proposal)
        messages.success(request, "The claim is removed. The history keeps it.")
        return redirect(quoted)

    context = {
        "heading": f"Remove a claim: {quoted}",
        "lead": f"“{claim.sentence}” {claim}",
        "submit_label": "Remove",
        "cancel_url": quoted.get_absolute_url(),
    }
    return decision_page(request, RemoveForm(posted(request), record=claim), remove, context)
