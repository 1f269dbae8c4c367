"""From a user to the organisations in which they have an interest: what conflicts.py follows, the other way round."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Value
from django.db.models.expressions import RawSQL

from apps.core import clock
from apps.core.reading import once_while_reading
from apps.vendors.models.organisation import Organisation
from apps.vendors.models.person import Person, Position, Relation
from apps.vendors.organisations.identities import Identities
from apps.vendors.ownership.steps import MOST_RELATIONS, closure_sql, owners_of

if TYPE_CHECKING:
    from apps.accounts.models import AnyUser
    from apps.vendors.models.interest import InterestQuerySet

NOBODY = 0  # the key of no organisation


def linked_organisations(user: AnyUser, held: InterestQuerySet) -> set[int]:
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
    related = [tie for tie in Relation.objects.ties() if tie.is_held(clock.today())]
    for _ in range(MOST_RELATIONS):
        people |= same.keys("person", (a for tie in related for a, b in tie.both_ways if b in people))
    found = _holdings_below(people, held)
    held_by_them = {pk for holder, pk, _ in found if holder == NOBODY}
    holdings = [(holder, pk) for holder, pk, _ in found if holder != NOBODY]
    kinds = {pk: kind for _, pk, kind in found}
    ours = (pk for pk, kind in kinds.items() if same.is_group(pk, kind in Organisation.GROUP))
    group = same.keys("organisation", ours)
    own = same.keys("organisation", held_by_them)
    # Through our group alone, and on a path with somebody else on it. Only what comes after these counts.
    inside = _below(own & group, [(holder, pk) for holder, pk in holdings if pk in group], same)
    from_inside = {pk for holder, pk in holdings if holder in inside}
    outside = _below((own | from_inside) - group, holdings, same)
    return (own - group) | same.keys("organisation", (pk for holder, pk in holdings if holder in outside))


def profitable(user: AnyUser, held: InterestQuerySet) -> list[Organisation]:
    """The organisations about which a path of interests keeps the user from deciding today, and their conflicts."""
    return once_while_reading(("profitable", user.pk), lambda: _profitable(user, held))


def _profitable(user: AnyUser, held: InterestQuerySet) -> list[Organisation]:
    reached = list(Organisation.objects.filter(pk__in=linked_organisations(user, held)))
    Organisation.prefetch_conflicts(reached)
    return [organisation for organisation in reached if user.pk in organisation.conflicted_users]


def with_owners(organisations: set[int], held: InterestQuerySet) -> set[int]:
    """These organisations and those that own them, as far as paths go and without our group."""
    return owners_of(organisations, held.exclude(holder_organisation__kind__in=Organisation.GROUP))


def _holdings_below(people: set[int], held: InterestQuerySet) -> list[tuple[int, int, str]]:
    """What these people hold or have a position in, and everything that is held through it, in one query.

    (the organisation that holds it, nobody's key where one of the people does; what is held; its kind)
    """
    of_them = held.filter(holder_person__in=people).order_by()
    posts = Position.objects.held(clock.today()).filter(person__in=people).order_by()
    start = of_them.values_list("organisation").union(posts.values_list("organisation"))
    below, params = closure_sql(start, held, "holder_organisation_id", "organisation_id")
    through = held.filter(holder_organisation__in=RawSQL(below, params)).order_by()
    nobody, ends = Value(NOBODY), ("organisation", "organisation__kind")
    return list(
        of_them.values_list(nobody, *ends).union(
            posts.values_list(nobody, *ends), through.values_list("holder_organisation", *ends)
        )
    )


def _below(start: set[int], holdings: list[tuple[int, int]], same: Identities) -> set[int]:
    """These and all that they hold, directly or through others."""
    towards: dict[int, set[int]] = defaultdict(set)
    for holder, pk in holdings:
        towards[holder].add(pk)
    reached: set[int] = set()
    ahead = same.keys("organisation", start)
    while ahead:
        reached |= ahead
        ahead = same.keys("organisation", {pk for holder in ahead for pk in towards[holder]}) - reached
    return reached
