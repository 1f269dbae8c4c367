"""Who owns an organisation, and who of our people profits from it: on its page and on requests about it."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.core import clock
from apps.core.panels import Panel, panel
from apps.vendors.models import Interest, Organisation
from apps.vendors.paths import Conflict, Path, Share, Step


@panel(Organisation)
def ownership(organisation: Organisation, user: User) -> Panel:
    holders = organisation.interests.held(clock.today()).select_related("holder_person", "holder_organisation")
    context = {
        "organisation": organisation,
        "sees_amounts": user.has_perm("vendors.view_interests"),
        "holders": [holder_row(interest) for interest in holders],
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
    least, most = interest.bounds
    if not interest.is_economic and most is None and not least:
        return ""
    return str(Share(least, most))


@panel(Organisation)
def profit(organisation: Organisation, user: User) -> Panel | None:
    return profit_panel(organisation, user)


def profit_panel(organisation: Organisation, user: User) -> Panel | None:
    """Insiders with a path to the organisation: with amounts for those who may see them, else who may not take part."""
    if organisation.hides_remarks_from(user):
        return None
    sees_amounts = user.has_perm("vendors.view_interests")
    conflicts = organisation.conflicts if sees_amounts else organisation.recusing_conflicts
    context = {
        "organisation": organisation,
        "sees_amounts": sees_amounts,
        "conflicts": [conflict_row(conflict) for conflict in conflicts],
    }
    return Panel("Interests of our people", "vendors/profit_panel.html", context)


def conflict_row(conflict: Conflict) -> dict[str, Any]:
    return {
        "insider": conflict.insider,
        "name": conflict.name,
        "sentence": conflict.sentence(),
        "recuses": conflict.recuses,
        "is_group_link": conflict.is_group_link,
        "paths": [
            {"nodes": path_nodes(path), "total": str(path.share) if path.share else ""} for path in conflict.paths
        ],
    }


def path_nodes(path: Path) -> list[dict[str, Any]]:
    """A path as components/chain.html draws it."""
    first = {"label": str(path.insider), "url": path.insider.get_absolute_url(), "insider": True, "share": ""}
    return [first, *({"label": str(s.held), "url": s.held.get_absolute_url(), "share": _edge(s)} for s in path.steps)]


def _edge(step: Step) -> str:
    if step.share:
        return str(step.share)
    return step.words[0].removesuffix(" of").removesuffix(" in") if step.words else "holds"
