"""Conflicts: paths of interests, positions and relations from an insider to an organisation, on a given day.

The economic share is an interval, multiplied along economic interests only and summed over simple paths, never above
100 %. Control (votes, board, general partner) has no percentage and is said in words.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Model, Q

from apps.findings.models import HIGHEST_THRESHOLD, Requirement
from apps.vendors.models.organisation import Organisation
from apps.vendors.models.person import Person, Position, Relation

if TYPE_CHECKING:
    from apps.vendors.models.interest import Interest, InterestQuerySet

MOST_STEPS = 4
MOST_PATHS = 200  # of one person to one organisation; more are not told
MOST_LOOKED_AT = 20_000  # beginnings of paths; in a net denser than this no holding counts as small


@dataclass(frozen=True)
class Share:
    """Part of the economic interest in percent, at least and at most; most None when unknown."""

    least: Decimal
    most: Decimal | None

    def __mul__(self, other: Share) -> Share:
        most = None if self.most is None or other.most is None else self.most * other.most / 100
        return Share(self.least * other.least / 100, most)

    def __add__(self, other: Share) -> Share:
        most = None if self.most is None or other.most is None else min(self.most + other.most, Decimal(100))
        return Share(min(self.least + other.least, Decimal(100)), most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {percent(self.least)}" if self.least else "an unknown share"
        if self.least == self.most:
            return percent(self.most)
        return f"between {percent(self.least)} and {percent(self.most)}"


@dataclass(frozen=True)
class Step:
    """One edge of a path, read from its holder towards the organisation in question."""

    holder: Person | Organisation
    held: Person | Organisation
    share: Share | None = None
    indirect: bool = False
    words: tuple[str, ...] = ()
    is_relation: bool = False

    def phrase(self) -> str:
        """What the holder does, with amounts: "holds 40 % of Corona Capital and sits on its board"."""
        parts = [f"holds {self.share} of the economic interest in" if self.share else "", *self.words]
        return " and ".join(f"{part} {self.held}" for part in parts if part)


@dataclass(frozen=True)
class Path:
    steps: tuple[Step, ...]

    @property
    def insider(self) -> Person:
        start = self.steps[0].holder
        assert isinstance(start, Person)
        return start

    @property
    def organisations(self) -> list[Organisation]:
        """Those between the insider and the organisation in question, and that one last."""
        return [step.held for step in self.steps if isinstance(step.held, Organisation)]

    @property
    def share(self) -> Share | None:
        """The economic share in effect; None where a link is not economic. A relative's share is the relative's."""
        shares = [step.share for step in self.steps if not step.is_relation]
        total = Share(Decimal(100), Decimal(100))
        for share in shares:
            if share is None:
                return None
            total = total * share
        return total

    @property
    def is_indirect(self) -> bool:
        """Whether it rests on a stated indirect holding, which sums up a chain instead of being a link of one."""
        return any(step.indirect for step in self.steps)

    @property
    def through_relative(self) -> bool:
        return any(step.is_relation for step in self.steps)

    @property
    def is_group_link(self) -> bool:
        """Whether it runs only through ourselves and our subsidiaries."""
        *between, target = self.organisations
        return all(organisation.is_group for organisation in between) and (bool(between) or target.is_group)

    def sentence(self) -> str:
        """The whole path in words, with amounts: for those who may see interests."""
        text = f"{self.insider} {self.steps[0].phrase()}"
        for step in self.steps[1:]:
            text += f", {'who' if isinstance(step.holder, Person) else 'which'} {step.phrase()}"
        share = self.share
        return f"{text}: {share} in effect." if share and len(self.steps) > 1 else f"{text}."


@dataclass
class Conflict:
    """Everything that leads from one insider to the organisation."""

    insider: Person
    threshold: Decimal
    paths: list[Path] = field(default_factory=list)
    is_colleague: bool = True
    related_users: frozenset[int] = frozenset()

    @cached_property
    def share(self) -> Share | None:
        """Summed over chains of direct holdings; stated indirect holdings count only where no chain is known."""
        own = [path for path in self.paths if path.share and not path.through_relative and not path.is_group_link]
        chains = [path for path in own if not path.is_indirect] or own[:1]
        total = None
        for path in chains:
            total = path.share if total is None else total + path.share  # type: ignore[operator]
        return total

    @property
    def recuses(self) -> bool:
        """Whether it keeps the insider from deciding: not for group links and small listed or diversified holdings."""
        return any(not path.is_group_link and not self._is_small(path) for path in self.paths)

    @property
    def name(self) -> str:
        """Whom everybody may read about. Relatives are named to those only who may see interests."""
        return str(self.insider) if self.is_colleague else "Somebody close to one of our people"

    @property
    def own_users(self) -> frozenset[int]:
        """The accounts of everybody on the paths, and of the insider's relatives: who must not read about them."""
        people = [end for path in self.paths for step in path.steps for end in (step.holder, step.held)]
        accounts = {person.user_id for person in people if isinstance(person, Person)}
        return frozenset(account for account in accounts if account is not None) | self.related_users

    @property
    def is_group_link(self) -> bool:
        return all(path.is_group_link for path in self.paths)

    def sentence(self) -> str:
        """All paths in words and the sum, with amounts: for those who may see interests."""
        text = " ".join(path.sentence() for path in self.paths)
        chains = [path for path in self.paths if path.share and not path.through_relative and not path.is_indirect]
        return f"{text} Together {self.share}." if len(chains) > 1 else text

    def _is_small(self, path: Path) -> bool:
        spread = path.organisations[-1].listed or path.organisations[0].diversified
        most = path.share.most if path.share else None
        controls = any(step.words or step.is_relation for step in path.steps)
        return spread and not controls and most is not None and most < self.threshold


