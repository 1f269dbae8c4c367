"""What we told somebody outside, beside what is on record about the same organisation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING

from django.db.models import Q

from apps.agreements.models import Agreement, InForce, Transfer
from apps.agreements.models.coverage import decisions_about
from apps.core.reading import each_once_while_reading
from apps.disclosures.models import PublicStatement, StatementClaim
from apps.vendors.models import Organisation

if TYPE_CHECKING:
    from apps.accounts.models import User

Kind = StatementClaim.Kind


class Consistency(IntEnum):
    """How a statement stands beside the record, worst first."""

    CONTRADICTED = 0
    LEAVES_OUT = 1
    CANNOT_TELL = 2
    CONSISTENT = 3

    @property
    def words(self) -> str:
        return {
            Consistency.CONTRADICTED: "Contradicted by what is on record",
            Consistency.LEAVES_OUT: "Leaves out recorded facts",
            Consistency.CANNOT_TELL: "Cannot be told from what is on record",
            Consistency.CONSISTENT: "Consistent with what is on record",
        }[self]


@dataclass(frozen=True)
class OnRecord:
    """What is recorded about an organisation, as far as more people than legal and privacy hear of it."""

    agreements: list[tuple[Agreement, InForce]] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    # Reports in words, of which nobody has said yet whether they are about this organisation.
    unlinked: list[Transfer] = field(default_factory=list)

    def seen_by(self, user: User) -> OnRecord:
        """Of these, what the user sees."""
        agreements = set(Agreement.objects.visible_to(user).filter(pk__in=[a.pk for a, _ in self.agreements]))
        transfers = set(Transfer.objects.visible_to(user).filter(pk__in=[t.pk for t in self.transfers]))
        return OnRecord(
            [(agreement, told) for agreement, told in self.agreements if agreement in agreements],
            [transfer for transfer in self.transfers if transfer in transfers],
            self.unlinked,
        )

    def in_force(self, start: date, end: date) -> list[Agreement]:
        return [agreement for agreement, told in self.agreements if told.overlaps(start, end)]

    def moved(self, start: date, end: date) -> list[Transfer]:
        return [transfer for transfer in self.transfers if start <= transfer.transferred_on <= end]


@dataclass(frozen=True)
class Verdict:
    """How one claim stands beside the record, and the records that this rests on."""

    claim: StatementClaim
    fits: Consistency
    records: tuple[Agreement | Transfer, ...] = ()


@dataclass(frozen=True)
class Judgement:
    verdicts: list[Verdict]
    left_out: list[Transfer]

    @property
    def fits(self) -> Consistency:
        """The worst of what is found; a statement of which nothing was entered says nothing that can be compared."""
        found = [verdict.fits for verdict in self.verdicts] or [Consistency.CANNOT_TELL]
        return min(found + ([Consistency.LEAVES_OUT] if self.left_out else []))


def on_record(organisations: set[int]) -> dict[int, OnRecord]:
    """By organisation. As many queries for a thousand of them as for one."""
    return each_once_while_reading("on record", organisations, lambda keys: _on_record(set(keys)))


def _on_record(organisations: set[int]) -> dict[int, OnRecord]:
    found: dict[int, OnRecord] = defaultdict(OnRecord)
    rows = Organisation.objects.rows_of(organisations)
    stays = {row: pk for pk, known in rows.items() for row in known}
    agreements = list(Agreement.objects.filter(counterparty__in=stays).order_by("pk"))
    told = decisions_about({agreement.pk for agreement in agreements})
    for agreement in agreements:
        found[stays[agreement.counterparty_id]].agreements.append(
            (agreement, InForce.from_decisions(told[agreement.pk]))
        )
    transfers = Transfer.objects.released().not_closed().filter(Q(recipient__in=stays) | Q(recipient=None))
    for transfer in transfers.order_by("transferred_on", "pk"):
        for key in [stays[transfer.recipient_id]] if transfer.recipient_id else organisations:
            (found[key].transfers if transfer.recipient_id else found[key].unlinked).append(transfer)
    return {key: found[key] for key in organisations}


def judge(statement: PublicStatement, record: OnRecord) -> Judgement:
    verdicts = [_verdict(claim, statement, record) for claim in statement.claims.all()]
    told = {
        found.pk
        for verdict in verdicts
        if verdict.claim.kind == Kind.SHARED or verdict.fits == Consistency.CONTRADICTED
        for found in verdict.records
        if isinstance(found, Transfer)
    }
    before = record.moved(date.min, statement.said_on)
    return Judgement(verdicts, [transfer for transfer in before if transfer.pk not in told])


def _verdict(claim: StatementClaim, statement: PublicStatement, record: OnRecord) -> Verdict:
    period = (claim.period_from or date.min, claim.period_until or statement.said_on)
    agreements, transfers = record.in_force(*period), record.moved(*period)
    against: dict[str, Sequence[Agreement | Transfer]] = {
        Kind.NO_AGREEMENT: agreements,
        Kind.NO_RELATION: [*agreements, *transfers],
        Kind.NO_SHARING: transfers,
    }
    if claim.kind in against:
        found = tuple(against[claim.kind])
        return Verdict(claim, Consistency.CONTRADICTED if found else _unless_unlinked(record, *period), found)
    if claim.kind == Kind.SHARED:
        return Verdict(claim, Consistency.CONSISTENT if transfers else Consistency.CANNOT_TELL, tuple(transfers))
    if claim.kind == Kind.NO_PAYMENT:
        return _about_payment(claim, [*agreements, *transfers], _unless_unlinked(record, *period))
    return Verdict(claim, Consistency.CANNOT_TELL)  # deletion by somebody else is not on record here


def _unless_unlinked(record: OnRecord, start: date, end: date) -> Consistency:
    """Nothing is consistent with a record on which a report may be about this organisation."""
    is_open = any(start <= transfer.transferred_on <= end for transfer in record.unlinked)
    return Consistency.CANNOT_TELL if is_open else Consistency.CONSISTENT


def _about_payment(claim: StatementClaim, records: list[Agreement | Transfer], otherwise: Consistency) -> Verdict:
    paid = tuple(r for r in records if r.consideration == Agreement.Consideration.THEY_PAY)
    unknown = tuple(r for r in records if r.consideration == Agreement.Consideration.UNKNOWN)
    if paid:
        return Verdict(claim, Consistency.CONTRADICTED, paid)
    return Verdict(claim, Consistency.CANNOT_TELL if unknown else otherwise, unknown)
