"""Statements take effect: on organisations, people and interests, each change with its history."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simple_history.utils import bulk_create_with_history

from apps.ledger.models import RecordedModel
from apps.vendors.models import Interest, Organisation, OrganisationIdentifier, Person, Statement
from apps.vendors.organisations.duplicates import OurPeople
from apps.vendors.organisations.names import UNNAMED
from apps.vendors.ownership.bods.effects import Effects
from apps.vendors.ownership.bods.known import RegisterRecords, identifiers_of
from apps.vendors.ownership.bods.own import LEI_SCHEME, RECORD_SCHEME
from apps.vendors.ownership.bods.statement import (
    LONGEST_REMARK,
    BodsStatement,
    born,
    full_name,
    nationality,
    share_of,
    shortened,
    why_unspecified,
)

if TYPE_CHECKING:
    from apps.accounts.models import User

Kind = Organisation.Kind
KINDS = {
    "registeredEntity": Kind.COMPANY,
    "legalEntity": Kind.COMPANY,
    "arrangement": Kind.ARRANGEMENT,
    "state": Kind.STATE,
    "stateBody": Kind.STATE,
    "anonymousEntity": Kind.UNKNOWN,
    "unknownEntity": Kind.UNKNOWN,
}


@dataclass
class Loading:
    """One import under way."""

    known: RegisterRecords
    by: User | None
    counts: Counter[str] = field(default_factory=Counter)
    effects: Effects = field(default_factory=Effects)

    @cached_property
    def ours(self) -> OurPeople:
        return OurPeople()

    def load(self, statements: list[BodsStatement]) -> None:
        fresh = self._fresh(statements)
        fresh.sort(key=lambda statement: statement.stated_at)
        # Organisations and people first: a relationship may be dated before those it names.
        for statement in sorted(fresh, key=lambda statement: statement.record_type == "relationship"):
            self._take(statement)
        self._store(fresh)

    def _fresh(self, statements: list[BodsStatement]) -> list[BodsStatement]:
        """Those not stored yet, in the file's order, each once."""
        known = self.known.digests.keys() | self.known.current
        fresh = {statement.id: statement for statement in reversed(statements) if statement.id not in known}
        self.counts["unchanged"] += len(statements) - len(fresh)
        return sorted(fresh.values(), key=lambda statement: statement.number)

    def _take(self, statement: BodsStatement) -> None:
        newest = self.known.newest.get(statement.record_id)
        if newest and statement.stated_at < newest:
            self.counts["unchanged"] += 1
            return
        load = {"entity": self._load_organisation, "person": self._load_person, "relationship": self._load_interests}
        was_known = load[statement.record_type](statement)
        effects = {"new": "created", "updated": "updated" if was_known else "created", "closed": "closed"}
        self.counts[effects.get(statement.status, effects["updated"])] += 1

    def _load_organisation(self, statement: BodsStatement) -> bool:
        details = statement.details
        found = self.known.matching(statement)
        entity_type = details["entityType"]["type"]
        organisation = found or Organisation(name=UNNAMED[entity_type])
        jurisdiction = details.get("jurisdiction", {}).get("name", "").strip()
        changes: dict[str, Any] = {
            "name": details.get("name", "").strip() or organisation.name,
            "jurisdiction": shortened(jurisdiction, 100) or organisation.jurisdiction,
            "lei": self._lei(statement, organisation),
            "record_id": organisation.record_id or statement.record_id,
            "closed_on": statement.stated_on if statement.is_closing else None,
        }
        # Whether it is ourselves, an affiliate, a fund or a regulator is for people to say.
        if organisation.kind in KINDS.values():
            changes["kind"] = KINDS[entity_type]
        self.known.forget(organisation)
        self._save(organisation, changes, statement)
        self.known.remember(organisation)
        self._load_identifiers(organisation, statement)
        return found is not None

    def _lei(self, statement: BodsStatement, organisation: Organisation) -> str:
        """The first LEI stated that no other organisation has, else the one on record."""
        for scheme, value in identifiers_of(statement):
            holder = self.known.identifiers.get((scheme, value), organisation)
            if scheme == LEI_SCHEME and holder == organisation:
                return value
        return organisation.lei

    def _load_identifiers(self, organisation: Organisation, statement: BodsStatement) -> None:
        stated = [pair for pair in identifiers_of(statement) if pair[0] != LEI_SCHEME]
        if organisation.record_id != statement.record_id:
            stated.append((RECORD_SCHEME, statement.record_id))
        for scheme, value in stated:
            if (organisation.pk, (scheme, value)) not in self.known.stored:
                self._save(OrganisationIdentifier(organisation=organisation, scheme=scheme, value=value), {}, statement)
                self.known.stored.add((organisation.pk, (scheme, value)))
                self.known.identifiers.setdefault((scheme, value), organisation)

    def _load_person(self, statement: BodsStatement) -> bool:
        found = self.known.people.get(statement.record_id)
        person = found or Person(record_id=statement.record_id)
        kind = statement.details["personType"]
        kept = person.name if kind == Person.Kind.KNOWN else ""
        changes = {
            "kind": kind,
            "name": full_name(statement.details) or kept,
            "why_unnamed": why_unspecified(statement.details.get("unspecifiedPersonDetails", {})),
            "closed_on": statement.stated_on if statement.is_closing else None,
        }
        # Of nobody else is it kept: it tells whether somebody has the name of one of our people, or is one.
        if self.ours.called(changes["name"]):
            changes |= {"born": born(statement.details), "nationality": nationality(statement.details)}
        self._save(person, changes, statement)
        self.known.people[statement.record_id] = person
        return found is not None

    def _load_interests(self, statement: BodsStatement) -> bool:
        rows = self.known.interests[statement.record_id]
        was_known = bool(rows)
        left = list(rows)
        changes = [self._interest(interest, statement) for interest in statement.interests]
        for change, row in pair(changes, left):
            if row is None:
                rows.append(row := Interest(record_id=statement.record_id))
            self._save(row, change, statement)
        for row in left:
            if row.ends_on is None or row.ends_on > statement.stated_on:
                self._save(row, {"ends_on": _end(row.starts_on, statement)}, statement)
        return was_known

    def _interest(self, interest: dict[str, Any], statement: BodsStatement) -> dict[str, Any]:
        """What the fields of the row shall say."""
        stated = share_of(interest)
        starts_on = _day(interest.get("startDate"))
        ends_on = _day(interest.get("endDate"))
        return {
            **self._parties(statement),
            "type": interest.get("type", Interest.Type.UNKNOWN),
            "directness": interest.get("directOrIndirect", Interest.Directness.UNKNOWN),
            "beneficial": interest.get("beneficialOwnershipOrControl", False),
            "share_exact": stated.exact,
            "share_min": stated.least,
            "share_max": stated.most,
            "share_min_exclusive": stated.over,
            "share_max_exclusive": stated.under,
            "components": statement.components,
            "starts_on": starts_on,
            "ends_on": _end(starts_on, statement) if statement.is_closing and not ends_on else ends_on,
            "details": shortened(interest.get("details", "").strip(), LONGEST_REMARK),
            "source": statement.source,
        }

    def _parties(self, statement: BodsStatement) -> dict[str, Any]:
        organisation = self.known.organisation(statement.details["subject"])
        assert organisation is not None, "references were checked before"
        party = statement.details["interestedParty"]
        named = party if isinstance(party, str) else None
        person = self.known.people.get(named) if named else None
        holder = self.known.organisation(named) if named else None
        return {
            "organisation_id": organisation.pk,
            "holder_person_id": person.pk if person else None,
            "holder_organisation_id": holder.pk if holder else None,
            "holder_unspecified": "" if named else why_unspecified(party),
        }

    def _save(self, row: RecordedModel, changes: dict[str, Any], statement: BodsStatement) -> None:
        """Save what differs, with its history; nothing when nothing does."""
        changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
        before = {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        is_new = row.pk is None
        row.on_behalf(self.by, f"BODS statement {statement.id}")
        if is_new:
            row.save()
        elif changed:
            row.save(update_fields=list(changed))
        if is_new or changed:
            self.effects.note(row, before, changed, is_new=is_new)

    def _store(self, statements: list[BodsStatement]) -> None:
        rows = [
            Statement(
                statement_id=statement.id,
                record_id=statement.record_id,
                record_type=statement.record_type,
                record_status=statement.status,
                stated_at=statement.stated_at,
                publisher=statement.publisher,
                digest=statement.digest,
                revision=1,
            )
            for statement in statements
        ]
        bulk_create_with_history(
            rows, Statement, batch_size=1000, default_user=self.by, default_change_reason="imported from BODS"
        )


def pair(changes: list[dict[str, Any]], left: list[Interest]) -> list[tuple[dict[str, Any], Interest | None]]:
    """Each stated interest with the row it continues, which is taken out of `left`, or None.

    The same type and start first, then the same type, then a row whose type was unknown until now.
    """
    found: dict[int, Interest] = {}
    for fits in (_same_stake, _same_type, _type_now_known):
        for index, change in enumerate(changes):
            row = next((row for row in left if index not in found and fits(row, change)), None)
            if row is not None:
                left.remove(row)
                found[index] = row
    return [(change, found.get(index)) for index, change in enumerate(changes)]


def _same_stake(row: Interest, change: dict[str, Any]) -> bool:
    return _same_type(row, change) and row.starts_on == change["starts_on"]


def _same_type(row: Interest, change: dict[str, Any]) -> bool:
    return bool(row.type == change["type"])


def _type_now_known(row: Interest, change: dict[str, Any]) -> bool:
    return row.type == Interest.Type.UNKNOWN


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _end(starts_on: date | None, statement: BodsStatement) -> date:
    """The day of the statement, but not before the interest began."""
    return max(statement.stated_on, starts_on or statement.stated_on)
