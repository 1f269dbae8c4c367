"""What a change of interests means for findings that stand about paths of interests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

from apps.accounts.models import User
from apps.findings.models import Finding, reconcile_all
from apps.vendors.models import Organisation, Person, Sameness
from apps.vendors.twins import ask_about_companies, ask_about_people

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


def look_for_twins(
    companies: Collection[Organisation] | None = (), people: Collection[Person] | None = (), *, by: User | None
) -> list[Sameness]:
    """Ask of these, or of all where it says None, whether they are on record twice."""
    asked = []
    if companies is None or companies:
        asked += ask_about_companies(companies, by=by)
    if people is None or people:
        asked += ask_about_people(people, by=by)
    if asked:
        look_again_at(asked)
    return asked


def look_again_at(questions: Collection[Sameness]) -> None:
    """What counts as one company or one person decides who has an interest in what."""
    ends = [end for question in questions for end in (question.organisation, question.other_organisation)]
    look_again_at_conflicts(*(end for end in ends if end))
    people = {pk for question in questions for pk in (question.person_id, question.other_person_id)}
    reconcile_all(Person, sorted(pk for pk in people if pk))
