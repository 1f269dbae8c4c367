"""The net of who holds what in whom: shares, single steps, and everything that leads towards an organisation.

However long the chains are, and about however many days it is asked, all of it is loaded in the same few queries.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from apps.core import clock
from apps.core.reading import each_once_while_reading, once_while_reading
from apps.vendors.models.held import is_held
from apps.vendors.models.organisation import Organisation
from apps.vendors.models.person import Person, Position, Relation
from apps.vendors.models.sameness import Sameness
from apps.vendors.organisations.identities import Identities, Node, node_of

if TYPE_CHECKING:
    from apps.vendors.models.interest import Interest, InterestQuerySet

# How many relations in a row count: the spouse's child's partner does, whoever comes after does not.
MOST_RELATIONS = 3
ALL = Decimal(100)

Steps = dict[Node, list["Step"]]


@dataclass(frozen=True)
class Share:
    """Part of the economic interest in percent, at least and at most; most None when unknown.

    `over` and `under` say that the limit itself is not reached: more than 25 %, less than 50 %.
    """

    least: Decimal
    most: Decimal | None
    over: bool = False
    under: bool = False

    def __mul__(self, other: Share) -> Share:
        least = self.least * other.least / 100
        over = (self.over and other.over) or ((self.over or other.over) and least > 0)
        if self.most is None or other.most is None:
            return Share(least, None, over)
        most = self.most * other.most / 100
        return Share(least, most, over, (self.under or other.under) and most > 0)

    def __add__(self, other: Share) -> Share:
        least = self.least + other.least
        over = (self.over or other.over) and least < ALL
        if self.most is None or other.most is None:
            return Share(min(least, ALL), None, over)
        most = self.most + other.most
        return Share(min(least, ALL), min(most, ALL), over, (self.under or other.under) and most <= ALL)

    def __or__(self, other: Share) -> Share:
        """The larger of two figures for the same holding: neither is added to the other."""
        least, over = max((self.least, self.over), (other.least, other.over))
        if self.most is None or other.most is None:
            return Share(least, None, over)
        most, reached = max((self.most, not self.under), (other.most, not other.under))
        return Share(least, most, over, not reached)

    def is_below(self, threshold: Decimal) -> bool:
        return self.most is not None and (self.most < threshold or (self.under and self.most == threshold))

    def __str__(self) -> str:
        if self.most is None:
            if not self.least and not self.over:
                return "an unknown share"
            return f"{self._from} {percent(self.least)}"
        if self.least == self.most:
            return percent(self.most)
        if not self.over and not self.under:
            return f"between {percent(self.least)} and {percent(self.most)}"
        return f"{self._from} {percent(self.least)} and {'less than' if self.under else 'at most'} {percent(self.most)}"

    @property
    def _from(self) -> str:
        return "more than" if self.over else "at least"


def percent(value: Decimal) -> str:
    """4.800000 as "4.8 %"."""
    return f"{value.normalize():f} %"


HOLDS = {
    "direct": "holds",
    "indirect": "holds through others",
    "unknown": "holds, directly or through others,",
}


@dataclass(frozen=True)
class Step:
    """One edge of a path, read from its holder towards the organisation in question.

    `records` are the statements that it rests on, `components` those that a register says it sums up.
    """

    holder: Person | Organisation
    held: Person | Organisation
    share: Share | None = None
    directness: str = "direct"
    words: tuple[str, ...] = ()
    is_relation: bool = False
    recorded_on: date | None = None
    records: frozenset[str] = frozenset()
    components: frozenset[str] = frozenset()
    # As what else the one that is held may be on record.
    also: str = ""

    @property
    def is_direct(self) -> bool:
        return self.directness == "direct"

    def sums_up(self, chain: tuple[Step, ...]) -> bool:
        """Whether the chain between the same ends tells in detail what this step says: its components, if named."""
        if self.is_direct or self.share is None or len(chain) < 2:
            return False
        return not self.components or all(part.records & self.components for part in chain)

    def with_chains(self, chains: Share | None) -> Share | None:
        """The share, beside that of the chains which it sums up. Of unknown directness it may be one beside them."""
        if self.share is None or chains is None:
            return self.share
        larger = self.share | chains
        if self.directness == "unknown":
            both = self.share + chains
            return Share(larger.least, both.most, larger.over, both.under)
        return larger

    def is_beside(self, other: Step) -> bool:
        """Whether it is of the same two and of the same kind."""
        alike = (self.directness, self.is_relation) == (other.directness, other.is_relation)
        return alike and not self.is_relation and self.holder == other.holder

    def or_the_same(self, other: Step) -> Step:
        """What is on record with two records of one may be one holding told twice, or two of them."""
        share = self.share or other.share
        if self.share and other.share:
            larger, both = self.share | other.share, self.share + other.share
            share = Share(larger.least, both.most, larger.over, both.under)
        words = tuple(dict.fromkeys((*self.words, *other.words)))
        named = {name: getattr(self, name) | getattr(other, name) for name in ("records", "components")}
        return replace(self, share=share, words=words, **named)

    def phrase(self) -> str:
        """What the holder does, with amounts: "holds 40 % of Corona Capital and sits on its board"."""
        holds = f"{HOLDS[self.directness]} {self.share} of the economic interest in" if self.share else ""
        return " and ".join(f"{part} {self.held}" for part in (holds, *self.words) if part) + self.also


def owners_of(organisations: Iterable[int], interests: InterestQuerySet) -> set[int]:
    """These organisations and all that hold them, by these interests, directly or through others."""
    return _closure(organisations, interests, "organisation_id", "holder_organisation_id")


def held_by(organisations: Iterable[int], interests: InterestQuerySet) -> set[int]:
    """These organisations and all that they hold, by these interests, directly or through others."""
    return _closure(organisations, interests, "holder_organisation_id", "organisation_id")


def _closure(start: Iterable[int], interests: InterestQuerySet, near: str, far: str) -> set[int]:
    known = set(start)
    if not known:
        return known
    sql, params = closure_sql(known, interests, near, far)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {pk for (pk,) in cursor.fetchall()}


def closure_sql(
    start: Iterable[int] | QuerySet[Any, Any], interests: InterestQuerySet, near: str, far: str
) -> tuple[str, list[Any]]:
    """A query that gives the keys of these organisations and of all that such interests lead to."""
    if isinstance(start, QuerySet):
        first, keys = start.query.sql_with_params()
    else:
        first, keys = "SELECT unnest(%s::bigint[])", (list(start),)
    # What is or may be the same organisation is as near as itself.
    same = Sameness.objects.counting().order_by()
    pairs = (
        interests.order_by()
        .values_list(near, far)
        .union(
            same.values_list("organisation", "other_organisation"),
            same.values_list("other_organisation", "organisation"),
        )
    )
    sql, params = pairs.query.sql_with_params()
    return (
        f"WITH RECURSIVE found(pk) AS (({first}) UNION "
        f"SELECT pair.far FROM found JOIN ({sql}) AS pair(near, far) ON pair.near = found.pk "
        "WHERE pair.far IS NOT NULL) SELECT pk FROM found",
        [*keys, *params],
    )


def steps_towards(organisations: Iterable[Organisation], on: date, same: Identities) -> Steps:
    """Every step on a path that ends at one of the organisations, by the node it leads to, the nearest first.

    Records that are or may be of one organisation or one person are one node: the one that speaks for them.
    """
    asked = [organisation.pk for organisation in organisations]
    return once_while_reading(("steps", on, frozenset(asked)), lambda: _steps_towards(asked, on, same))


def _steps_towards(asked: list[int], on: date, same: Identities) -> Steps:
    into: Steps = defaultdict(list)
    found = list(_steps_into_organisations(_holdings_above(asked, on, same)))
    _add(into, found, same)
    people = {step.holder.pk: step.holder for step in found if isinstance(step.holder, Person)}
    for kin in _steps_into_people(people, on, same):
        _add(into, kin, same)
    return _nearest_first(same.speakers("organisation", asked), into)


@dataclass(frozen=True)
class Holdings:
    """Who holds, runs or sits in one organisation, or did."""

    interests: list[Interest]
    positions: list[Position]

    @classmethod
    def none(cls) -> Holdings:
        return cls([], [])

    def on(self, day: date) -> Holdings:
        interests = [one for one in self.interests if is_held(one.starts_on, one.ends_on, day)]
        return Holdings(interests, [one for one in self.positions if is_held(one.starts_on, one.ends_on, day)])


def _holdings_above(asked: list[int], on: date, same: Identities) -> list[Holdings]:
    """What was held on that day in these organisations and in all that held them."""
    net = _net_above(set(asked), same)
    reached: set[int] = set()
    ahead = set(asked)
    while ahead:
        reached |= ahead
        held = [net[pk].on(on) for pk in same.keys("organisation", ahead)]
        holders = {one.holder_organisation_id for holdings in held for one in holdings.interests}
        ahead = same.keys("organisation", {*ahead, *(pk for pk in holders if pk)}) - reached
    return [holdings.on(on) for pk, holdings in net.items() if pk in reached]


def with_holdings(asked: set[int], same: Identities) -> set[int]:
    """Those of these organisations in which anybody is on record, whenever it was."""
    net = _net_above(asked, same)
    return {
        pk for pk in asked if any(net[one].interests or net[one].positions for one in same.keys("organisation", [pk]))
    }


def led_to(asked: set[int]) -> set[int]:
    """Those of these organisations to which a path may lead: somebody is on record there, or it may be another one.

    Of most organisations neither is on record, and this narrow question spares the wide ones.
    """
    found = each_once_while_reading("led to", asked, _led_to)
    _net().update((pk, Holdings.none()) for pk, leads in found.items() if not leads)
    return {pk for pk, leads in found.items() if leads}


def _led_to(asked: list[int]) -> dict[int, bool]:
    every: Any = apps.get_model("vendors.Interest").objects.all()
    same = Sameness.objects.counting()
    held = every.filter(organisation__in=asked).order_by().values_list("organisation")
    others = (
        Position.objects.filter(organisation__in=asked).order_by().values_list("organisation"),
        same.filter(organisation__in=asked).order_by().values_list("organisation"),
        same.filter(other_organisation__in=asked).order_by().values_list("other_organisation"),
    )
    found = {pk for (pk,) in held.union(*others)} if asked else set()
    return {pk: pk in found for pk in asked}


def _net() -> dict[int, Holdings]:
    net: dict[int, Holdings] = once_while_reading("net", dict)
    return net


def _net_above(asked: set[int], same: Identities) -> dict[int, Holdings]:
    net = _net()
    if unknown := asked - net.keys():
        net |= _holdings_ever_above(unknown, same) | net
    return net


def _holdings_ever_above(asked: set[int], same: Identities) -> dict[int, Holdings]:
    """The same of any day, in two queries: a page asks about several days."""
    every: Any = apps.get_model("vendors.Interest").objects.all()
    above, params = closure_sql(asked, every, "organisation_id", "holder_organisation_id")
    interests: list[Interest] = list(every.filter(organisation__in=RawSQL(above, params)).with_parties())
    ends = {pk for one in interests for pk in (one.organisation_id, one.holder_organisation_id) if pk}
    net = {pk: Holdings.none() for pk in [*(one.organisation_id for one in interests), *asked, *ends]}
    net |= {pk: Holdings.none() for pk in same.keys("organisation", net) - net.keys()}
    for interest in interests:
        net[interest.organisation_id].interests.append(interest)
    for position in Position.objects.filter(organisation__in=net).select_related(
        "person__same_as", "organisation__same_as"
    ):
        net[position.organisation_id].positions.append(position)
    return net


def _add(into: Steps, steps: Iterable[Step], same: Identities) -> None:
    for step in steps:
        holder, held = same.of(step.holder), same.of(step.held)
        beside = into[node_of(held)]
        told = replace(step, holder=holder, held=held, also=same.also(held))
        twice = None
        if same.is_grouped(step.holder) or same.is_grouped(step.held):
            twice = next((number for number, known in enumerate(beside) if known.is_beside(told)), None)
        if twice is None:
            beside.append(told)
        else:
            beside[twice] = beside[twice].or_the_same(told)


def _nearest_first(asked: Iterable[int], into: Steps) -> Steps:
    ordered: Steps = {}
    ahead = deque(("organisation", pk) for pk in asked)
    while ahead:
        node = ahead.popleft()
        if node not in ordered:
            ordered[node] = into.get(node, [])
            ahead.extend(node_of(step.holder) for step in ordered[node])
    return ordered


def _steps_into_organisations(above: Sequence[Holdings]) -> Iterator[Step]:
    grouped: dict[tuple[Node, Node], list[Interest]] = defaultdict(list)
    for interest in (interest for holdings in above for interest in holdings.interests):
        if interest.holder is not None:
            grouped[node_of(interest.holder), node_of(interest.organisation)].append(interest)
    for held in grouped.values():
        yield from _interest_steps(held)
    for position in (position for holdings in above for position in holdings.positions):
        yield Step(position.person, position.organisation, words=(f"is {position.get_role_display()} of",))


def _steps_into_people(known: dict[int, Person], on: date, same: Identities) -> list[list[Step]]:
    """From relatives to these people, then from theirs, as far as relations count."""
    ties = [(*ends, tie.kind) for tie in Relation.objects.ties() if tie.is_held(on) for ends in tie.both_ways]
    people = new = same.keys("person", known)
    rounds = []
    for _ in range(MOST_RELATIONS):
        rounds.append([(one, other, kind) for one, other, kind in ties if other in new])
        new = same.keys("person", (one for one, _, _ in rounds[-1])) - people
        people = people | new
    ends = {pk for found in rounds for one, other, _ in found for pk in (one, other)}
    known = known | each_once_while_reading("relatives", ends - known.keys(), _load_people)
    return [
        [
            Step(known[one], known[other], words=(f"is related ({Relation.Kind(kind).label}) to",), is_relation=True)
            for one, other, kind in found
        ]
        for found in rounds
    ]


def _load_people(keys: list[int]) -> dict[int, Person]:
    return Person.objects.select_related("same_as").in_bulk(keys) if keys else {}


def _interest_steps(interests: list[Interest]) -> Iterator[Step]:
    """One step each for what is held directly, what is stated as indirect, and what is not known to be either."""
    for directness in HOLDS:
        some = [interest for interest in interests if interest.directness == directness]
        holder = some[0].holder if some else None
        if holder is None:
            continue
        yield Step(
            holder,
            some[0].organisation,
            _economic_share(some),
            directness,
            words=tuple(dict.fromkeys(i.control_words for i in some if not i.is_economic)),
            recorded_on=clock.day_of(max(i.updated_at for i in some)),
            records=frozenset(i.record_id for i in some if i.record_id),
            components=frozenset(record_id for i in some for record_id in i.components or ()),
        )


def _economic_share(interests: list[Interest]) -> Share | None:
    """One figure for each statement, since shares and rights of one stake are not added; then their sum."""
    figures: dict[str, Share] = {}
    for interest in interests:
        if interest.is_economic:
            key = interest.record_id or f"row {interest.pk}"
            kept = figures.get(key)
            figures[key] = interest.share if kept is None or interest.share.least > kept.least else kept
    total = None
    for share in figures.values():
        total = share if total is None else total + share
    return total
