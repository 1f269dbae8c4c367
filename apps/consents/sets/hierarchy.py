"""Which answers count for which use: the tree of uses, seen from each use upwards.

A negative answer counts for everything below the use it was given for. A positive one counts for what is below too,
but not for a use that is asked separately, nor for what is below that one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.taxonomy.models import DataUse

# Uses whose answers count, and whether their positive ones do.
Group = tuple[tuple[int, bool], ...]
# The uses whose answers count for a use: {use: whether positive ones do}.
Sources = dict[int, bool]


@dataclass(frozen=True)
class Node:
    key: str
    parent: int | None
    asked_separately: bool


class UseHierarchy:
    """The tree of uses as it stands now."""

    def __init__(self, nodes: Mapping[int, Node]) -> None:
        self.nodes = nodes
        self.ids = {node.key: pk for pk, node in nodes.items()}
        self.sources = {pk: self._sources(pk) for pk in nodes}

    @classmethod
    def load(cls) -> UseHierarchy:
        rows = DataUse.objects.values_list("pk", "key", "parent", "asked_separately")
        return cls({pk: Node(key, parent, separately) for pk, key, parent, separately in rows})

    def _sources(self, use: int) -> Sources:
        found: Sources = {}
        at: int | None = use
        takes_positive = True
        while at is not None:
            found[at] = takes_positive
            takes_positive = takes_positive and not self.nodes[at].asked_separately
            at = self.nodes[at].parent
        return found

    def reached_from(self, uses: Iterable[int]) -> list[int]:
        """These uses and all below them: those for which an answer to one of these may decide."""
        wanted = set(uses)
        return sorted(pk for pk, sources in self.sources.items() if wanted & sources.keys())

    def plan(self, uses: Iterable[int], answered: Iterable[int]) -> Plan:
        """How answers decide about these uses. Most uses have no answers of their own, so many are alike."""
        known = set(answered)
        groups: dict[Group, list[int]] = defaultdict(list)
        for use in uses:
            counting = tuple((pk, positive) for pk, positive in self.sources[use].items() if pk in known)
            groups[counting].append(use)
        return Plan(list(groups), list(groups.values()))


@dataclass(frozen=True)
class Plan:
    """Uses in groups for which exactly the same answers count: what counts, and the uses of each group."""

    groups: list[Group]
    uses: list[list[int]]

    @property
    def sources(self) -> list[int]:
        return sorted({use for group in self.groups for use, _ in group})

    @property
    def all_uses(self) -> list[int]:
        return [use for uses in self.uses for use in uses]
