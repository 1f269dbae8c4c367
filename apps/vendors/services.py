"""What a change of interests means for findings that stand about paths of interests."""

from __future__ import annotations

from collections.abc import Callable, Collection

from apps.accounts.models import User
from apps.findings.models import Finding, checked_codes, checked_models, reconcile_all
from apps.findings.tasks import ask_again
from apps.vendors.models import Organisation, Person, Sameness
from apps.vendors.organisations.duplicates import ask_about_companies, ask_about_people
from apps.vendors.ownership.affected import Affected, Changed, affected_by

# The rules whose findings rest on paths of interests.
CONFLICT_RULES = frozenset({"OKC-3", "OKC-4", "HOUSE-1", "HOUSE-5"})

Watcher = Callable[[Affected], None]
_watchers: list[Watcher] = []


def when_interests_change(watcher: Watcher) -> Watcher:
    """Register what a room above has to look at again when interests, positions or relations change."""
    _watchers.append(watcher)
    return watcher


def recheck_conflicts(*changed: Changed) -> None:
    """Keep what is on record about paths of interests from those to whom one leads since these were changed.

    At once, so that nobody reads about a path of their own; a worker asks the other checks of what is affected.
    """
    affected = affected_by(changed)
    # Always in the same order, so that two at once do not wait for each other.
    for model in sorted(checked_models(), key=lambda model: model._meta.label):
        if CONFLICT_RULES & set(checked_codes(model)):
            reconcile_all(model, sorted(_with_findings_to_hide(model, affected)))
    ask_again(Organisation.objects.vendors().filter(pk__in=affected.organisations))
    for watcher in _watchers:
        watcher(affected)


def _with_findings_to_hide(model: type, affected: Affected) -> set[int]:
    """The records of a model about which somebody could read in findings that they must not read from now on."""
    records = model._base_manager.filter(affected.naming(model))  # type: ignore[attr-defined]
    found = Finding.objects.unresolved().of_any(records)
    if model is Organisation:  # of which other findings, too, are hidden from those who profit
        return set(affected.named) | set(found.values_list("object_id", flat=True))
    return set(found.filter(requirement__code__in=CONFLICT_RULES).values_list("object_id", flat=True))


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
        recheck_questions(asked)
    return asked


def recheck_questions(questions: Collection[Sameness]) -> None:
    """What counts as one company or one person decides who has an interest in what."""
    recheck_conflicts(*questions)
    people = {pk for question in questions for pk in (question.person_id, question.other_person_id)}
    reconcile_all(Person, sorted(pk for pk in people if pk))