def percent(value: Decimal) -> str:
    """4.800000 as "4.8 %"."""
    return f"{value.normalize():f} %"


def find_conflicts(
    organisations: Iterable[Organisation], on: date, interests: InterestQuerySet
) -> dict[int, list[Conflict]]:
    """By the key of the organisation: everybody of ours from whom a path leads to it on that day, group links included.

    `interests` are all interests that exist on that day. How many organisations are asked about changes nothing in
    the number of queries.
    """
    by_key = {organisation.pk: organisation for organisation in organisations}
    steps = steps_towards(by_key.values(), on, interests)
    people = {step.holder.pk for found in steps.values() for step in found if isinstance(step.holder, Person)}
    if not people:
        return {key: [] for key in by_key}
    insiders = set(Person.objects.insiders(on).filter(pk__in=people).values_list("pk", flat=True))
    rule = Requirement.objects.filter(code="OKC-4").first()
    threshold = min((rule.threshold if rule else None) or Decimal(0), HIGHEST_THRESHOLD)
    found = {}
    for key, organisation in by_key.items():
        paths, are_all = _paths(organisation, steps, insiders)
        found[key] = _conflicts_among(paths, threshold if are_all else Decimal(0))
    _look_at_insiders([conflict for conflicts in found.values() for conflict in conflicts], on)
    return {
        key: sorted(conflicts, key=lambda conflict: (conflict.is_group_link, str(conflict.insider)))
        for key, conflicts in found.items()
    }


def _conflicts_among(paths: Iterable[Path], threshold: Decimal) -> list[Conflict]:
    found: dict[int, Conflict] = {}
    for path in paths:
        conflict = found.setdefault(path.insider.pk, Conflict(path.insider, threshold))
        conflict.paths.append(path)
    return list(found.values())


def _look_at_insiders(conflicts: list[Conflict], on: date) -> None:
    """Who of them is one of our people, and whose accounts belong to their relatives."""
    found = {conflict.insider.pk for conflict in conflicts}
    if not found:
        return
    colleagues = set(Person.objects.colleagues(on).filter(pk__in=found).values_list("pk", flat=True))
    related = Relation.objects.filter(Q(person__in=found) | Q(relative__in=found)).select_related("person", "relative")
    accounts: dict[int, set[int]] = defaultdict(set)
    for relation in related:
        for one, other in ((relation.person, relation.relative), (relation.relative, relation.person)):
            if other.user_id is not None:
                accounts[one.pk].add(other.user_id)
    for conflict in conflicts:
        pk = conflict.insider.pk
        conflict.is_colleague, conflict.related_users = pk in colleagues, frozenset(accounts[pk])


Node = tuple[str, int]
Steps = dict[Node, list["Step"]]


def node_of(thing: Model) -> Node:
    return thing._meta.model_name or "", thing.pk


def steps_towards(organisations: Iterable[Organisation], on: date, interests: InterestQuerySet) -> Steps:
    """Every step on a path of at most MOST_STEPS that ends at one of the organisations, by the node it leads to."""
    steps: Steps = {}
    frontier: set[Node] = {node_of(organisation) for organisation in organisations}
    for _ in range(MOST_STEPS):
        reached = list(_steps_into(frontier, on, interests))
        steps.update({node: [] for node in frontier})
        for step in reached:
            steps[node_of(step.held)].append(step)
        frontier = {node_of(step.holder) for step in reached} - steps.keys()
        if not frontier:
            break
    return steps


def _steps_into(nodes: Iterable[Node], on: date, interests: InterestQuerySet) -> Iterator[Step]:
    organisations = [pk for kind, pk in nodes if kind == "organisation"]
    people = [pk for kind, pk in nodes if kind == "person"]
    if organisations:
        yield from _steps_into_organisations(organisations, on, interests)
    if people:
        yield from _steps_into_people(people, on)


