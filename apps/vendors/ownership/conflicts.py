"""Conflicts: paths of interests, positions and relations from an insider to an organisation, on a given day.

The economic share is an interval, multiplied along economic interests only and summed over simple paths, never above
100 %. Control (votes, board, general partner) has no percentage and is said in words. How much is looked at and told
is bounded; whom a path keeps from deciding is not.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from apps.core.reading import once_while_reading
from apps.findings.models import HIGHEST_THRESHOLD, Requirement
from apps.vendors.models.organisation import Organisation
from apps.vendors.models.person import Person, Relation
from apps.vendors.organisations.identities import Identities, Node, node_of
from apps.vendors.ownership.steps import ALL, MOST_RELATIONS, Share, Step, Steps

MOST_PATHS = 200  # of one person to one organisation; of more, the share is said as a least one
MOST_LOOKED_AT = 20_000  # beginnings of paths; in a net denser than this no holding counts as small
MOST_SHOWN = 10  # paths of one person in words and pictures


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
        return product([step.share for step in self.steps if not step.is_relation])

    @property
    def is_direct(self) -> bool:
        """Whether every link of it is one, and none a stated holding that may sum up a chain."""
        return all(step.is_direct for step in self.steps)

    @property
    def through_relative(self) -> bool:
        return any(step.is_relation for step in self.steps)

    @property
    def is_group_link(self) -> bool:
        """Whether it runs only through ourselves and our subsidiaries."""
        *between, target = self.organisations
        return all(organisation.is_group for organisation in between) and (bool(between) or target.is_group)

    def in_detail(self, other: Path) -> list[tuple[Step, ...]] | None:
        """The parts of the other path for each step of this one, where that one tells the same in more detail."""
        left, parts = list(other.steps), []
        for step in self.steps:
            end = next((n for n, later in enumerate(left, start=1) if later.held == step.held), 0)
            part = tuple(left[:end])
            if part != (step,) and not step.sums_up(part):
                return None
            parts.append(part)
            left = left[end:]
        return parts if not left else None

    def sentence(self) -> str:
        """The whole path in words, with amounts: for those who may see interests."""
        text = f"{self.insider} {self.steps[0].phrase()}"
        for step in self.steps[1:]:
            text += f", {'who' if isinstance(step.holder, Person) else 'which'} {step.phrase()}"
        share = self.share
        return f"{text}: {share} in effect." if share and len(self.steps) > 1 else f"{text}."


def product(shares: Iterable[Share | None]) -> Share | None:
    total = Share(ALL, ALL)
    for share in shares:
        if share is None:
            return None
        total = total * share
    return total


def sum_of(paths: Sequence[Path]) -> Share | None:
    """The share over all these paths between the same ends. What is told twice, in sum and in detail, counts once."""
    sums = [path for path in paths if not path.is_direct]
    total = None
    for path in paths:
        if any(other is not path and other.in_detail(path) for other in sums):
            continue
        share = _with_details(path, paths)
        if share is not None:
            total = share if total is None else total + share
    return total


def _with_details(path: Path, paths: Sequence[Path]) -> Share | None:
    """The share of a path. A stated holding counts at least as much as the chains which it sums up."""
    if path.is_direct:
        return path.share
    details = [parts for other in paths if other is not path and (parts := path.in_detail(other))]
    shares = []
    for number, step in enumerate(path.steps):
        chains = dict.fromkeys(parts[number] for parts in details if len(parts[number]) > 1)
        shares.append(step.with_chains(sum_of([Path(chain) for chain in chains])))
    return product(shares)


@dataclass
class ConflictOfInterest:
    """Everything that leads from one insider to the organisation. `is_cut`: there is more than these paths."""

    insider: Person
    threshold: Decimal
    paths: list[Path] = field(default_factory=list)
    is_cut: bool = False
    is_colleague: bool = True
    related_users: frozenset[int] = frozenset()
    # The accounts of the insider, and of whoever may be the same person.
    users: frozenset[int] = frozenset()

    @cached_property
    def share(self) -> Share | None:
        """Summed over what the insider holds, without relatives; where paths were cut off, only the least is known."""
        own = [path for path in self.paths if path.share and not path.through_relative and not path.is_group_link]
        total = sum_of(own)
        return replace(total or Share(Decimal(0), None), most=None, under=False) if self.is_cut else total

    @property
    def recuses(self) -> bool:
        """Whether it keeps the insider from deciding: not for group links and small listed or diversified holdings.

        Holdings that are small each by itself are none together where they reach the threshold.
        """
        counting = [path for path in self.paths if not path.is_group_link]
        small = [path for path in counting if self._is_small(path)]
        together = sum_of(small)
        return len(small) < len(counting) or (together is not None and not together.is_below(self.threshold))

    @property
    def name(self) -> str:
        """Whom everybody may read about. Relatives are named to those only who may see interests."""
        return str(self.insider) if self.is_colleague else "Somebody close to one of our people"

    @property
    def own_users(self) -> frozenset[int]:
        """The accounts of everybody on the paths, and of the insider's relatives: who must not read about them."""
        people = [end for path in self.paths for step in path.steps for end in (step.holder, step.held)]
        accounts = {person.user_id for person in people if isinstance(person, Person)}
        return frozenset(account for account in accounts if account is not None) | self.related_users | self.users

    @property
    def is_group_link(self) -> bool:
        return all(path.is_group_link for path in self.paths)

    @property
    def shown(self) -> list[Path]:
        """The first paths, as many as somebody reads."""
        return self.paths[:MOST_SHOWN]

    @property
    def counted(self) -> str:
        """How many paths there are, where not all of them are told."""
        if self.is_cut and len(self.paths) < MOST_PATHS:
            return f"There are more paths than can be told; {len(self.shown)} are."
        if self.is_cut or len(self.paths) > len(self.shown):
            more = "more than " if self.is_cut else ""
            return f"These are {len(self.shown)} of {more}{len(self.paths)} paths."
        return ""

    def sentence(self) -> str:
        """The first paths in words, how many there are, and the sum, with amounts: for those who may see interests."""
        parts = [*(path.sentence() for path in self.shown), self.counted]
        own = [path for path in self.paths if path.share and not path.through_relative]
        if self.share and (len(own) > 1 or self.is_cut):
            parts.append(f"Together {self.share}.")
        return " ".join(part for part in parts if part)

    def _is_small(self, path: Path) -> bool:
        spread = path.organisations[-1].listed or path.organisations[0].diversified
        controls = any(step.words or step.is_relation for step in path.steps)
        return spread and not controls and path.share is not None and path.share.is_below(self.threshold)


