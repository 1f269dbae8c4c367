from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.forms import CloseForm, GrantForm, TokenForm, UserForm
from apps.accounts.handing_over import hand_over, records_kept_by
from apps.accounts.http import AuthedRequest
from apps.accounts.invitations import send_invitation
from apps.accounts.models import ApiToken, Role, RoleGrant, User
from apps.accounts.tables import UserFilter, UserTable
from apps.core.forms import FORM_METHODS, only_posted, posted
from apps.core.lists import render_list
from apps.core.permissions import require
from apps.core.waiting import numbered, sentence
from apps.ledger.models import RecordedModel
from apps.ledger.once import sent_once
from apps.ledger.pages import as_posted, decision_page
from apps.ledger.timeline import timeline


@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def account(request: AuthedRequest) -> HttpResponse:
    """One's own account: roles, and tokens for the API. A new key is shown once."""
    form, key = TokenForm(posted(request)), ""
    if request.method == "POST" and form.is_valid():
        _, key = form.issue_for(request.user)
        form = TokenForm()
    context = {
        "heading": "Your account",
        "lead": request.user.email,
        "form": form,
        "key": key,
        "tokens": request.user.tokens.select_related("parent"),
        "grants": request.user.grants.current().select_related("role", "confirmed_by"),
    }
    response = render(request, "accounts/account.html", context, status=422 if form.errors else 200)
    if key:
        response.leads_to = request.path  # type: ignore[attr-defined]
    return response


@login_required
@only_posted(lambda pk: reverse("accounts:account"))
def token_revoke(request: AuthedRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.select_related("user"), pk=pk)
    if not request.user.has_perm("accounts.revoke_token", token):
        raise Http404
    token.revoke(by=request.user)
    messages.success(request, "The token is revoked.")
    return redirect("accounts:account") if token.user == request.user else redirect(token.user)


def _require_administrator(request: AuthedRequest) -> None:
    require(request.user, "accounts.grant_role")


@require_safe
@login_required
def user_list(request: AuthedRequest) -> HttpResponseBase:
    require(request.user, "accounts.view_users")
    may_add = request.user.has_perm("accounts.grant_role")
    return render_list(
        request,
        User.objects.prefetch_related("grants__role"),
        table=UserTable,
        filterset=UserFilter,
        heading="Users and roles",
        purpose="Who signs in here, and in which roles. A deciding role needs a second administrator.",
        create=(reverse("accounts:user_create"), "Add a user") if may_add else None,
    )


@require_http_methods(FORM_METHODS)
@login_required
def user_create(request: AuthedRequest) -> HttpResponse:
    _require_administrator(request)
    form = UserForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            made = form.save_by(request.user)
        _send_invitation(request, made)
        return redirect(made)
    context = {
        "form": form,
        "heading": "Add a user",
        "submit_label": "Add and invite",
        "next_steps": "The person receives a mail with a link and chooses a password, which nobody else learns.",
        "cancel_url": reverse("accounts:user_list"),
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)


@login_required
@only_posted(lambda pk: reverse("accounts:user_detail", args=[pk]))
def user_invite(request: AuthedRequest, pk: int) -> HttpResponse:
    """Send another invitation; the link of the one before no longer works."""
    _require_administrator(request)
    person = get_object_or_404(User, pk=pk)
    person.invite(by=request.user)
    _send_invitation(request, person)
    return redirect(person)


def _send_invitation(request: AuthedRequest, person: User) -> None:
    try:
        send_invitation(person)
    except OSError:  # as those of smtplib are
        messages.error(request, "The mail server did not take the invitation. Send it again from this page later.")
    else:
        messages.success(request, f"An invitation was sent to {person.email}.")


@require_http_methods(FORM_METHODS)
@login_required
@sent_once
def user_detail(request: AuthedRequest, pk: int) -> HttpResponse:
    """An account with its roles; administrators grant roles here."""
    require(request.user, "accounts.view_users")
    person = get_object_or_404(User, pk=pk)
    form = GrantForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            RoleGrant.grant(person, Role(form.cleaned_data["role"]), by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect(person)
    context = {
        "heading": str(person),
        "lead": person.email,
        "person": person,
        "form": form,
        "grants": person.grants.select_related("role", "granted_by", "confirmed_by"),
        "may_grant": request.user.has_perm("accounts.grant_role"),
        "may_close": request.user.has_perm("accounts.close_account", person),
        "tokens": person.tokens.select_related("parent"),
        "events": timeline(person),
    }
    return render(request, "accounts/user.html", context, status=422 if form.errors else 200)


@require_http_methods(FORM_METHODS)
@login_required
def account_close(request: AuthedRequest, pk: int) -> HttpResponse:
    """Close an account, and hand over in the same step what the person looks after."""
    person = get_object_or_404(User.objects.get_queryset().visible_to(request.user), pk=pk)
    require(request.user, "accounts.close_account", person)

    def close(filled: CloseForm) -> HttpResponse:
        handed_over = _close(person, filled.decided["successor"], request.user)
        words = f" {len(handed_over)} records were handed over." if handed_over else ""
        messages.success(request, f"The account of {person} is closed.{words}")
        return redirect(person)

    context = {
        "heading": f"Close the account of {person}",
        "lead": "Nobody can sign in with it any longer, its roles end and its tokens stop.",
        "kept": [_name_for(request.user, record) for record in records_kept_by(person)],
        "submit_label": "Close the account",
        "cancel_url": person.get_absolute_url(),
    }
    return decision_page(request, CloseForm(posted(request), record=person), close, context, "accounts/close.html")


@transaction.atomic
def _close(person: User, successor: User | None, by: User) -> list[RecordedModel]:
    handed_over = hand_over(person, successor, by=by) if successor else []
    person.close(by=by)
    return handed_over


def _name_for(user: User, record: Any) -> tuple[str, str]:
    """The record by its number, and by its name where this user may read it."""
    visible = type(record)._default_manager.visible_to(user).filter(pk=record.pk).exists()
    return sentence(numbered(record)), str(record) if visible else ""


@login_required
@only_posted(lambda pk: reverse("accounts:user_detail", args=[pk]))
def account_reopen(request: AuthedRequest, pk: int) -> HttpResponse:
    person = as_posted(request, get_object_or_404(User.objects.get_queryset().visible_to(request.user), pk=pk))
    person.reopen(by=request.user)
    messages.success(request, f"{person} can sign in again.")
    return redirect(person)


@login_required
@only_posted(lambda pk: get_object_or_404(RoleGrant, pk=pk).user.get_absolute_url())
def grant_confirm(request: AuthedRequest, pk: int) -> HttpResponse:
    grant = as_posted(request, get_object_or_404(RoleGrant, pk=pk))
    _require_administrator(request)
    grant.confirm(by=request.user)
    messages.success(request, f"{grant.user} now has the role {grant.role}.")
    return redirect(grant.user)


@login_required
@only_posted(lambda pk: get_object_or_404(RoleGrant, pk=pk).user.get_absolute_url())
def grant_end(request: AuthedRequest, pk: int) -> HttpResponse:
    grant = as_posted(request, get_object_or_404(RoleGrant, pk=pk))
    _require_administrator(request)
    grant.end(by=request.user)
    messages.success(request, f"{grant.user} no longer has the role {grant.role}.")
    return redirect(grant.user)
