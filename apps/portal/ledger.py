"""The pages of the ledger: its entries, the record behind each, and whether all of it fits the history."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.db import models
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from apps.accounts.http import AuthedRequest
from apps.accounts.models import User
from apps.core.forms import only_posted
from apps.core.lists import render_list
from apps.core.permissions import require
from apps.ledger.known import newest_note, signer_status
from apps.ledger.models import Anchor, Entry, RecordedModel, Verification
from apps.ledger.services import carry_out, is_short, start_verification
from apps.ledger.tasks import run_verification
from apps.ledger.verify.left_out import LEFT_OUT
from apps.portal.tables import EntryFilter, EntryTable
from apps.portal.visibility import visible
from apps.workflow.kept_files import bytes_of_files
from apps.workflow.models import GovernedModel

WHILE_WAITING_BYTES = 1 << 30  # of files that are read while somebody waits, about a second


def require_reader(user: User) -> None:
    require(user, "portal.view_ledger")


@require_safe
@login_required
def ledger(request: AuthedRequest) -> HttpResponseBase:
    require_reader(request.user)
    return render_list(
        request,
        Entry.objects.defer("fields"),
        table=EntryTable,
        filterset=EntryFilter,
        heading="Ledger",
        purpose="One entry for each change of any record, bound to the entry before it. "
        "Verifying compares all of them with the history.",
        template="portal/ledger.html",
        newest=Verification.objects.first(),
        may_verify=request.user.has_perm("portal.verify_ledger"),
        left_out=LEFT_OUT,
        **_checkpoints(),
    )


def _checkpoints() -> dict[str, Any]:
    """What the signer says about itself, and who outside holds what."""
    found, status = newest_note(), signer_status()
    newest = Anchor.objects.newest_of_each()
    return {
        "signed_size": found[0].size if found else None,
        "signer_looked_at": parse_datetime(status.get("looked_at", "")),
        "refused": status.get("refused", ""),
        "anchors": [
            (anchor, name_of_actor(anchor.holder) if anchor.kind == Anchor.Kind.MAIL else anchor.holder)
            for anchor in newest
        ],
    }


def _kind_of(model: type[models.Model] | None, table: str) -> str:
    return str(model._meta.verbose_name) if model is not None else table


@require_safe
@login_required
def entry(request: AuthedRequest, pk: int) -> HttpResponse:
    """One entry: what it commits to, and the way to the record it speaks of."""
    require_reader(request.user)
    found = get_object_or_404(Entry, pk=pk)
    model, record_pk = record_of(found.table_name, found.row_id)
    context = {
        "heading": str(found),
        "lead": ": ".join(filter(None, [found.get_kind_display(), _kind_of(model, found.table_name)])),
        "entry": found,
        "hash": bytes(found.hash).hex(),
        "previous_hash": bytes(found.previous_hash).hex(),
        "actor": name_of_actor(found.actor),
        "record_url": history_url(model, record_pk, request.user),
        "is_signed": (signed := newest_note()) is not None and pk <= signed[0].size,
    }
    return render(request, "portal/entry.html", context)


def name_of_actor(said: str) -> str:
    kind, _, pk = said.partition(" ")
    user = User.objects.filter(pk=pk).first() if kind == "user" and pk.isdecimal() else None
    return str(user) if user else "The portal itself"


def record_of(table: str, row: int) -> tuple[type[models.Model] | None, int | None]:
    """The model and key of the record that a row of history, a decision or a record itself belongs to."""
    model = model_of(table)
    return _record_of(model, row) if model else (None, None)


def model_of(table: str) -> type[models.Model] | None:
    return next((model for model in apps.get_models() if model._meta.db_table == table), None)


def _record_of(model: type[models.Model], row: int) -> tuple[type[models.Model], int | None]:
    record: type[models.Model] | None = getattr(model, "instance_type", None)
    if record is None:
        return model, row
    key = str(record._meta.pk.attname)
    return record, model._default_manager.filter(pk=row).values_list(key, flat=True).first()


def history_url(model: type[models.Model] | None, pk: int | None, user: User) -> str:
    """Where this user reads the history of that record; empty when they do not see it."""
    if model is None or pk is None:
        return ""
    record: Any = visible(model, user).filter(pk=pk).first()
    if record is None:
        return ""
    if isinstance(record, GovernedModel):
        return (
            f"{record.get_absolute_url()}history/" if model._meta.model_name != "review" else _admin_url(record, user)
        )
    return _admin_url(record, user)


def _admin_url(record: models.Model, user: User) -> str:
    if not user.has_perm("portal.enter_admin"):
        return ""
    place = "history" if isinstance(record, RecordedModel) else "change"
    try:
        return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{place}", args=[record.pk])
    except NoReverseMatch:
        return ""


@login_required
@only_posted(lambda: reverse("portal:ledger"))
def verify(request: AuthedRequest) -> HttpResponse:
    """Verify the ledger: at once when it is short, else by a worker."""
    return redirect("portal:verification", begin(request.user).pk)


def begin(user: User) -> Verification:
    """A verification on behalf of somebody: carried out already when the ledger is short."""
    require(user, "portal.verify_ledger")
    verification = start_verification(str(user))
    if is_short() and bytes_of_files() <= WHILE_WAITING_BYTES:
        return carry_out(verification)
    run_verification.delay(verification.pk)
    return verification


@require_safe
@login_required
def verification(request: AuthedRequest, pk: int) -> HttpResponse:
    require_reader(request.user)
    found = get_object_or_404(Verification, pk=pk)
    context = {
        "heading": str(found),
        "verification": found,
        "problems": [_with_links(problem, request.user) for problem in found.problems],
        "left_out": LEFT_OUT,
        "may_verify": request.user.has_perm("portal.verify_ledger"),
    }
    return render(request, "portal/verification.html", context)


def _with_links(problem: dict[str, Any], user: User) -> dict[str, Any]:
    return {**problem, "record_url": history_url(*record_of(problem["table"], problem["row"]), user)}
