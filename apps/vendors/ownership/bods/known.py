"""What the portal knows already of the records that a file speaks of, locked until the import ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from apps.vendors.models import Interest, Organisation, OrganisationIdentifier, Person, Statement
from apps.vendors.organisations.names import is_lei
from apps.vendors.ownership.bods.own import (
    LEI_SCHEME,
    OWN_RECORD,
    OWN_STATEMENT,
    RECORD_SCHEME,
    entity_statement,
    own_record_id,
    person_statement,
    placed,
    record_id_of,
    relationship_statement,
    token_of,
)
from apps.vendors.ownership.bods.problems import StatementError, problem_at, shown
from apps.vendors.ownership.bods.statement import BodsStatement, identifiers

Identifier = tuple[str, str]


class RegisterRecords:
    def __init__(self, statements: list[BodsStatement]) -> None:
        named = {statement.record_id for statement in statements}
        named |= {record_id for statement in statements for _, record_id in statement.parties}
        self.digests: dict[str, str] = dict(
            Statement.objects.filter(statement_id__in={statement.id for statement in statements}).values_list(
                "statement_id", "digest"
            )
        )
        self.newest: dict[str, datetime] = {}
        self.types: dict[str, str] = {}
        self._find_stated(named)
        own = _own_numbers(named)
        people = Person.objects.select_for_update(no_key=True).order_by("pk")
        self.people = {
            record_id_of(person): person
            for person in people.filter(Q(record_id__in=named) | Q(pk__in=own["person"]))
            if record_id_of(person) in named
        }
        self.interests: dict[str, list[Interest]] = defaultdict(list)
        interests = Interest.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
        for interest in interests.filter(Q(record_id__in=named) | Q(pk__in=own["interest"])):
            if record_id_of(interest) in named:
                self.interests[record_id_of(interest)].append(interest)
        self.identifiers: dict[Identifier, Organisation] = {}
        self.stored: set[tuple[int, Identifier]] = set()
        self._find_organisations(named, own["organisation"], statements)
        self._know_own(statements)

    def _know_own(self, statements: list[BodsStatement]) -> None:
        """Which statements this portal made itself, and which of them say what it would say today."""
        self.own: set[str] = set()
        self.current: set[str] = set()
        for statement in statements:
            made = OWN_STATEMENT.fullmatch(statement.id)
            record = self._record(statement) if made else None
            if made is None or record is None or token_of(record) != made[1]:
                continue
            self.own.add(statement.id)
            today = self._restated(statement, record)
            if placed(statement.content, "", is_component=False) == placed(today, "", is_component=False):
                self.current.add(statement.id)

    def _record(self, statement: BodsStatement) -> Organisation | Person | Interest | None:
        if statement.record_type == "relationship":
            return next(iter(self.interests.get(statement.record_id, [])), None)
        if statement.record_type == "person":
            return self.people.get(statement.record_id)
        return self.organisation(statement.record_id)

    def _restated(self, statement: BodsStatement, record: Organisation | Person | Interest) -> dict[str, object]:
        if isinstance(record, Organisation):
            return entity_statement(record, list(record.identifiers.all()))
        if isinstance(record, Person):
            return person_statement(record)
        return relationship_statement(self.interests[statement.record_id])

    def _find_stated(self, named: set[str]) -> None:
        stated = Statement.objects.filter(record_id__in=named).order_by("stated_at")
        for record_id, record_type, stated_at in stated.values_list("record_id", "record_type", "stated_at"):
            self.types[record_id] = record_type
            if stated_at:
                self.newest[record_id] = stated_at

    def _find_organisations(self, named: set[str], own: set[int], statements: list[BodsStatement]) -> None:
        pairs = {pair for statement in statements for pair in identifiers_of(statement)}
        pairs |= {(RECORD_SCHEME, record_id) for record_id in named}
        values = {value for _, value in pairs}
        rows = [
            row for row in OrganisationIdentifier.objects.filter(value__in=values) if (row.scheme, row.value) in pairs
        ]
        numbers = {row.organisation_id for row in rows} | own
        wanted = Q(record_id__in=named) | Q(lei__in=values - {""}) | Q(pk__in=numbers)
        organisations = {
            found.pk: found
            for found in Organisation.objects.select_for_update(of=("self",), no_key=True).filter(wanted).order_by("pk")
        }
        for row in rows:
            self.identifiers.setdefault((row.scheme, row.value), organisations[row.organisation_id].survivor)
            self.stored.add((row.organisation_id, (row.scheme, row.value)))
        for organisation in organisations.values():
            self.remember(organisation)

    def remember(self, organisation: Organisation) -> None:
        """Where two people have said that it is the same as another one, what is stated about it goes there."""
        organisation, told = organisation.survivor, organisation
        if told != organisation:
            keys = ((LEI_SCHEME, told.lei), (RECORD_SCHEME, told.record_id), (RECORD_SCHEME, own_record_id(told)))
            self.identifiers |= {(scheme, value): organisation for scheme, value in keys if value}
        if organisation.lei:
            self.identifiers[LEI_SCHEME, organisation.lei] = organisation
        if organisation.record_id:
            self.identifiers[RECORD_SCHEME, organisation.record_id] = organisation
        if organisation.pk:
            self.identifiers.setdefault((RECORD_SCHEME, own_record_id(organisation)), organisation)

    def forget(self, organisation: Organisation) -> None:
        """Before its LEI may change."""
        self.identifiers.pop((LEI_SCHEME, organisation.lei), None)

    def organisation(self, record_id: str) -> Organisation | None:
        return self.identifiers.get((RECORD_SCHEME, record_id))

    def matching(self, statement: BodsStatement) -> Organisation | None:
        """By record, else by LEI, else by another identical identifier. Never by name."""
        pairs = sorted(identifiers_of(statement), key=lambda pair: pair[0] != LEI_SCHEME)
        for pair in ((RECORD_SCHEME, statement.record_id), *pairs):
            if pair in self.identifiers:
                return self.identifiers[pair]
        return None

    def type_of(self, record_id: str) -> str | None:
        if record_id in self.people:
            return "person"
        if self.organisation(record_id):
            return "entity"
        return self.types.get(record_id)

    def problems(self, statements: list[BodsStatement]) -> Iterator[StatementError]:
        """Where the file contradicts what is stored, or names records that are nowhere."""
        announced = {statement.record_id: statement.record_type for statement in statements}
        for statement in statements:
            for path, reason in (*self._clashes(statement), *self._lost_parties(statement, announced)):
                yield problem_at(statement.number, statement.content, path, reason)

    def _clashes(self, statement: BodsStatement) -> Iterator[tuple[list[str], str]]:
        if statement.id in self.own - self.current:
            yield (
                ["statementId"],
                "This portal made the statement, and its record says something else now. "
                "Change the record itself, or take the statement out of the file.",
            )
        if self.digests.get(statement.id, statement.digest) != statement.digest:
            yield (
                ["statementId"],
                "A statement with this statementId was imported before and says something else. "
                "Statements do not change: a correction needs a statementId of its own.",
            )
        known_type = self.type_of(statement.record_id) or statement.record_type
        if known_type != statement.record_type:
            yield ["recordType"], f"The record is known with the type {known_type}."

    def _lost_parties(self, statement: BodsStatement, announced: dict[str, str]) -> Iterator[tuple[list[str], str]]:
        allowed = {"subject": ("entity",), "interestedParty": ("entity", "person")}
        for field, record_id in statement.parties:
            record_type = announced.get(record_id) or self.type_of(record_id)
            if record_type is None:
                reason = f"The record {shown(record_id)} is neither in the file nor known from an earlier import."
                yield ["recordDetails", field], reason
            elif record_type not in allowed[field]:
                reason = (
                    f"The record {shown(record_id)} has the type {record_type}; expected {' or '.join(allowed[field])}."
                )
                yield ["recordDetails", field], reason


def _own_numbers(named: set[str]) -> dict[str, set[int]]:
    """The numbers of records whose ids look as if this portal had made them, by model."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for record_id in named:
        if made := OWN_RECORD.fullmatch(record_id):
            numbers[made[1]].add(int(made[2]))
    return numbers


def identifiers_of(statement: BodsStatement) -> list[Identifier]:
    """The identifiers of an entity that count: none that pretends to be a recordId, and no invalid LEI."""
    if statement.record_type != "entity":
        return []
    return [
        (scheme, value)
        for scheme, value in identifiers(statement.details)
        if scheme != RECORD_SCHEME and (scheme != LEI_SCHEME or is_lei(value))
    ]
