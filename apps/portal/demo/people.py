"""Who takes part: an account for each role, the two founders, and what they are in our company."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.contrib.auth.hashers import check_password, make_password

from apps.accounts.models import DECIDING_ROLES, Role, RoleGrant, User
from apps.portal.demo.story import Cast, Teller, record
from apps.vendors.models import InterestDeclaration, Organisation, Person, Position
from apps.workflow.models import Delegation

DOMAIN = "example.org"
# Accounts and roles are older than everything that is decided in the demo.
STARTED = 730


class Account(NamedTuple):
    login: str
    name: str
    role: Role | None
    position: Position.Role | None = Position.Role.EMPLOYEE


# The administrators first: they grant what the others have. The founders come with the register of owners.
ACCOUNTS = [
    Account("admin", "Petra Novak", Role.ADMINISTRATOR),
    Account("admin2", "Oskar Brandt", Role.ADMINISTRATOR),
    Account("engineer", "Ines Kowalski", Role.ENGINEER),
    Account("requester", "Tom Okafor", None),
    Account("legal", "Clara Lindqvist", Role.LEGAL),
    Account("legal2", "Daniel Petrov", Role.LEGAL),
    Account("privacy", "Samir Haddad", Role.PRIVACY),
    Account("privacy2", "Yuki Halvorsen", Role.PRIVACY),
    Account("dpo", "Beatrix Moreau", Role.DPO),
    Account("independent", "Ruth Nakamura", Role.INDEPENDENT, Position.Role.DIRECTOR),
    Account("executive", "Victor Almeida", Role.EXECUTIVE, Position.Role.OFFICER),
    Account("auditor", "Helen Oduya", Role.AUDITOR),
    Account("founder", "Adrian Marsh", None, None),
    Account("founder2", "Joana Ferreira", None, None),
]
# Reviewers and advisers who have declared that they hold nothing.
NOTHING_TO_DECLARE = ("legal", "privacy", "privacy2", "dpo", "independent", "executive")


def load_accounts(teller: Teller, password: str) -> Cast:
    cast = {user.email.partition("@")[0]: user for user in User.objects.filter(email__endswith=f"@{DOMAIN}")}
    missing = [account for account in ACCOUNTS if account.login not in cast]
    encoded = _encoded(password, (cast[account.login] for account in ACCOUNTS if account.login in cast))
    with teller.ago(STARTED):
        for account in missing:
            with teller.story(f"account of {account.name}"):
                cast[account.login] = _make_account(account, encoded, cast)
    return cast


def load_staff(teller: Teller, cast: Cast, company: Organisation) -> None:
    """What each of our people is in the company, as legal records it, and what they declare."""
    recorded = set(Person.objects.filter(user__in=cast.values()).values_list("user_id", flat=True))
    for account in ACCOUNTS:
        user = cast[account.login]
        if account.position is None or user.pk in recorded:
            continue
        with teller.story(f"position of {user}"):
            with teller.ago(STARTED - 5):
                person = record(Person(name=user.full_name, user=user), by=cast["legal"])
                take_position(person, company, account.position, date(2021, 1, 11), by=cast["legal"])
            if account.login in NOTHING_TO_DECLARE:
                with teller.ago(60):
                    record(InterestDeclaration(person=person, nothing=True), by=user, reason="declare")


def take_position(
    person: Person, organisation: Organisation, role: Position.Role, since: date, *, by: User
) -> Position:
    position = Position(
        person=person, organisation=organisation, role=role, starts_on=since, source="Personnel records"
    )
    return record(position, by=by)


def load_covers(teller: Teller, cast: Cast) -> None:
    """When the deputy stood in for the privacy lead, and when she will again."""
    person, deputy = cast["privacy"], cast["privacy2"]
    if Delegation.objects.filter(person=person, deputy=deputy).exists():
        return
    with teller.story(f"{deputy} stands in for {person}"):
        for announced, starts_on, ends_on in ((140, -130, -110), (3, 7, 21)):
            with teller.ago(announced):
                cover = Delegation(
                    person=person,
                    deputy=deputy,
                    role=Role.PRIVACY.value,
                    starts_on=teller.day(starts_on),
                    ends_on=teller.day(ends_on),
                )
                record(cover, by=person)


def _make_account(account: Account, encoded: str, cast: Cast) -> User:
    user = User(
        email=f"{account.login}@{DOMAIN}",
        full_name=account.name,
        password=encoded,
        is_staff=account.role == Role.ADMINISTRATOR,
    )
    record(user, by=cast.get("admin"))
    if account.role == Role.ADMINISTRATOR:
        RoleGrant.bootstrap_administrator(user)
    elif account.role is not None:
        grant = RoleGrant.grant(user, account.role, by=cast["admin"])
        if account.role in DECIDING_ROLES:
            grant.confirm(by=cast["admin2"])
    return user


def _encoded(password: str, users: Iterable[User]) -> str:
    """The hash that all demo accounts share, since hashing takes long; given anew to those with another password."""
    others: dict[str, list[User]] = {}
    for user in users:
        others.setdefault(user.password, []).append(user)
    matching = [encoded for encoded in others if check_password(password, encoded)]
    encoded = matching[0] if matching else make_password(password)
    for outdated in others.keys() - set(matching):
        for user in others[outdated]:
            user.password = encoded
            user.on_behalf(None, "reset the demo password").save()
    return encoded
