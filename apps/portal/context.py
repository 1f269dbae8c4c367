"""What the frame around every page shows: navigation, counts, roles."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from apps.accounts.models import User
from apps.findings.models import Finding

MAIN = [
    ("Home", "portal:home", "home"),
    ("Agreements", "agreements:agreement_list", "agreements"),
    ("Transfers", "agreements:transfer_list", "transfers"),
    ("Vendors", "vendors:organisation_list", "vendors"),
    ("People", "vendors:person_list", "people"),
    ("Datasets", "datasets:dataset_list", "datasets"),
    ("Dataset versions", "datasets:datasetversion_list", "datasets"),
    ("Consents", "consents:start", "consents"),
    ("Disclosures", "disclosures:noticeversion_list", "disclosures"),
    ("Findings", "findings:finding_list", "findings"),
    ("Rules", "findings:requirement_list", "rules"),
    ("Taxonomy", "taxonomy:terms", "taxonomy"),
    ("Changes to confirm", "workflow:proposal_list", "reviews"),
]
ADMIN = [
    ("Users and roles", "accounts:user_list", "users-roles", "accounts.view_users"),
    ("Ledger", "portal:ledger", "ledger", "portal.view_ledger"),
    ("Records and schedules", "admin:index", "rules", "portal.enter_admin"),
    ("Mail", "notifications:messages", "mail", "notifications.view_all_messages"),
    ("Redactions", "workflow:redaction_list", "reviews", "workflow.view_redaction"),
]


def shell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"shell": {"nav": [], "admin_nav": [], "roles": []}}
    # A table renders a template of its own within the page's, and both ask; nothing is counted before it is shown.
    return {"shell": SimpleLazyObject(lambda: _frame(request, user))}


def _frame(request: HttpRequest, user: User) -> dict[str, Any]:
    badges = {"findings:finding_list": Finding.objects.critical_for(user)}
    nav = [_item(request, label, name, icon, badges.get(name, 0)) for label, name, icon in MAIN]
    admin = [_item(request, label, name, icon) for label, name, icon, perm in ADMIN if user.has_perm(perm)]
    return {"nav": nav, "admin_nav": admin, "roles": sorted(user.roles)}


def _item(request: HttpRequest, label: str, name: str, icon: str, badge: int = 0) -> dict[str, Any]:
    url = reverse(name)
    active = request.path == url or (url != "/" and request.path.startswith(url))
    return {
        "label": label,
        "url": url,
        "icon": icon,
        "active": active,
        "badge": badge,
        "badge_tone": "red",
        "badge_label": "critical",
        "counts_work": name == "portal:home",
    }
