"""What a change of interests means for findings that stand about paths of interests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from apps.core import clock
from apps.findings.models import Finding, reconcile_all
from apps.vendors.models import Interest, Organisation, Person, Position, Relation
from apps.vendors.paths import MOST_STEPS

if TYPE_CHECKING:
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
    """The organisations in which the user, or somebody close, has a stake or position today, also through others.

    Our own group is left out: what leads through it alone concerns nobody in person.
    """
    today = clock.today()
    related = Relation.objects.held(today)
    people = {
        *related.filter(person__user=user).values_list("relative", flat=True),
        *related.filter(relative__user=user).values_list("person", flat=True),
        *Person.objects.filter(user=user).values_list("pk", flat=True),
    }
    outside = Organisation.objects.exclude(kind__in=Organisation.GROUP).values("pk")
    interests = Interest.objects.held(today).filter(organisation__in=outside)
    positions = Position.objects.held(today).filter(organisation__in=outside, person__in=people)
    ahead = {
        *interests.filter(holder_person__in=people).values_list("organisation", flat=True),
        *positions.values_list("organisation", flat=True),
    }
    reached: set[int] = set()
    for _ in range(MOST_STEPS):
        reached |= ahead
        ahead = set(interests.filter(holder_organisation__in=ahead).values_list("organisation", flat=True)) - reached
        if not ahead:
            break
    return reached
