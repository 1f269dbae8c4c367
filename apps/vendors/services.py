"""What a change of interests means for findings that stand about paths of interests, and where a user has some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from apps.core import clock
from apps.findings.models import Finding, reconcile_all
from apps.vendors.models import Interest, Organisation, Person, Position, Relation
from apps.vendors.paths import MOST_STEPS

if TYPE_CHECKING:
    from datetime import date

    from apps.accounts.models import User

# The rules whose findings rest on paths of interests.
CONFLICT_RULES = ("OKC-3", "OKC-4", "HOUSE-1", "HOUSE-5")

_watchers: list[Callable[[], None]] = []


def when_interests_change(watcher: Callable[[], None]) -> Callable[[], None]:
    """Register what a room above has to look at again when interests, positions or relations change."""
    _watchers.append(watcher)
    return watcher


def look_again_at_conflicts(*organisations: Organisation) -> None:
    """Reconcile what stands about paths of interests, so that nobody reads about a path of their own from today on."""
    standing = Finding.objects.standing().filter(requirement__code__in=CONFLICT_RULES).select_related("content_type")
    keys: dict[Any, set[int]] = defaultdict(set)
    for finding in standing:
        keys[finding.content_type.model_class()].add(finding.object_id)
    for organisation in organisations:
        keys[Organisation].add(organisation.pk)
    # Always in the same order, so that two at once do not wait for each other.
    for model in sorted(keys, key=lambda model: model._meta.label):
        reconcile_all(model, sorted(keys[model]))
    for watcher in _watchers:
        watcher()


def reach_of(user: User) -> set[int]:
    """The organisations to which any path leads from the user today that is more than a group link, however small.

    Follows what `find_conflicts` follows, the other way round: from the user over relatives to what they hold.
    """
    people = set(Person.objects.filter(user=user).values_list("pk", flat=True))
    if not people:
        return set()
    today = clock.today()
    group = set(Organisation.objects.of_group().values_list("pk", flat=True))
    related = list(Relation.objects.held(today).values_list("person", "relative"))
    reached: set[int] = set()
    # Reached through our group alone, and on a path with somebody else on it. Only what comes after these counts.
    inside: set[int] = set()
    outside: set[int] = set()
    for _ in range(MOST_STEPS):
        own, through_us, further = _held_by_people(people, today), _held_by(inside, today), _held_by(outside, today)
        reached |= (own - group) | further
        outside |= ((own | through_us) - group) | further
        inside |= (own | through_us) & group
        people |= {b for a, b in related if a in people} | {a for a, b in related if b in people}
    return reached


def profits_from(user: User) -> set[int]:
    """The organisations about which a path of interests keeps the user from deciding today."""
    reached = list(Organisation.objects.filter(pk__in=reach_of(user)))
    Organisation.know_conflicts(reached)
    return {organisation.pk for organisation in reached if organisation.concerns(user)}


def _held_by_people(people: set[int], on: date) -> set[int]:
    interests = Interest.objects.held(on).filter(holder_person__in=people)
    positions = Position.objects.held(on).filter(person__in=people)
    return {*interests.values_list("organisation", flat=True), *positions.values_list("organisation", flat=True)}


def _held_by(organisations: set[int], on: date) -> set[int]:
    held = Interest.objects.held(on).filter(holder_organisation__in=organisations)
    return set(held.values_list("organisation", flat=True)) if organisations else set()
