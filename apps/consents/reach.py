"""Which answers count for which use: the tree of uses, seen from each use upwards.

A negative answer counts for everything below the use it was given for. A positive one counts for what is below too,
but not for a use that is asked separately, nor for what is below that one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.taxonomy.models import DataUse

# The uses whose answers count for a use: {use: whether positive ones do}.
Sources = dict[int, bool]


@dataclass(frozen=True)
class Node:
    key: str
    parent: int | None
    asked_separately: bool


class Reach:
    """The tree of uses as it stands now."""

    def __init__(self, nodes: Mapping[int, Node]) -> None:
        self.nodes = nodes
        self.ids = {node.key: pk for pk, node in nodes.items()}
        self.sources = {pk: self._sources(pk) for pk in nodes}

    @classmethod
    def load(cls) -> Reach:
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

    def alike(self, targets: Iterable[int], answered: Iterable[int]) -> dict[tuple[tuple[int, bool], ...], list[int]]:
        """The targets in groups for which exactly the same answers count, by these; most have none of their own."""
        known = set(answered)
        groups: dict[tuple[tuple[int, bool], ...], list[int]] = defaultdict(list)
        for target in targets:
            counting = tuple((use, positive) for use, positive in self.sources[target].items() if use in known)
            groups[counting].append(target)
        return dict(groups)