def find_conflicts(
    organisations: Iterable[Organisation], on: date, steps: Steps, same: Identities
) -> dict[int, list[ConflictOfInterest]]:
    """By the key of the organisation: everybody of ours from whom a path leads to it on that day, group links included.

    `steps` are all that lead towards them on that day. How many organisations are asked about, and how long the paths
    are, changes nothing in the number of queries.
    """
    by_key = {organisation.pk: organisation for organisation in organisations}
    people = {step.holder.pk for found in steps.values() for step in found if isinstance(step.holder, Person)}
    if not people:
        return {key: [] for key in by_key}
    colleagues = Person.objects.colleague_keys(on)
    every = Person.objects.insider_keys(on, colleagues, same)
    insiders = same.speakers("person", same.keys("person", people) & every)
    threshold = once_while_reading("threshold", _threshold)
    steps = _from_insiders(steps, insiders)
    found = {key: _conflicts(same.organisation(one), steps, insiders, threshold) for key, one in by_key.items()}
    _look_at_insiders([conflict for conflicts in found.values() for conflict in conflicts], colleagues, same)
    return {
        key: sorted(conflicts, key=lambda conflict: (conflict.is_group_link, str(conflict.insider)))
        for key, conflicts in found.items()
    }


def _threshold() -> Decimal:
    """Below which share a holding in a listed or diversified organisation counts as small, in percent."""
    rule = Requirement.objects.asked_today().get("OKC-4") or Requirement.objects.filter(code="OKC-4").first()
    return min((rule.threshold if rule else None) or Decimal(0), HIGHEST_THRESHOLD)


