"""Ownership statements (BODS 0.4) of an organisation and of everybody above it, as far as it is on record."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from apps.vendors.models import Interest, Organisation
from apps.vendors.ownership.bods.own import (
    components_of,
    entity_statement,
    person_statement,
    placed,
    record_id_of,
    relationship_statement,
)
from apps.vendors.ownership.steps import owners_of


def export_bods(organisation: Organisation) -> list[dict[str, Any]]:
    """The organisation, its owners up to natural persons, and their interests, past ones too. Entities come first."""
    interests = _interests_above(organisation)
    organisations = {organisation.pk: organisation}
    people = {}
    for interest in interests:
        organisations[interest.organisation.pk] = interest.organisation
        if interest.holder_organisation:
            organisations[interest.holder_organisation.pk] = interest.holder_organisation
        if interest.holder_person:
            people[interest.holder_person.pk] = interest.holder_person
    stated: dict[str, list[Interest]] = defaultdict(list)
    for interest in interests:
        stated[record_id_of(interest)].append(interest)
    found = Organisation.objects.filter(pk__in=organisations).prefetch_related("identifiers").order_by("pk")
    components = set(components_of(interests))
    statements = [
        *(entity_statement(one, list(one.identifiers.all())) for one in found),
        *(person_statement(people[pk]) for pk in sorted(people)),
        # Components come before what sums them up.
        *(relationship_statement(rows) for rows in sorted(stated.values(), key=lambda rows: bool(components_of(rows)))),
    ]
    subject = record_id_of(organisation)
    return [placed(statement, subject, is_component=_is_component(statement, components)) for statement in statements]


def _is_component(statement: dict[str, Any], components: set[str]) -> bool:
    return statement["recordId"] in components and "componentRecords" not in statement["recordDetails"]


def _interests_above(organisation: Organisation) -> list[Interest]:
    above = owners_of([organisation.pk], Interest.objects.all())
    interests = Interest.objects.filter(organisation__in=above).order_by("pk")
    return list(interests.with_parties())
