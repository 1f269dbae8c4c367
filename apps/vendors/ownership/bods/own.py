"""What the portal's own records look like as statements, and how it knows such a statement again.

A statement is a function of the record alone, so that exporting twice gives the same file. Its statementId carries a
token of the record and a digest of what it says: another installation has no record with that token.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from apps.core import clock
from apps.ledger.models import RecordedModel
from apps.vendors.models import Interest, Organisation, OrganisationIdentifier, Person
from apps.vendors.ownership.bods.statement import REASONS

PUBLISHER = "Governance portal"
LEI_SCHEME = "XI-LEI"
# An organisation that two registers know has two recordIds; the second is kept as an identifier of this scheme.
RECORD_SCHEME = "BODS recordId"
OWN_RECORD = re.compile(r"portal-(organisation|person|interest)-([0-9]{1,15})-[0-9a-f]{16}")
OWN_STATEMENT = re.compile(r"portal-([0-9a-f]{16})-[0-9a-f]{32}")

Kind = Organisation.Kind
ENTITY_TYPES = {Kind.ARRANGEMENT: "arrangement", Kind.STATE: "state", Kind.UNKNOWN: "unknownEntity"}
ORG_ID = re.compile("[A-Z]{2,3}-.+")

Statement = dict[str, Any]


def token_of(record: RecordedModel) -> str:
    """Known to this installation alone, since no other made a row with this number at this microsecond."""
    made = record.created_at.astimezone(UTC).isoformat()
    return hashlib.sha256(f"{record._meta.label_lower} {record.pk} {made}".encode()).hexdigest()[:16]


def own_record_id(record: RecordedModel) -> str:
    return f"portal-{record._meta.model_name}-{record.pk}-{token_of(record)}"


def record_id_of(record: Organisation | Person | Interest) -> str:
    """The register's id of the record; one of our own where no register gave any."""
    return record.record_id or own_record_id(record)


def entity_statement(organisation: Organisation, identifiers: Sequence[OrganisationIdentifier]) -> Statement:
    pairs = [(LEI_SCHEME, organisation.lei)] if organisation.lei else []
    pairs += [(item.scheme, item.value) for item in identifiers if item.scheme != RECORD_SCHEME]
    details: Statement = {
        "entityType": {"type": ENTITY_TYPES.get(Kind(organisation.kind), "registeredEntity")},
        "name": organisation.name,
    }
    if organisation.kind == Kind.UNKNOWN:
        details["unspecifiedEntityDetails"] = {"reason": "informationUnknownToPublisher"}
    if organisation.jurisdiction:
        details["jurisdiction"] = {"name": organisation.jurisdiction}
    if pairs:
        details["identifiers"] = [_identifier(scheme, value) for scheme, value in pairs]
    return _statement("entity", organisation, [organisation, *identifiers], details, closed_on=organisation.closed_on)


def person_statement(person: Person) -> Statement:
    details: Statement = {"personType": person.kind}
    if person.name:
        details["names"] = [{"fullName": person.name}]
    if person.why_unnamed or person.kind != Person.Kind.KNOWN:
        details["unspecifiedPersonDetails"] = _unspecified(person.why_unnamed)
    return _statement("person", person, [person], details, closed_on=person.closed_on)


def relationship_statement(interests: Sequence[Interest]) -> Statement:
    """One statement of all interests that a register stated as one record, or of a single one of our own."""
    first, holder = interests[0], interests[0].holder
    details: Statement = {
        "subject": record_id_of(first.organisation),
        "interestedParty": record_id_of(holder) if holder else _unspecified(first.holder_unspecified),
        "interests": [_interest(interest) for interest in interests],
    }
    if components := components_of(interests):
        details["componentRecords"] = components
    return _statement("relationship", first, list(interests), details)


def components_of(interests: Iterable[Interest]) -> list[str]:
    return list(dict.fromkeys(record_id for interest in interests for record_id in interest.components or ()))


def placed(statement: Statement, subject: str, *, is_component: bool) -> Statement:
    """The statement in a file: about whom the file is, and whether another statement of it sums this one up."""
    details = {**statement["recordDetails"], "isComponent": is_component}
    return {**statement, "declarationSubject": subject, "recordDetails": details}


def _interest(interest: Interest) -> Statement:
    stated: Statement = {
        "type": interest.type,
        "directOrIndirect": interest.directness,
        "beneficialOwnershipOrControl": interest.beneficial,
    }
    figures = {
        "exact": interest.share_exact,
        "exclusiveMinimum" if interest.share_min_exclusive else "minimum": interest.share_min,
        "exclusiveMaximum" if interest.share_max_exclusive else "maximum": interest.share_max,
    }
    if share := {name: _number(figure) for name, figure in figures.items() if figure is not None}:
        stated["share"] = share
    days = {"startDate": interest.starts_on, "endDate": interest.ends_on}
    stated |= {name: day.isoformat() for name, day in days.items() if day}
    if interest.details:
        stated["details"] = interest.details
    return stated


def _statement(
    record_type: str,
    record: Organisation | Person | Interest,
    rows: Sequence[RecordedModel],
    details: Statement,
    *,
    closed_on: date | None = None,
) -> Statement:
    changed = max(row.updated_at for row in rows).astimezone(UTC)
    content: Statement = {
        "statementDate": closed_on.isoformat() if closed_on else _moment(changed),
        "publicationDetails": {
            "publicationDate": clock.day_of(changed).isoformat(),
            "bodsVersion": "0.4",
            "publisher": {"name": PUBLISHER},
        },
        "recordId": record_id_of(record),
        "recordType": record_type,
        "recordStatus": "closed" if closed_on else "new",
        "recordDetails": {"isComponent": False, **details},
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return {"statementId": f"portal-{token_of(record)}-{digest[:32]}", **content}


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _number(figure: Decimal) -> int | float:
    return int(figure) if figure == figure.to_integral_value() else float(figure)


def _identifier(scheme: str, value: str) -> Statement:
    return {"scheme" if ORG_ID.fullmatch(scheme) else "schemeName": scheme or "unknown", "id": value}


def _unspecified(words: str) -> Statement:
    """UnspecifiedRecord out of the words that the import made of it."""
    for reason, said in REASONS.items():
        if words == said:
            return {"reason": reason}
        if words.startswith(f"{said}: "):
            return {"reason": reason, "description": words.removeprefix(f"{said}: ")}
    return {"reason": "unknown", "description": words} if words else {"reason": "informationUnknownToPublisher"}
