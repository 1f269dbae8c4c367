"""What a change of interests means for findings that stand about paths of interests."""

from __future__ import annotations

from collections.abc import Callable

from apps.findings.models import Finding, reconcile
from apps.vendors.models import Organisation

# The rules whose findings rest on paths of interests.
CONFLICT_RULES = ("OKC-3", "OKC-4", "HOUSE-1", "HOUSE-5")

_watchers: list[Callable[[], None]] = []


def when_interests_change(watcher: Callable[[], None]) -> Callable[[], None]:
    """Register what a room above has to look at again when interests, positions or relations change."""
    _watchers.append(watcher)
    return watcher


def look_again_at_conflicts(*organisations: Organisation) -> None:
    """Reconcile what stands about paths of interests, so that nobody reads about a path of their own from today on."""
    standing = Finding.objects.standing().filter(requirement__code__in=CONFLICT_RULES).prefetch_related("subject")
    records = {(finding.content_type_id, finding.object_id): finding.subject for finding in standing}
    for record in (*records.values(), *organisations):
        reconcile(record)
    for watcher in _watchers:
        watcher()