def _from_insiders(steps: Steps, insiders: set[int]) -> Steps:
    """What lies on a way from an insider; the rest of a large net need not be walked."""
    towards: dict[Node, list[Node]] = defaultdict(list)
    for held, found in steps.items():
        for step in found:
            towards[node_of(step.holder)].append(held)
    reached: set[Node] = set()
    ahead: list[Node] = [("person", pk) for pk in insiders]
    while ahead:
        node = ahead.pop()
        if node not in reached:
            reached.add(node)
            ahead.extend(towards[node])
    return {held: [step for step in found if node_of(step.holder) in reached] for held, found in steps.items()}


def _conflicts(
    organisation: Organisation, steps: Steps, insiders: set[int], threshold: Decimal
) -> list[ConflictOfInterest]:
    """In a net too dense to be told path by path, everybody still has a path, and no holding is small."""
    paths, cut = _paths(organisation, steps, insiders)
    if cut:
        for path in _first_paths(organisation, steps, insiders):
            if path.insider.pk in cut and all(known.is_group_link for known in paths[path.insider.pk]):
                paths[path.insider.pk].append(path)
    return [
        ConflictOfInterest(found[0].insider, Decimal(0) if pk in cut else threshold, found, pk in cut)
        for pk, found in paths.items()
    ]


def _look_at_insiders(conflicts: list[ConflictOfInterest], ours: set[int], same: Identities) -> None:
    """Who of them is one of our people, which accounts they have, and which belong to their relatives."""
    found = same.keys("person", (conflict.insider.pk for conflict in conflicts))
    if not found:
        return
    colleagues = same.speakers("person", found & ours)
    accounts: dict[int, set[int]] = defaultdict(set)
    for tie in Relation.objects.ties():
        accounts[same.speaker(("person", tie.person))[1]] |= same.accounts_of(tie.relative, tie.other_account)
        accounts[same.speaker(("person", tie.relative))[1]] |= same.accounts_of(tie.person, tie.account)
    for conflict in conflicts:
        pk, conflict.users = conflict.insider.pk, same.accounts(conflict.insider)
        conflict.is_colleague, conflict.related_users = pk in colleagues, frozenset(accounts[pk])


def _paths(organisation: Organisation, steps: Steps, insiders: set[int]) -> tuple[dict[int, list[Path]], set[int]]:
    """Simple paths to the organisation by insider, the shortest first, and those of whom these are not all.

    Cycles end, because no node is visited twice.
    """
    ahead: deque[tuple[Step, ...]] = deque((step,) for step in steps.get(node_of(organisation), []))
    found: dict[int, list[Path]] = defaultdict(list)
    cut: set[int] = set()
    looked_at = len(ahead)
    while ahead and looked_at <= MOST_LOOKED_AT:
        path = ahead.popleft()
        start = path[0].holder
        if any(step.held == start for step in path) or _relations(path) > MOST_RELATIONS:
            continue
        if isinstance(start, Person) and start.pk in insiders:
            if len(found[start.pk]) < MOST_PATHS:
                found[start.pk].append(Path(path))
            else:
                cut.add(start.pk)
        further = steps.get(node_of(start), [])
        looked_at += len(further)
        ahead.extend((step, *path) for step in further)
    return found, insiders if ahead else cut


def _relations(path: Sequence[Step]) -> int:
    return sum(step.is_relation for step in path)


def _first_paths(organisation: Organisation, steps: Steps, insiders: set[int]) -> Iterator[Path]:
    """A shortest path from each insider that is more than a group link, where there is one, without listing all.

    Nodes are reached apart by whether an organisation lies between, whether one of these is outside our group, and how
    many relations there are. A path may visit a node twice: that bars somebody rather than leaving them out.
    """
    target = node_of(organisation)
    reached: dict[tuple[Node, bool, bool, int], tuple[Step, ...]] = {(target, False, False, 0): ()}
    ahead = deque(reached)
    while ahead:
        held, between, outside, relations = ahead.popleft()
        path = reached[held, between, outside, relations]
        for step in steps.get(held, []):
            node, is_between = node_of(step.holder), isinstance(step.holder, Organisation)
            is_outside = isinstance(step.holder, Organisation) and not step.holder.is_group
            state = node, between or is_between, outside or is_outside, relations + step.is_relation
            if node != target and state[3] <= MOST_RELATIONS and state not in reached:
                reached[state] = (step, *path)
                ahead.append(state)
    for path in reached.values():
        start = path[0].holder if path else None
        if isinstance(start, Person) and start.pk in insiders and not Path(path).is_group_link:
            yield Path(path)
