"""Ownership statements (BODS 0.4) of an organisation and of everybody above it, as far as it is on record."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from apps.vendors.bods.own import entity_statement, person_statement, record_id_of, relationship_statement
from apps.vendors.models import Interest, Organisation

# Owners of owners end somewhere; a chain longer than this is told up to here.
MOST_LEVELS = 20


def export_bods(organisation: Organisation) -> list[dict[str, Any]]:
    """The organisation, its owners up to natural persons, and their interests, past ones too. Entities come first."""
    interests = _interests_above(organisation)
    organisations = {organisation.pk: organisation}
    people = {}
    for interest in interests:
        organisations[interest.organisation_id] = interest.organisation
        if interest.holder_organisation:
            organisations[interest.holder_organisation.pk] = interest.holder_organisation
        if interest.holder_person:
            people[interest.holder_person.pk] = interest.holder_person
    stated: dict[str, list[Interest]] = defaultdict(list)
    for interest in interests:
        stated[record_id_of(interest)].append(interest)
    found = Organisation.objects.filter(pk__in=organisations).prefetch_related("identifiers").order_by("pk")
    statements = [
        *(entity_statement(one, list(one.identifiers.all())) for one in found),
        *(person_statement(people[pk]) for pk in sorted(people)),
        *(relationship_statement(rows) for rows in stated.values()),
    ]
    subject = record_id_of(organisation)
    return [{**statement, "declarationSubject": subject} for statement in statements]


def _interests_above(organisation: Organisation) -> list[Interest]:
    found: dict[int, Interest] = {}
    seen: set[int] = set()
    ahead = {organisation.pk}
    for _ in range(MOST_LEVELS):
        seen |= ahead
        interests = Interest.objects.filter(organisation__in=ahead).order_by("pk")
        for interest in interests.select_related("organisation", "holder_person", "holder_organisation"):
            found[interest.pk] = interest
        holders = {interest.holder_organisation_id for interest in found.values()}
        ahead = {pk for pk in holders if pk is not None} - seen
        if not ahead:
            break
    return [found[pk] for pk in sorted(found)]