def _steps_into_organisations(organisations: list[int], on: date, interests: InterestQuerySet) -> Iterator[Step]:
    towards = interests.filter(organisation__in=organisations)
    grouped: dict[tuple[Node, Node], list[Interest]] = defaultdict(list)
    for interest in towards.select_related("organisation", "holder_person", "holder_organisation"):
        if interest.holder is not None:
            grouped[node_of(interest.holder), node_of(interest.organisation)].append(interest)
    for held in grouped.values():
        yield from _interest_steps(held)
    positions = Position.objects.held(on).filter(organisation__in=organisations)
    for position in positions.select_related("person", "organisation"):
        yield Step(position.person, position.organisation, words=(f"is {position.get_role_display()} of",))


def _steps_into_people(people: list[int], on: date) -> Iterator[Step]:
    relations = Relation.objects.held(on).filter(Q(person__in=people) | Q(relative__in=people))
    for relation in relations.select_related("person", "relative"):
        words = (f"is related ({relation.get_kind_display()}) to",)
        for one, other in ((relation.person, relation.relative), (relation.relative, relation.person)):
            if other.pk in people:
                yield Step(one, other, words=words, is_relation=True)


def _interest_steps(interests: list[Interest]) -> Iterator[Step]:
    """One step for what is held directly, one for what is stated as indirect."""
    for indirect in (False, True):
        some = [i for i in interests if i.is_indirect == indirect]
        holder = some[0].holder if some else None
        if holder is None:
            continue
        words = tuple(dict.fromkeys(i.control_words for i in some if not i.is_economic))
        yield Step(holder, some[0].organisation, _economic_share(some), indirect, words)


def _economic_share(interests: list[Interest]) -> Share | None:
    """One figure for each statement, since shares and rights of one stake are not added; then their sum."""
    figures: dict[str, Share] = {}
    for interest in interests:
        if interest.is_economic:
            share = Share(*interest.bounds)
            key = interest.record_id or f"row {interest.pk}"
            kept = figures.get(key)
            figures[key] = share if kept is None or share.least > kept.least else kept
    total = None
    for share in figures.values():
        total = share if total is None else total + share
    return total


def _paths(organisation: Organisation, steps: Steps, insiders: set[int]) -> tuple[list[Path], bool]:
    """Simple paths from insiders to the organisation, and whether these are all.

    Cycles end, because no node is visited twice, and the shortest come first. In a net that is too dense to be told
    path by path, everybody still has the first one that is more than a group link.
    """
    ahead: deque[tuple[Step, ...]] = deque((step,) for step in steps.get(node_of(organisation), []))
    found: dict[int, list[Path]] = defaultdict(list)
    looked_at = len(ahead)
    while ahead and looked_at <= MOST_LOOKED_AT:
        path = ahead.popleft()
        start = path[0].holder
        if node_of(start) in {node_of(step.held) for step in path}:
            continue
        if isinstance(start, Person) and start.pk in insiders and len(found[start.pk]) < MOST_PATHS:
            found[start.pk].append(Path(path))
        if len(path) < MOST_STEPS:
            further = steps.get(node_of(start), [])
            looked_at += len(further)
            ahead.extend((step, *path) for step in further)
    are_all = not ahead and all(len(paths) < MOST_PATHS for paths in found.values())
    if not are_all:
        for path_of_one in _first_paths(organisation, steps, insiders):
            if all(known.is_group_link for known in found[path_of_one.insider.pk]):
                found[path_of_one.insider.pk].append(path_of_one)
    return [path for paths in found.values() for path in paths], are_all


def _first_paths(organisation: Organisation, steps: Steps, insiders: set[int]) -> Iterator[Path]:
    """A shortest path from each insider that is more than a group link, where there is one, without listing all.

    Nodes are reached apart by whether an organisation lies between, and whether one of these is outside our group.
    """
    reached: dict[tuple[Node, bool, bool], tuple[Step, ...]] = {(node_of(organisation), False, False): ()}
    ahead = list(reached)
    for _ in range(MOST_STEPS):
        beyond = []
        for held, between, outside in ahead:
            path = reached[held, between, outside]
            for step in steps.get(held, []):
                holder, node = step.holder, node_of(step.holder)
                is_between = isinstance(holder, Organisation)
                is_outside = isinstance(holder, Organisation) and not holder.is_group
                state = node, between or is_between, outside or is_outside
                if state not in reached and node != held and all(node != node_of(later.held) for later in path):
                    reached[state] = (step, *path)
                    beyond.append(state)
        ahead = beyond
    for path in reached.values():
        start = path[0].holder if path else None
        if isinstance(start, Person) and start.pk in insiders and not Path(path).is_group_link:
            yield Path(path)
