"""Agreements, and the transfers that they may cover."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.agreements.forms import AgreementForm, TransferForm
from apps.agreements.models import Agreement, Transfer, covers_for
from apps.agreements.tables import AgreementFilter, AgreementTable, TransferFilter, TransferTable
from apps.records.kind import WORST, Column, Door, Kind, Look
from apps.records.pages import thread_context
from apps.records.registry import register
from apps.workflow.models import Decision


def agreement_context(agreement: Agreement, user: User) -> dict[str, Any]:
    return {
        "participants": agreement.participants(),
        "signed_document": None if agreement.hides_remarks_from(user) else agreement.signed_document,
    }


def transfer_context(transfer: Transfer, user: User) -> dict[str, Any]:
    decides = transfer.is_undecided and user.has_perm("agreements.propose_transfer")
    sees_remarks = not transfer.hides_remarks_from(user)
    return {
        "heading": transfer.title,
        "cover": covers_for(user, [transfer])[transfer.pk],
        "original": Transfer.objects.visible_to(user).filter(pk=transfer.duplicate_of_id or 0).first(),
        "shows_reporter": transfer.shows_reporter_to(user),
        "decisions": Decision.objects.about(transfer).made().order_by("pk") if sees_remarks else [],
        "why_not": transfer.barred(user) if decides else "",
        "may_link": bool(transfer.not_known) and user.has_perm("agreements.link_transfer", transfer),
        **thread_context(transfer, user),
    }


AGREEMENTS = Kind[Agreement](
    model=Agreement,
    path="agreements",
    label="Agreements",
    purpose="Who gets which data about people from us, for what, on what terms: requests and contracts.",
    empty="You have no agreement or request yet.",
    columns=("title", Column("counterparty", "Recipient"), "status", "requester", Column("ends_on", "Ends"), WORST),
    filters=("status", "type"),
    searched=("title", "purpose"),
    line=lambda agreement: f"With {agreement.counterparty}",
    related=("counterparty", "requester"),
    form=AgreementForm,
    create=Door(
        "Ask to share data",
        lead="Say who should get what, and for what. What you do not know yet can stay open.",
        next_steps="You get a draft with what the checks find. Submit it; legal and privacy then decide.",
    ),
    edit=Door(),
    template="agreements/detail.html",
    context=agreement_context,
    steps={
        "submit": Look.EXPECTED,
        "sign": Look.EXPECTED,
        "activate": Look.EXPECTED,
        "suspend": Look.DANGEROUS,
        "terminate": Look.DANGEROUS,
    },
    tones={
        "in_review": "azure",
        "approved": "green",
        "rejected": "red",
        "signed": "green",
        "active": "green",
        "suspended": "yellow",
        "expired": "yellow",
        "terminated": "red",
    },
    home=True,
    table=AgreementTable,
    filterset=AgreementFilter,
)
TRANSFERS = Kind[Transfer](
    model=Transfer,
    path="transfers",
    label="Transfers",
    purpose="Data about people that moved to somebody else, whether an agreement covers it or not.",
    empty="No transfer that you may see is on record. Anybody can report data that moved.",
    columns=("transferred_on", "dataset", "recipient", "channel", "status", WORST),
    filters=("status", "channel"),
    searched=("dataset__name", "recipient__name", "dataset_words", "recipient_words"),
    line=lambda transfer: transfer.title,
    related=("dataset", "recipient"),
    form=TransferForm,
    create=Door(
        "Report data that moved",
        lead="Tell what you know. It does not matter whether an agreement covers it, or whether you took part. "
        "A report cannot be changed afterwards; what was wrong in it is told again.",
        next_steps="For two working days only legal and privacy hear of it, and look into it together. "
        "Your report stays on record, whatever comes of it.",
        submit_label="Report",
    ),
    template="agreements/transfer.html",
    context=transfer_context,
    steps={"propose": Look.EXPECTED, "confirm": Look.EXPECTED},
    tones={"reported": "azure", "proposed": "azure", "confirmed": "azure"},
    home=True,
    table=TransferTable,
    filterset=TransferFilter,
)
for kind in (AGREEMENTS, TRANSFERS):
    register(kind)
