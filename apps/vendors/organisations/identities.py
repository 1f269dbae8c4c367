"""Which records are one company or one person, or may be: who takes part follows these, not the row."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import Model

from apps.core.reading import of_each, once_while_reading
from apps.vendors.models.sameness import Sameness

if TYPE_CHECKING:
    from apps.vendors.models.organisation import Organisation
    from apps.vendors.models.person import Person

Node = tuple[str, int]


def node_of(thing: Model) -> Node:
    return thing._meta.model_name or "", thing.pk


class Identities:
    """Groups of records that are, or may be, of one. One record speaks for each group.

    Those of `asked` speak for their groups, so that a page about one of them names that one.
    """

    def __init__(self, pairs: Iterable[Sameness], asked: Iterable[Model] = ()) -> None:
        groups: dict[Node, set[Node]] = {}
        self._records: dict[Node, Any] = {}
        for pair in pairs:
            one, other = (node_of(record) for record in pair.records)
            self._records |= zip((one, other), pair.records, strict=True)
            joined = groups.get(one, {one}) | groups.get(other, {other})
            groups.update(dict.fromkeys(joined, joined))
        leading = {node for node, record in self._records.items() if record.same_as_id is not None}
        first = {node_of(thing) for thing in asked}
        self._groups = groups
        self._speaker = {
            node: min(group, key=lambda n: (n not in first, n in leading, n)) for node, group in groups.items()
        }

    @classmethod
    def known(cls, asked: Iterable[Model] = ()) -> Identities:
        return cls(Sameness.objects.pairs(), asked)

    def keys(self, kind: str, pks: Iterable[int]) -> set[int]:
        """These records and all that are or may be the same."""
        wanted = set(pks)
        return wanted | {key for pk in wanted for _, key in self._groups.get((kind, pk), ())}

    def all_of(self, kind: str, pks: Iterable[int]) -> set[int]:
        """These records, without those that are or may be the same as one that is not among them."""
        wanted = set(pks)
        return {pk for pk in wanted if self.keys(kind, [pk]) <= wanted}

    def is_grouped(self, thing: Model) -> bool:
        return node_of(thing) in self._groups

    def speakers(self, kind: str, pks: Iterable[int]) -> set[int]:
        """Who speaks for these records."""
        return {self.speaker((kind, pk))[1] for pk in pks}

    def speaker(self, node: Node) -> Node:
        return self._speaker.get(node, node)

    def group(self, thing: Model) -> set[int]:
        """The keys of all records that are or may be the same as this one."""
        return self.keys(node_of(thing)[0], [thing.pk])

    def organisation(self, organisation: Organisation) -> Organisation:
        """The one that speaks for it. Ours, listed or diversified it counts as only where all that may be it are."""
        node = node_of(organisation)
        if node not in self._groups:
            return organisation
        speaker: Organisation = copy.copy(self._records[self.speaker(node)])
        group = self._rows(node)
        if outside := next((row for row in group if not row.is_group), None):
            speaker.kind = outside.kind
        speaker.listed, speaker.diversified = (all(getattr(r, f) for r in group) for f in ("listed", "diversified"))
        return speaker

    def is_group(self, pk: int, is_group: bool) -> bool:
        """Whether all that may be this organisation are of our group, which it says of itself."""
        return is_group and all(row.is_group for row in self._rows(("organisation", pk)))

    def person(self, person: Person) -> Person:
        node = node_of(person)
        if node not in self._groups:
            return person
        speaker: Person = self._records[self.speaker(node)]
        return speaker

    def of(self, thing: Any) -> Any:
        return self.person(thing) if node_of(thing)[0] == "person" else self.organisation(thing)

    def accounts(self, person: Person) -> frozenset[int]:
        """With which accounts the person signs in, as far as the records are or may be of one."""
        return self.accounts_of(person.pk, person.user_id)

    def accounts_of(self, person: int, account: int | None) -> frozenset[int]:
        """The same of a person by key, who has this account."""
        accounts = {row.user_id for row in self._rows(("person", person))} or {account}
        return frozenset(found for found in accounts if found is not None)

    def also(self, thing: Model) -> str:
        """What else it is or may be, in words."""
        others = {str(row) for row in self._rows(node_of(thing)) if row.same_as_id is None and row.pk != thing.pk}
        return f" (on record as {', '.join(sorted(others))} too, which may be the same)" if others else ""

    def _rows(self, node: Node) -> list[Any]:
        """All records of its group; none where it stands alone."""
        return [self._records[member] for member in sorted(self._groups.get(node, ()))]


@of_each
def may_be_same(records: list[Model]) -> dict[int, list[Sameness]]:
    """The open questions about each of these records of one model, by key."""
    found: dict[int, list[Sameness]] = {row.pk: [] for row in records}
    kinds = {node_of(row)[0] for row in records}
    # The newest first.
    for question in reversed(Sameness.objects.pairs() if kinds else []):
        if question.is_undecided and node_of(question.records[0])[0] in kinds:
            for pk in {pk for end in question.records for pk in (end.pk, end.survivor.pk)} & found.keys():
                found[pk].append(question)
    return found


def rows_of(model: type[Model], stay: Collection[int]) -> dict[int, set[int]]:
    """By the key of each of these records of one model: its own, and those of the records that lead to it."""
    return _rows_by_end(_ends(model), stay)


def rows_alike(model: type[Model], keys: Collection[int]) -> dict[int, set[int]]:
    """By the key of each of these records of one model: all records of the same one, whichever of them stays."""
    ends = _ends(model)
    rows = _rows_by_end(ends, {ends.get(pk, pk) for pk in keys})
    return {pk: rows[ends.get(pk, pk)] for pk in keys}


def _ends(model: type[Model]) -> dict[int, int]:
    """By the key of each record that leads to another one: the record that stays."""
    return once_while_reading(("ends", model), lambda: _find_ends(model))


def _find_ends(model: type[Model]) -> dict[int, int]:
    leads = dict(model._base_manager.exclude(same_as=None).order_by().values_list("pk", "same_as"))
    ends = {}
    for pk in leads:
        end = pk
        while end in leads:
            end = leads[end]
        ends[pk] = end
    return ends


def _rows_by_end(ends: dict[int, int], stay: Collection[int]) -> dict[int, set[int]]:
    found = {pk: {pk} for pk in stay}
    for pk, end in ends.items():
        if end in found:
            found[end].add(pk)
    return found
