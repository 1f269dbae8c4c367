"""From a user to the organisations in which they have an interest: what paths.py follows, the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apps.core import clock
from apps.core.reading import once_while_reading
from apps.vendors.identities import Identities
from apps.vendors.models.organisation import Organisation
from apps.vendors.models.person import Person, Position, Relation
from apps.vendors.steps import MOST_RELATIONS, held_by, owners_of

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser
    from apps.vendors.models.interest import InterestQuerySet


def reach_of(user: AnyUser, held: InterestQuerySet) -> set[int]:
    """The organisations to which any path leads from the user today that is more than a group link, however small.

    `held` are all interests that exist today. From the user it goes over relatives to what they hold.
    """
    return once_while_reading(("reach", user.pk), lambda: _follow(user, held))


def _follow(user: AnyUser, held: InterestQuerySet) -> set[int]:
    people = Person.objects.keys_of(user)
    if not people:
        return set()
    same = Identities.known()
    people = same.keys("person", people)
    group = same.all_of("organisation", Organisation.objects.of_group().values_list("pk", flat=True))
    related = list(Relation.objects.held(clock.today()).values_list("person", "relative"))
    for _ in range(MOST_RELATIONS):
        kin = {b for a, b in related if a in people} | {a for a, b in related if b in people}
        people |= same.keys("person", kin)
    own = same.keys("organisation", _held_by_people(people, held))
    # Through our group alone, and on a path with somebody else on it. Only what comes after these counts.
    inside = held_by(own & group, held.filter(organisation__in=group))
    outside = held_by((own | _held_by(inside, held)) - group, held)
    return (own - group) | same.keys("organisation", _held_by(outside, held))


def profitable(user: AnyUser, held: InterestQuerySet) -> list[Organisation]:
    """The organisations about which a path of interests keeps the user from deciding today, and their conflicts."""
    reached = list(Organisation.objects.filter(pk__in=reach_of(user, held)))
    Organisation.know_conflicts(reached)
    return [organisation for organisation in reached if user.pk in organisation.conflicted_users]


def with_owners(organisations: set[int], held: InterestQuerySet) -> set[int]:
    """These organisations and those that own them, as far as paths go and without our group."""
    return owners_of(organisations, held.exclude(holder_organisation__kind__in=Organisation.GROUP))


def _held_by_people(people: set[int], held: InterestQuerySet) -> set[int]:
    positions = Position.objects.held(clock.today()).filter(person__in=people)
    interests = held.filter(holder_person__in=people)
    return {*interests.values_list("organisation", flat=True), *positions.values_list("organisation", flat=True)}


def _held_by(organisations: set[int], held: InterestQuerySet) -> set[int]:
    through = held.filter(holder_organisation__in=organisations)
    return set(through.values_list("organisation", flat=True)) if organisations else set()
