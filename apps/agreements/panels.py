"""What agreements add to the pages of requests, vendors and datasets."""

from __future__ import annotations

from apps.accounts.models import User
from apps.agreements.models import Agreement
from apps.core.panels import Panel, panel
from apps.datasets.models import Dataset
from apps.vendors.models import Organisation
from apps.vendors.panels import profit_panel


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
