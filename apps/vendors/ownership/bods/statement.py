"""A statement that fits the schema, read with the portal's eyes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

REASONS = {
    "noBeneficialOwners": "There is no beneficial owner",
    "subjectUnableToConfirmOrIdentifyBeneficialOwner": "The organisation cannot confirm or identify the owner",
    "interestedPartyHasNotProvidedInformation": "The holder has not given the information",
    "subjectExemptFromDisclosure": "The organisation need not disclose it",
    "interestedPartyExemptFromDisclosure": "The holder need not be disclosed",
    "unknown": "Unknown",
    "informationUnknownToPublisher": "Unknown to the register",
}
LONGEST_REMARK = 500


@dataclass(frozen=True)
class BodsStatement:
    number: int
    content: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.content["statementId"])

    @property
    def record_id(self) -> str:
        return str(self.content["recordId"])

    @property
    def record_type(self) -> str:
        return str(self.content["recordType"])

    @property
    def status(self) -> str:
        """Optional in the standard; without one it is for the portal to find out."""
        return str(self.content.get("recordStatus", ""))

    @property
    def is_closing(self) -> bool:
        return self.status == "closed"

    @property
    def details(self) -> dict[str, Any]:
        details: dict[str, Any] = self.content["recordDetails"]
        return details

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()

    @property
    def stated_on(self) -> date:
        return date.fromisoformat(self.content["statementDate"][:10])

    @cached_property
    def stated_at(self) -> datetime:
        moment = datetime.fromisoformat(self.content["statementDate"].upper())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    @property
    def publisher(self) -> str:
        publisher = self.content.get("publicationDetails", {}).get("publisher", {})
        return shortened(publisher.get("name") or publisher.get("url") or "", 200)

    @property
    def source(self) -> str:
        parts = [f"BODS statement {self.id} of {self.stated_on:%-d %b %Y}", self.publisher]
        return ", ".join(part for part in parts if part)

    @property
    def parties(self) -> list[tuple[str, str]]:
        """(field, recordId) of those that a relationship names."""
        if self.record_type != "relationship":
            return []
        return [
            (name, self.details[name]) for name in ("subject", "interestedParty") if isinstance(self.details[name], str)
        ]

    @property
    def components(self) -> list[str] | None:
        """The records that a relationship sums up."""
        return list(dict.fromkeys(self.details.get("componentRecords", []))) or None

    @property
    def interests(self) -> list[dict[str, Any]]:
        return self.details.get("interests") or [{}]


class Limits(NamedTuple):
    """A stated share in percent. `over` and `under`: the limit itself is not reached."""

    exact: Decimal | None
    least: Decimal | None
    most: Decimal | None
    over: bool
    under: bool


def share_of(interest: dict[str, Any]) -> Limits:
    """Of an inclusive and an exclusive limit, the narrower one."""
    share = {name: _percent(figure) for name, figure in interest.get("share", {}).items()}
    least, above, most, below = map(share.get, ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"))
    over = above is not None and (least is None or above >= least)
    under = below is not None and (most is None or below <= most)
    return Limits(share.get("exact"), above if over else least, below if under else most, over, under)


def full_name(person: dict[str, Any]) -> str:
    """The legal name if it is marked, else one without a mark, else the first."""
    names = sorted(person.get("names", []), key=lambda name: {"legal": 0, None: 1}.get(name.get("type"), 2))
    return names[0]["fullName"].strip() if names else ""


def born(person: dict[str, Any]) -> str:
    """The month of birth, as 1980-05; nothing where a year is all that is stated."""
    stated = str(person.get("birthDate", ""))[:7]
    return stated if len(stated) == len("1980-05") else ""


def nationality(person: dict[str, Any]) -> str:
    stated = (country.get("name") or country.get("code") or "" for country in person.get("nationalities", []))
    return shortened(", ".join(name.strip() for name in stated if name.strip()), 200)


def why_unspecified(details: dict[str, Any]) -> str:
    """UnspecifiedRecord in words."""
    if not details:
        return ""
    description = details.get("description", "").strip()
    reason = REASONS[details["reason"]]
    return shortened(f"{reason}: {description}" if description else reason, LONGEST_REMARK)


def identifiers(entity: dict[str, Any]) -> list[tuple[str, str]]:
    """(scheme, value) of those that have a value."""
    found = [
        ((item.get("scheme") or item.get("schemeName") or "").strip(), item.get("id", "").strip())
        for item in entity.get("identifiers", [])
    ]
    return list(dict.fromkeys((scheme, value) for scheme, value in found if scheme and value))


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _percent(number: float) -> Decimal:
    return round(Decimal(str(number)), 6)
