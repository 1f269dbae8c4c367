from __future__ import annotations

from apps.findings.models import Requirement
from apps.findings.sweep import sweep
from apps.portal.demo.agreements import load_agreements
from apps.portal.demo.consents import load_consents, load_screenings
from apps.portal.demo.datasets import load_datasets
from apps.portal.demo.diligence import expire_due_diligence, load_due_diligence
from apps.portal.demo.disclosures import load_notices, load_statement
from apps.portal.demo.organisations import (
    lapse_vendors,
    load_group,
    load_group_officer,
    load_start_up,
    load_vendors,
)
from apps.portal.demo.people import STARTED, load_accounts, load_covers, load_staff
from apps.portal.demo.story import Cast, Teller
from apps.portal.demo.transfers import load_transfers
from apps.workflow.models import Decision


def load_case(*, password: str, subjects: int) -> list[str]:
    """Tell every story that is not in the database yet, and name those that were told."""
    teller = Teller()
    cast = load_accounts(teller, password)
    adopt_rules(teller, cast)
    company = load_group(teller, cast)
    load_staff(teller, cast, company)
    load_group_officer(teller, cast)
    load_covers(teller, cast)
    load_notices(teller, cast)
    load_consents(teller, cast, subjects)
    load_datasets(teller, cast, subjects)
    load_vendors(teller, cast)
    load_start_up(teller, cast, company)
    load_due_diligence(teller, cast)
    load_agreements(teller, cast)
    load_transfers(teller, cast, subjects)
    load_statement(teller, cast)
    load_screenings(teller, cast)
    if teller.loaded:
        lapse_vendors(teller)
        expire_due_diligence(teller)
        sweep()
    teller.end()
    return teller.loaded


def adopt_rules(teller: Teller, cast: Cast) -> None:
    """Legal adopts each proposed rule once. A rule that somebody suspended since then stays so."""
    for rule in Requirement.objects.filter(status=Requirement.Status.PROPOSED):
        if not Decision.objects.about(rule).exists():
            with teller.story(f"rule “{rule}”"), teller.ago(STARTED - 1):
                rule.adopt(by=cast["legal"])
