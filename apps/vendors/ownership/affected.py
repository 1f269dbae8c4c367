"""Whose paths of interests a change may bear on: rather too many than too few, by what was ever on record.

What lies behind a change is found by keys alone. Who profits then is asked of those organisations only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q

from apps.ledger.models import party_keys
from apps.vendors.models import Interest, Organisation, Person, Position, Relation, Sameness
from apps.vendors.organisations.identities import Identities
from apps.vendors.ownership.steps import held_by

Changed = Organisation | Person | Interest | Position | Relation | Sameness
ChangedT = TypeVar("ChangedT", bound=Changed)
# Behind which of its ends a record lets paths begin or end. What leads to the holder of an interest stays as it is.
ENDS: dict[type[models.Model], tuple[str, ...]] = {
    Interest: ("organisation",),
    Position: ("organisation", "person"),
    Relation: ("person", "relative"),
    Sameness: ("organisation", "other_organisation", "person", "other_person"),
}


@dataclass(frozen=True)
class Affected:
    """`named` are the organisations that the change itself is about, `organisations` all to which a path may lead."""

    named: frozenset[int]
    organisations: frozenset[int]

    def naming(self, model: Any) -> Q:
        """Which rows of a model are about these organisations, or may be, because nobody knows about which."""
        if model is Organisation:
            return Q(pk__in=self.organisations)
        found = Q(pk__in=[])
        for name in party_keys(model):
            field = model._meta.get_field(name)
            if field.related_model is Organisation:
                found |= Q(**{f"{name}__in": self.organisations})
                found |= Q(**{name: None}) if field.null else Q()
            elif field.related_model is not Person:
                found |= Q(
                    **{f"{name}__in": field.related_model._base_manager.filter(self.naming(field.related_model))}
                )
        return found


def affected_by(changed: Iterable[Changed]) -> Affected:
    """What lies behind these records, each with all that it ever named: what was left may still be on a finding."""
    named: set[int] = set()
    people: set[int] = set()
    groups: set[int] = set()  # whose kind may have changed, and so whether their people are ours
    for record in changed:
        organisations, persons = _ends(record)
        named |= organisations
        people |= persons
        if isinstance(record, (Organisation, Sameness)):
            groups |= organisations
    posts = Position.objects.order_by().filter(organisation__in=groups)
    kin = _with_kin(people | set(posts.values_list("person", flat=True)))
    return Affected(frozenset(named), frozenset(held_by(named | _held_by_any(kin), Interest.objects.all())))


def _ends(record: Changed) -> tuple[set[int], set[int]]:
    """The organisations and the people at the ends of this record, now and before."""
    if isinstance(record, Organisation):
        return {record.pk}, set()
    if isinstance(record, Person):
        return set(), {record.pk}
    found: dict[Any, set[int]] = {Organisation: set(), Person: set()}
    names = ENDS[type(record)]
    told = type(record).history.filter(id=record.pk).values_list(*(f"{name}_id" for name in names))
    for row in {*told, tuple(getattr(record, f"{name}_id") for name in names)}:
        for name, pk in zip(names, row, strict=True):
            found[type(record)._meta.get_field(name).related_model].add(pk)
    return found[Organisation] - {None}, found[Person] - {None}


def _with_kin(people: set[int]) -> set[int]:
    """These people, who may be one of them, and everybody related to one of these, however distantly."""
    same = Identities.known()
    found = new = same.keys("person", people)
    while new:
        pairs = Relation.objects.order_by().filter(Q(person__in=new) | Q(relative__in=new))
        kin = {pk for pair in pairs.values_list("person", "relative") for pk in pair}
        new = same.keys("person", kin) - found
        found = found | new
    return found


def _held_by_any(people: set[int]) -> set[int]:
    interests = Interest.objects.order_by().filter(holder_person__in=people)
    posts = Position.objects.order_by().filter(person__in=people)
    return {*interests.values_list("organisation", flat=True), *posts.values_list("organisation", flat=True)}
