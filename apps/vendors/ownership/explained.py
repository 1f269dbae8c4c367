"""How far it is recorded who owns an organisation. What is not recorded is unknown, and never reads as "nobody"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.vendors.models.organisation import LOOKED_AT_EVERY, Organisation
from apps.vendors.models.person import Person
from apps.vendors.organisations.identities import Node, node_of
from apps.vendors.ownership.steps import ALL, Step, Steps, percent

# Registers round: three holders of 33.33 % are all.
WHOLE = Decimal("99.9")
# Rings of companies that hold each other come ever closer to what they explain; the rest is left unknown.
MOST_ROUNDS = 50


@dataclass(frozen=True)
class Explained:
    """`share` is explained at least, up to people or to owners whom nobody needs to look behind."""

    name: str
    is_recorded: bool
    share: Decimal
    due_on: date | None
    on: date

    @property
    def unknown(self) -> str:
        """What is not known, as words after which a full stop may come; empty where ownership is known."""
        if not self.is_recorded:
            return f"who owns {self.name} is not recorded, so unknown"
        if self.share < WHOLE:
            return f"who owns {self.name} is recorded in part, so the rest is unknown"
        if self.due_on is not None and self.due_on < self.on:
            return f"who owns {self.name} was to be looked at again by {self.due_on:%-d %b %Y}, so it may have changed"
        return ""

    @property
    def fact(self) -> str:
        return f"{self.unknown[:1].upper()}{self.unknown[1:]}." if self.unknown else ""

    @property
    def amount(self) -> str:
        """For those who may see interests."""
        return f"At least {percent(self.share)} is explained, up to people or to owners whom the public knows."


def explain(organisations: Iterable[Organisation], steps: Steps, on: date) -> dict[int, Explained]:
    """By the key of the organisation, out of the net above it."""
    asked = list(organisations)
    shares = _explained_shares([node_of(organisation) for organisation in asked], steps)
    found = {}
    for organisation in asked:
        holders = steps.get(node_of(organisation), [])
        is_known = _is_known(organisation)
        found[organisation.pk] = Explained(
            str(organisation),
            is_known or any(step.share for step in holders),
            ALL if is_known else shares.get(node_of(organisation), Decimal(0)),
            _due_on(organisation, holders),
            on,
        )
    return found


def _due_on(organisation: Organisation, holders: list[Step]) -> date | None:
    """Said by whoever looked at it; otherwise a year after the newest record of a holder."""
    if organisation.ownership_due_on or organisation.is_public:
        return organisation.ownership_due_on
    recorded = [step.recorded_on for step in holders if step.recorded_on]
    return max(recorded) + LOOKED_AT_EVERY if recorded else None


def _is_known(organisation: Organisation) -> bool:
    return organisation.is_public or bool(organisation.ownership_rest)


def _explained_shares(asked: list[Node], steps: Steps) -> dict[Node, Decimal]:
    """Grows from nothing, the furthest owners first, until it stays as it is: what is not reached stays unknown."""
    shares: dict[Node, Decimal] = dict.fromkeys(steps, Decimal(0))
    for _ in range(MOST_ROUNDS):
        before = dict(shares)
        for node in reversed(steps):
            if node[0] == "organisation":
                shares[node] = _share_of(steps[node], shares)
        if shares == before:
            break
    return {node: shares.get(node, Decimal(0)) for node in asked}


def _share_of(holders: list[Step], shares: dict[Node, Decimal]) -> Decimal:
    """Direct holdings, or stated indirect ones where these explain more: they may be the same money."""
    sums = {True: Decimal(0), False: Decimal(0)}
    for step in holders:
        if step.share is not None:
            sums[step.is_direct] += step.share.least * _part_explained(step, shares) / 100
    return min(max(sums.values()), ALL)


def _part_explained(step: Step, shares: dict[Node, Decimal]) -> Decimal:
    if isinstance(step.holder, Person):
        return ALL if step.holder.kind == Person.Kind.KNOWN else Decimal(0)
    return ALL if _is_known(step.holder) else shares.get(node_of(step.holder), Decimal(0))
