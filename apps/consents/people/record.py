"""The consent record of one person, in the parts of ISO/IEC TS 27560 and the words of W3C DPV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from apps.consents.models import ConsentEvent, DataSubject, Outcome, State
from apps.consents.sets.due import Due
from apps.consents.sets.outcomes import outcomes_of
from apps.core import clock
from apps.core.reading import once_while_reading
from apps.disclosures.models import NoticeVersion
from apps.taxonomy.models import DataUse
from apps.vendors.models import Organisation

SCHEMA = "ISO/IEC TS 27560:2023"
CONTEXT = "https://w3id.org/dpv"
DPV = {
    State.REQUESTED: "dpv:ConsentRequested",
    State.DEFERRED: "dpv:ConsentRequestDeferred",
    State.GIVEN: "dpv:ConsentGiven",
    State.RENEWED: "dpv:RenewedConsentGiven",
    State.UNKNOWN: "dpv:ConsentUnknown",
    State.INVALIDATED: "dpv:ConsentInvalidated",
    State.EXPIRED: "dpv:ConsentExpired",
    State.REFUSED: "dpv:ConsentRefused",
    State.REVOKED: "dpv:ConsentRevoked",
    State.WITHDRAWN: "dpv:ConsentWithdrawn",
    State.OPTED_OUT: "opted_out",
    State.OBJECTED: "objected",
}
# Parts of the standard about which the portal keeps nothing for a single person.
NOT_RECORDED = ["personal_data", "storage", "recipients", "jurisdiction", "legal_basis", "event_entity", "event_type"]


@dataclass(frozen=True)
class Purpose:
    """One use that was put to the person, and where they stand."""

    use: DataUse
    outcome: Outcome | None
    last: ConsentEvent  # about exactly this use
    doubtful: State | None = None  # what was said, where that is neither yes nor no

    @property
    def is_permitted(self) -> bool:
        return self.outcome is Outcome.PERMITTED

    @property
    def words(self) -> str:
        if self.doubtful:
            return self.doubtful.label
        return self.outcome.label if self.outcome else "No answer"

    @property
    def stands(self) -> str:
        if self.doubtful:
            return self.doubtful.key
        return self.outcome.key if self.outcome else "no_answer"


@dataclass(frozen=True)
class ConsentRecord:
    subject: DataSubject
    made_at: datetime
    controllers: list[str]
    notices: list[NoticeVersion]
    purposes: list[Purpose]
    events: list[ConsentEvent]

    @property
    def permitted(self) -> list[Purpose]:
        return [purpose for purpose in self.purposes if purpose.is_permitted]

    def as_json(self) -> dict[str, Any]:
        return {
            "header": {
                "schema_version": SCHEMA,
                "vocabulary": CONTEXT,
                "record_id": f"{self.subject.pk}-{self.made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
                "principal_id": str(self.subject.pk),
                "made_at": self.made_at.isoformat(),
            },
            "notices": [_notice(version) for version in self.notices],
            "processing": [
                {
                    "purpose": purpose.use.key,
                    "purpose_name": purpose.use.name,
                    "permitted": purpose.is_permitted,
                    "stands": purpose.stands,
                    "controllers": self.controllers,
                    "source": purpose.last.source,
                    "withdrawal": "By a link that the controller sends, or by telling the controller.",
                }
                for purpose in self.purposes
            ],
            "events": [_event(event) for event in self.events],
            "not_recorded": NOT_RECORDED,
        }


def consent_record(subject: DataSubject) -> ConsentRecord:
    """All that is recorded of one person, as of now."""
    return once_while_reading(("consents", subject.pk), lambda: _record_of(subject))


def _record_of(subject: DataSubject) -> ConsentRecord:
    if Due.of(subject, clock.now()).answers:
        clock.require_right()
    events = list(
        subject.events.select_related("use", "notice_version__notice", "consent_import").order_by("-occurred_at", "-id")
    )
    stands = outcomes_of(subject)
    last: dict[int, ConsentEvent] = {}
    for event in events:
        last.setdefault(event.use_id, event)
    purposes = [
        Purpose(event.use, stands.get(pk), event, _doubtful(event.use, stands.get(pk), events))
        for pk, event in last.items()
    ]
    versions = {event.notice_version_id: event.notice_version for event in events if event.notice_version}
    return ConsentRecord(
        subject=subject,
        made_at=clock.now(),
        controllers=[str(ours) for ours in Organisation.objects.filter(kind=Organisation.Kind.OURSELVES)],
        notices=list(versions.values()),
        purposes=sorted(purposes, key=lambda purpose: purpose.use.key),
        events=events,
    )


def _doubtful(use: DataUse, outcome: Outcome | None, events: list[ConsentEvent]) -> State | None:
    """Unknown or invalidated, where that decides. For counts both are among the withdrawn: neither can be relied on."""
    if outcome is not Outcome.WITHDRAWN:
        return None
    answers = [event for event in events if use.is_within(event.use.key) and State(event.state).is_answer]
    newest = max(answers, key=lambda event: (event.occurred_at, event.state), default=None)
    said = State(newest.state) if newest else None
    return said if said in (State.UNKNOWN, State.INVALIDATED) else None


def _notice(version: NoticeVersion) -> dict[str, Any]:
    return {
        "reference": str(version),
        "language": version.notice.language,
        "sha256": version.sha256,
        "in_force_from": version.effective_from.isoformat(),
    }


def _event(event: ConsentEvent) -> dict[str, Any]:
    return {
        "event_time": event.occurred_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
        "valid_until": event.expires_at.isoformat() if event.expires_at else None,
        "purpose": event.use.key,
        "state": DPV[State(event.state)],
        "notice": str(event.notice_version) if event.notice_version else None,
        "mechanism": event.mechanism,
        "language": event.language,
        "source": event.source,
        "import": event.consent_import_id,
    }
