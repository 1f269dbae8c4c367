"""Who owns an organisation, and who of our people profits from it: on its page and on requests about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from apps.core.panels import Panel, panel
from apps.vendors.models import DueDiligence, Interest, Organisation
from apps.vendors.ownership.conflicts import ConflictOfInterest, Path
from apps.vendors.ownership.structure import labels_of, ownership_of


@panel(Organisation)
def ownership(organisation: Organisation, user: User) -> Panel:
    return ownership_panel(organisation, user, clock.today())


def ownership_panel(organisation: Organisation, user: User, on: date) -> Panel:
    sees_amounts = user.has_perm("vendors.view_interests") and not organisation.concerns(user)
    holders = (
        Interest.objects.held(on)
        .filter(organisation__in=organisation.rows)
        .select_related("holder_person", "holder_organisation")
    )
    context = {
        "organisation": organisation,
        "sees_amounts": sees_amounts,
        "holders": [holder_row(interest) for interest in holders] if sees_amounts else [],
    }
    return Panel("Who owns it", "vendors/ownership_panel.html", context)


def holder_row(interest: Interest) -> dict[str, Any]:
    return {
        "holder": interest.holder,
        "unspecified": interest.holder_unspecified or "not named",
        "what": interest.get_type_display(),
        "share": _share_words(interest),
        "since": interest.starts_on,
        "url": interest.get_absolute_url(),
    }


def _share_words(interest: Interest) -> str:
    """The share, also of votes; nothing for control that is not counted."""
    share = interest.share
    return "" if not interest.is_economic and share.most is None and not share.least else str(share)


@panel(Organisation)
def profit(organisation: Organisation, user: User) -> Panel | None:
    return profit_panel(organisation, user)


def profit_panel(organisation: Organisation, user: User, on: date | None = None) -> Panel | None:
    """Insiders with a path to the organisation: with amounts for those who may see them, else who may not take part.

    Today, unless another day is asked for. Whoever has such a path themselves gets no panel.
    """
    conflicts = organisation.conflicts_shown_to(user, on)
    if conflicts is None:
        return None
    sees_amounts = user.has_perm("vendors.view_interests")
    context = {
        "organisation": organisation,
        "sees_amounts": sees_amounts,
        "conflicts": [conflict_row(conflict) for conflict in conflicts],
        "unknown": organisation.explained_on(on or clock.today()).fact,
        "picture": picture(organisation, on or clock.today()) if sees_amounts else None,
    }
    return Panel("Interests of our people", "vendors/profit_panel.html", context)


def picture(organisation: Organisation, on: date) -> dict[str, Any] | None:
    """Who owns it as templates/vendors/ownership_picture.html shows it; None where nobody is on record."""
    owned = ownership_of(organisation, on)
    if not owned.steps:
        return None
    return {
        "key": f"ownership-{organisation.pk}",
        "drawing": owned.drawing(),
        "sentence": owned.sentence(),
        "left_out": owned.left_out,
        "on": on,
    }


def conflict_row(conflict: ConflictOfInterest) -> dict[str, Any]:
    return {
        "insider": conflict.insider,
        "name": conflict.name,
        "sentence": conflict.sentence(),
        "recuses": conflict.recuses,
        "is_group_link": conflict.is_group_link,
        "paths": [
            {"nodes": path_nodes(path), "total": str(path.share) if path.share else ""} for path in conflict.shown
        ],
    }


def path_nodes(path: Path) -> list[dict[str, Any]]:
    """A path as components/chain.html draws it."""
    first = {"label": str(path.insider), "url": path.insider.get_absolute_url(), "insider": True, "share": ""}
    return [
        first,
        *({"label": str(s.held), "url": s.held.get_absolute_url(), "share": next(labels_of(s))} for s in path.steps),
    ]


@panel(Organisation)
def due_diligence(organisation: Organisation, user: User) -> Panel | None:
    """What legal or privacy concluded about the vendor, and what is being asked."""
    if organisation.is_group or organisation.status == Organisation.Status.RECORDED:
        return None
    newest, running = DueDiligence.of(organisation)
    reads = user.has_perm("vendors.view_due_diligence") or organisation.owner_id == user.pk
    sees_answers = reads and not organisation.hides_remarks_from(user)
    may_start = running is None and user.has_perm("vendors.start_due_diligence", organisation)
    context = {
        "newest": newest,
        "running": running,
        "sees_it": reads,
        "missing": len(running.missing()) if running else 0,
        "attention": running.attention() if running and sees_answers else [],
        "start_url": reverse("vendors:duediligence_create", args=[organisation.pk]) if may_start else "",
    }
    return Panel("Due diligence", "vendors/diligence_panel.html", context)
