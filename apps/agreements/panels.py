"""What agreements add to the pages of requests, vendors and datasets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from apps.accounts.models import User
from apps.agreements.comparison import Compare, Compared, compare_agreements, compare_transfers
from apps.agreements.models import Agreement, AgreementDataset, Transfer, covers_for
from apps.agreements.models.transfer import TransferQuerySet
from apps.agreements.permission import permissions_under, screening_link, screenings_for, screenings_of
from apps.agreements.recipients import class_of_transfer, class_under
from apps.agreements.statements import judge, on_record
from apps.consents.models import Cohort, DataSubject
from apps.consents.screening.running import cohorts_with
from apps.core.panels import Panel, panel
from apps.datasets.disclosed import undisclosed_days
from apps.datasets.models import Dataset
from apps.disclosures.matching import MatchedPart
from apps.disclosures.models import Claim, PublicStatement
from apps.vendors.models import Organisation
from apps.vendors.panels import profit_panel

MOST_LISTED = 20  # transfers on the page of another record
# Agreements under which nothing goes anywhere, nor is it asked for.
IDLE = (Agreement.Status.DRAFT, Agreement.Status.REJECTED)


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


@panel(Agreement)
def permission(agreement: Agreement, user: User) -> Panel | None:
    """Whether the people in the datasets permit it, now and on the days for which that was counted."""
    rows = [
        {
            "permission": permission,
            "kept": screenings_for(agreement, permission.cohort, user),
            "form": screening_link(permission.cohort, class_under(agreement), agreement.uses.all()),
        }
        for permission in permissions_under([agreement])[agreement.pk]
    ]
    context = {
        "rows": rows,
        "may_screen": user.has_perm("consents.screen_cohort"),
        "sees_screenings": user.has_perm("consents.view_screenings"),
    }
    return Panel("Permission of the people", "agreements/permission_panel.html", context) if rows else None


@panel(Transfer)
def permission_then(transfer: Transfer, user: User) -> Panel | None:
    """What was counted for the day of the transfer."""
    cohort = transfer.dataset.cohort if transfer.dataset and transfer.is_linked else None
    if transfer.is_closed or not cohort or not user.has_perm("consents.view_screenings"):
        return None
    is_whole = covers_for(user, [transfer])[transfer.pk].is_whole
    context = {
        "transfer": transfer,
        "form": screening_link(cohort, class_of_transfer(transfer), day=transfer.transferred_on) if is_whole else "",
        "kept": screenings_of(transfer, cohort, user) if is_whole else [],
        "may_screen": user.has_perm("consents.screen_cohort"),
    }
    return Panel("Permission of the people on that day", "agreements/permission_then_panel.html", context)


@panel(Organisation)
def of_vendor(organisation: Organisation, user: User) -> Panel:
    agreements = Agreement.objects.visible_to(user).filter(counterparty__in=organisation.rows)
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
    return _transfers(Transfer.objects.filter(recipient__in=agreement.counterparty.rows, dataset__in=datasets), user)


@panel(Organisation)
def transfers_to(organisation: Organisation, user: User) -> Panel | None:
    return _transfers(Transfer.objects.filter(recipient__in=organisation.rows), user)


@panel(Dataset)
def transfers_of(dataset: Dataset, user: User) -> Panel | None:
    return _transfers(Transfer.objects.filter(dataset=dataset), user)


def _transfers(transfers: TransferQuerySet, user: User) -> Panel | None:
    return _listed("Transfers", transfers.visible_to(user).select_related("dataset", "recipient")[:MOST_LISTED], user)


def _listed(heading: str, transfers: Iterable[Transfer], user: User) -> Panel | None:
    rows = list(transfers)
    covers = covers_for(user, rows)
    context = {"transfers": [(transfer, covers[transfer.pk]) for transfer in rows]}
    return Panel(heading, "agreements/transfers_panel.html", context) if rows else None


@panel(Cohort)
def of_cohort(cohort: Cohort, user: User) -> Panel:
    return _whereabouts(_places([cohort.pk], user))


@panel(DataSubject)
def of_person(subject: DataSubject, user: User) -> Panel:
    """Whom a withdrawal concerns: the datasets that hold the person, and who received them."""
    cohorts = cohorts_with(subject)
    rows = _places(cohorts, user)
    return _whereabouts(rows, others=len(cohorts) - len({row["dataset"].cohort_id for row in rows}))


def _whereabouts(rows: list[dict[str, Any]], others: int = 0) -> Panel:
    context = {"rows": rows, "others": others}
    return Panel("Where their data is, and who receives it", "agreements/whereabouts_panel.html", context)


def _places(cohorts: Collection[int], user: User) -> list[dict[str, Any]]:
    """The datasets of these cohorts, with what this user sees of where they go and went."""
    datasets = Dataset.objects.visible_to(user).filter(cohort__in=cohorts)
    agreements, transfers = defaultdict(list), defaultdict(list)
    shared = Agreement.objects.visible_to(user).exclude(status__in=IDLE)
    links = AgreementDataset.objects.filter(dataset__in=datasets, agreement__in=shared)
    for link in links.select_related("agreement__counterparty"):
        agreements[link.dataset_id].append(link.agreement)
    moved = Transfer.objects.visible_to(user).not_closed().filter(dataset__in=datasets)
    for transfer in moved.select_related("dataset", "recipient"):
        if transfer.dataset_id:
            transfers[transfer.dataset_id].append(transfer)
    return [
        {"dataset": dataset, "agreements": agreements[dataset.pk], "transfers": transfers[dataset.pk]}
        for dataset in datasets
    ]


@panel(Transfer)
def interests(transfer: Transfer, user: User) -> Panel | None:
    """Paths of interests on the day of the transfer and today."""
    if transfer.hides_remarks_from(user):
        return None
    context = {
        "transfer": transfer,
        "paths": transfer.dated_paths,
        "unknown": _not_known_of(transfer),
        "sees_amounts": user.has_perm("vendors.view_interests"),
    }
    return Panel("Interests of our people, then and today", "agreements/interests_panel.html", context)


def _not_known_of(transfer: Transfer) -> str:
    recipient = transfer.recipient
    if recipient is None:
        return "Nobody has said yet who received it."
    return recipient.explained_on(transfer.transferred_on).fact or recipient.explained.fact


@panel(Transfer)
def duplicates(transfer: Transfer, user: User) -> Panel | None:
    same = transfer.same_elsewhere().visible_to(user).select_related("dataset", "recipient")
    return _listed("Other reports of the same day", same, user)


@panel(Agreement)
def disclosed_for_agreement(agreement: Agreement, user: User) -> Panel | None:
    """What people were told, at collection and today, beside what the agreement lets go out."""
    compares = compare_agreements([agreement])[agreement.pk]
    return _disclosed(compares, str(class_under(agreement).label), "in force today") if compares else None


@panel(Transfer)
def disclosed_before_transfer(transfer: Transfer, user: User) -> Panel | None:
    # The class of the recipient and the uses tell of the agreement that covers it.
    if transfer.is_closed or not covers_for(user, [transfer])[transfer.pk].is_whole:
        return None
    compares = compare_transfers([transfer])[transfer.pk]
    return _disclosed(compares, str(class_of_transfer(transfer).label), "in force on the day of the transfer")


def _disclosed(compares: list[Compare], recipient: str, at_sharing: str) -> Panel:
    context = {
        "recipient": recipient.lower(),
        "rows": [row for compare in compares for row in _told_rows(compare, at_sharing)],
        "gaps": [
            {"dataset": compare.dataset, "words": words}
            for compare in compares
            if compare.versions and (words := undisclosed_days(compare.dataset, compare.versions))
        ],
        "unlinked": [compare.dataset for compare in compares if not compare.versions],
    }
    return Panel("What people were told", "agreements/disclosed_panel.html", context)


def _told_rows(compare: Compare, at_sharing: str) -> list[dict[str, Any]]:
    collected = {compared.version.pk for compared in compare.collection}
    shared = {compared.version.pk for compared in compare.sharing}
    rows = []
    for compared in sorted(compare.each_once, key=lambda compared: compared.version.effective_from):
        key = compared.version.pk
        whens = [f"read while “{compare.dataset}” was collected"] * (key in collected) + [at_sharing] * (key in shared)
        rows.append({"version": compared.version, "when": " and ".join(whens), "answers": _answers(compared)})
    return rows


def _answers(compared: Compared) -> list[dict[str, Any]]:
    """The recipient and the choice by themselves; uses and categories that get the same answer together."""
    grouped: dict[tuple[str, str], list[MatchedPart]] = {}
    for answer in compared.answers:
        grouped.setdefault((answer.topic, answer.outcome.words), []).append(answer)
    return [
        {
            "about": f"{Claim.Kind(topic).label}: {', '.join(answer.words for answer in answers)}",
            "outcome": outcome.capitalize(),
            "sentences": list(dict.fromkeys(sentence for answer in answers for sentence in answer.sentences)),
        }
        for (topic, outcome), answers in grouped.items()
    ]


@panel(PublicStatement)
def beside_the_record(statement: PublicStatement, user: User) -> Panel | None:
    """How the statement stands beside the agreements and transfers that are on record."""
    known = on_record({statement.organisation.pk})[statement.organisation.pk]
    if statement.hides_remarks_from(user) or any(user.pk in transfer.withheld_from for transfer in known.transfers):
        return None
    # Whoever sees some of the records hears of no others: a draft can ask about any day.
    context = {
        "judgement": judge(statement, known.seen_by(user)),
        "is_whole": user.has_perm("agreements.view_all_agreements"),
    }
    return Panel("Beside what is on record", "agreements/judgement_panel.html", context)
