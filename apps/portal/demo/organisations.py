"""Our group, the start-up and those who own it, and the vendors around it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db.models import Q

from apps.accounts.models import User
from apps.portal.demo.people import STARTED, take_position
from apps.portal.demo.story import Cast, Teller, approve, known, record
from apps.vendors.models import Interest, InterestDeclaration, Organisation, Person, Position, Sameness
from apps.vendors.ownership.bods import import_bods

OWNERSHIP = Path(__file__).with_name("ownership.json")
COMPANY, PARENT, AFFILIATE = "Tandrel Dating", "Tandrel Group", "Wanderpair Travel"
# The recordIds in ownership.json.
FUND, START_UP = "demo-corona-capital", "demo-lumen-vision"
FOUNDERS = {"founder": "demo-adrian-marsh", "founder2": "demo-joana-ferreira"}

Tier = Organisation.RiskTier


class Vendor(NamedTuple):
    """A vendor that legal and privacy approved so many days ago, with what they wrote."""

    name: str
    purpose: str
    jurisdiction: str
    tier: Organisation.RiskTier
    approved: int
    legal: str
    privacy: str
    # Who owns it, by a register that legal read, in percent.
    owners: tuple[tuple[str, int], ...] = ()
    listed: bool = False
    deputies: bool = False


VENDORS = [
    Vendor(
        "Cumulon Hosting",
        "Runs the servers and the database of the dating service.",
        "Ireland",
        Tier.MEDIUM,
        110,
        "The processing terms and the list of subprocessors were read.",
        "Data stays in the EU; the last security report was read.",
        owners=(("Grainne Tully", 60), ("Padraig Tully", 40)),
    ),
    Vendor(
        "Tallywick Analytics",
        "Counts visits to our pages and shows them in charts.",
        "Germany",
        Tier.LOW,
        350,
        "Standard terms, read without remarks.",
        "Addresses are shortened before they are stored.",
        owners=(("Ulrich Wessel", 100),),
    ),
    Vendor(
        "Papermoth Mail",
        "Sends the newsletter.",
        "Netherlands",
        Tier.MEDIUM,
        430,
        "Standard terms, read without remarks.",
        "Unsubscribing works on their side too; tried out.",
        owners=(("Lieke van Dalen", 100),),
    ),
    Vendor(
        "Querkwell Surveys",
        "Asks members for us what they think of the service.",
        "United Kingdom",
        Tier.MEDIUM,
        400,
        "Terms negotiated; liability is capped at the yearly fee.",
        "Answers are deleted 90 days after each survey.",
    ),
    Vendor(
        "Borealith Systems",
        "Sells us network equipment and looks after it.",
        "Finland",
        Tier.LOW,
        120,
        "I hold shares of this listed company, as declared, far below the published limit.",
        "They see no data about members.",
        listed=True,
        deputies=True,
    ),
    Vendor(
        "Deskalot Support",
        "Runs the ticket system of the support team.",
        "Ireland",
        Tier.MEDIUM,
        30,
        "The processing terms were read.",
        "Access is limited to the support team; roles were shown to us.",
        owners=(("Niamh Corrigan", 75), ("Declan Foyle", 25)),
    ),
]


def load_group(teller: Teller, cast: Cast) -> Organisation:
    """Ourselves, our parent and its other company."""
    company = known(Organisation, name=COMPANY)
    if company:
        return company
    with teller.story("our group"), teller.ago(STARTED - 2):
        company = _group_member(COMPANY, Organisation.Kind.OURSELVES, cast)
        parent = _group_member(PARENT, Organisation.Kind.AFFILIATE, cast)
        affiliate = _group_member(AFFILIATE, Organisation.Kind.AFFILIATE, cast)
        for held in (company, affiliate):
            interest = Interest(
                organisation=held,
                holder_organisation=parent,
                share_exact=Decimal(100),
                starts_on=date(2019, 5, 1),
                source="Group chart",
            )
            record(interest, by=cast["legal"])
    return company


def load_group_officer(teller: Teller, cast: Cast) -> None:
    """One of our officers is an officer of the parent too: a link within the group, no conflict."""
    person, parent = Person.objects.get(user=cast["executive"]), known(Organisation, name=PARENT)
    if parent is None or person.positions.filter(organisation=parent).exists():
        return
    with teller.story(f"position of {person} in {parent}"), teller.ago(STARTED - 6):
        take_position(person, parent, Position.Role.OFFICER, date(2021, 1, 11), by=cast["legal"])


def load_start_up(teller: Teller, cast: Cast, company: Organisation) -> None:
    """The face-recognition start-up: its owners from a register, two of whom are ours, and its way into review."""
    if Organisation.objects.filter(record_id=START_UP).exists():
        return
    with teller.story("the start-up and its owners"):
        with teller.ago(9):
            _import_ownership(cast)
            for login, record_id in FOUNDERS.items():
                _recognise_founder(cast, login, record_id, company)
        with teller.ago(7, hour=14):
            start_up = Organisation.objects.get(record_id=START_UP)
            _ask_for_approval(
                start_up,
                "Builds face recognition. Would receive profile photos and train its models on them.",
                "United States (Delaware)",
                Tier.HIGH,
                cast,
            )


def load_vendors(teller: Teller, cast: Cast) -> None:
    for vendor in VENDORS:
        if known(Organisation, name=vendor.name) is None:
            with teller.story(f"vendor {vendor.name}"):
                _make_vendor(teller, cast, vendor)


def lapse_vendors(teller: Teller) -> None:
    """What the nightly job did on the day after each approval had run out."""
    for vendor in Organisation.objects.filter(name__in=[vendor.name for vendor in VENDORS]).lapsing(teller.day(0)):
        with teller.story(f"lapse of {vendor}"):
            assert vendor.approved_until is not None
            with teller.ago((teller.day(0) - vendor.approved_until).days - 1, hour=2):
                vendor.lapse(by=None)


def _group_member(name: str, kind: Organisation.Kind, cast: Cast) -> Organisation:
    return record(Organisation(name=name, kind=kind, jurisdiction="Ireland"), by=cast["legal"])


def _import_ownership(cast: Cast) -> None:
    result = import_bods(OWNERSHIP.read_bytes(), by=cast["legal"])
    assert result.ok, result.errors
    fund = Organisation.objects.get(record_id=FUND)
    fund.kind = Organisation.Kind.FUND
    record(fund, by=cast["legal"], reason="edit")


def _recognise_founder(cast: Cast, login: str, record_id: str, company: Organisation) -> None:
    """An owner in the register has the name of one of ours. Legal and privacy say that it is the same person."""
    question = Sameness.objects.get(Q(person__record_id=record_id) | Q(other_person__record_id=record_id))
    question.say_same(by=cast["privacy"], note="Personnel knows the holder as one of our founders.")
    question.confirm_same(by=cast["legal2"], note="The address in the register is the one we know.")
    person = Person.objects.get(user=cast[login])
    for role in (Position.Role.FOUNDER, Position.Role.DIRECTOR):
        take_position(person, company, role, date(2003, 6, 2), by=cast["legal"])


def _make_vendor(teller: Teller, cast: Cast, vendor: Vendor) -> None:
    side = "2" if vendor.deputies else ""
    legal, privacy = cast[f"legal{side}"], cast[f"privacy{side}"]
    with teller.ago(vendor.approved + 4):
        organisation = record(Organisation(name=vendor.name, listed=vendor.listed), by=cast["requester"])
        if vendor.listed:
            _declare_holding(organisation, legal)
        _record_owners(organisation, vendor, legal)
        _ask_for_approval(organisation, vendor.purpose, vendor.jurisdiction, vendor.tier, cast)
    with teller.ago(vendor.approved):
        approve(organisation, legal=legal, privacy=privacy, reasons=(vendor.legal, vendor.privacy))


def _ask_for_approval(organisation: Organisation, purpose: str, jurisdiction: str, tier: str, cast: Cast) -> None:
    organisation.purpose, organisation.jurisdiction, organisation.risk_tier = purpose, jurisdiction, tier
    record(organisation, by=cast["requester"], reason="edit")
    organisation.propose(by=cast["requester"])
    organisation.submit(by=cast["requester"])


def _record_owners(organisation: Organisation, vendor: Vendor, legal: User) -> None:
    """As legal read them in the register of companies; of one vendor nobody has looked yet."""
    for name, share in vendor.owners:
        person = record(Person(name=name), by=legal)
        interest = Interest(
            organisation=organisation,
            holder_person=person,
            share_exact=Decimal(share),
            source="Register of companies",
        )
        record(interest, by=legal)


def _declare_holding(organisation: Organisation, holder: User) -> None:
    """A holding far below what keeps somebody from deciding."""
    person = Person.objects.get(user=holder)
    interest = Interest(
        organisation=organisation,
        holder_person=person,
        share_exact=Decimal("0.001"),
        source=f"Declared by {person}",
    )
    record(interest, by=holder, reason="declare")
    record(InterestDeclaration(person=person), by=holder, reason="declare")
