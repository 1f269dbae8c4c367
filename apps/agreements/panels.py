"""What agreements add to the pages of requests, vendors and datasets."""

from __future__ import annotations

from apps.accounts.models import User
from apps.agreements.models import Agreement, Transfer
from apps.agreements.models.transfer import TransferQuerySet
from apps.core.panels import Panel, panel
from apps.datasets.models import Dataset
from apps.vendors.models import Organisation
from apps.vendors.panels import profit_panel

MOST_LISTED = 20  # transfers on the page of another record


@panel(Agreement)
def profit(agreement: Agreement, user: User) -> Panel | None:
    return profit_panel(agreement.counterparty, user)


@panel(Agreement)
def justification(agreement: Agreement, user: User) -> Panel | None:
    """The independent justification, where insiders profit."""
    if agreement.hides_remarks_from(user) or not agreement.counterparty.recusing_conflicts:
        return None
    may_sign = agreement.status == Agreement.Status.IN_REVIEW and user.has_perm(
        "agreements.justify_agreement", agreement
    )
    context = {"agreement": agreement, "justification": agreement.justification, "may_sign": may_sign}
    return Panel("Independent justification", "agreements/justification_panel.html", context)


@panel(Organisation)
def of_vendor(organisation: Organisation, user: User) -> Panel:
    agreements = Agreement.objects.visible_to(user).filter(counterparty=organisation)
    return Panel("Agreements", "agreements/list_panel.html", {"agreements": agreements.select_related("counterparty")})


@panel(Dataset)
def of_dataset(dataset: Dataset, user: User) -> Panel:
    agreements = Agreement.objects.visible_to(user).filter(datasets=dataset)
    return Panel(
        "Shared under", "agreements/list_panel.html", {"agreements": agreements.select_related("counterparty")}
    )


@panel(Agreement)
def transfers_under(agreement: Agreement, user: User) -> Panel | None:
    """What moved to the recipient out of the datasets of the agreement."""
    datasets = agreement.datasets.order_by().values("pk")
    return _transfers(Transfer.objects.filter(recipient=agreement.counterparty_id, dataset__in=datasets), user)


@panel(Organisation)
def transfers_to(organisation: Organisation, user: User) -> Panel | None:
    return _transfers(Transfer.objects.filter(recipient=organisation), user)


@panel(Dataset)
def transfers_of(dataset: Dataset, user: User) -> Panel | None:
    return _transfers(Transfer.objects.filter(dataset=dataset), user)


def _transfers(transfers: TransferQuerySet, user: User) -> Panel | None:
    rows = list(transfers.visible_to(user).select_related("dataset", "recipient")[:MOST_LISTED])
    Transfer.know_covers(rows)
    return Panel("Transfers", "agreements/transfers_panel.html", {"transfers": rows}) if rows else None


@panel(Transfer)
def interests(transfer: Transfer, user: User) -> Panel | None:
    """Paths of interests on the day of the transfer and today."""
    if transfer.hides_remarks_from(user):
        return None
    context = {
        "transfer": transfer,
        "paths": transfer.dated_paths,
        "sees_amounts": user.has_perm("vendors.view_interests"),
    }
    return Panel("Interests of our people, then and today", "agreements/interests_panel.html", context)


@panel(Transfer)
def told_elsewhere(transfer: Transfer, user: User) -> Panel | None:
    rows = list(transfer.same_elsewhere().visible_to(user).select_related("dataset", "recipient"))
    Transfer.know_covers(rows)
    if not rows:
        return None
    return Panel("Other reports of the same day", "agreements/transfers_panel.html", {"transfers": rows})
