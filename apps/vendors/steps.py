"""The net of who holds what in whom: shares, single steps, and everything that leads towards an organisation.

However long the chains are, all of it is loaded in the same few queries.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection

from apps.core import clock
from apps.core.reading import once_while_reading
from apps.vendors.identities import Identities, Node, node_of
from apps.vendors.models.organisation import Organisation
from apps.vendors.models.person import Person, Position, Relation
from apps.vendors.models.sameness import Sameness

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
    query = (
        "WITH RECURSIVE found(pk) AS (SELECT unnest(%s::bigint[]) UNION "
        f"SELECT pair.far FROM found JOIN ({sql}) AS pair(near, far) ON pair.near = found.pk "
        "WHERE pair.far IS NOT NULL) SELECT pk FROM found"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [list(known), *params])
        return {pk for (pk,) in cursor.fetchall()}


def steps_towards(
    organisations: Iterable[Organisation], on: date, interests: InterestQuerySet, same: Identities
) -> Steps:
    """Every step on a path that ends at one of the organisations, by the node it leads to, the nearest first.

    Records that are or may be of one organisation or one person are one node: the one that speaks for them.
    """
    asked = [organisation.pk for organisation in organisations]
    return once_while_reading(("steps", on, frozenset(asked)), lambda: _steps_towards(asked, on, interests, same))


def _steps_towards(asked: list[int], on: date, interests: InterestQuerySet, same: Identities) -> Steps:
    into: Steps = defaultdict(list)
    found = list(_steps_into_organisations(owners_of(asked, interests), on, interests))
    _add(into, found, same)
    people = new = same.keys("person", (step.holder.pk for step in found if isinstance(step.holder, Person)))
    for _ in range(MOST_RELATIONS):
        if not new:
            break
        found = list(_steps_into_people(new, on))
        _add(into, found, same)
        new = same.keys("person", (step.holder.pk for step in found)) - people
        people = people | new
    return _nearest_first(same.speakers("organisation", asked), into)


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


def _steps_into_organisations(organisations: Iterable[int], on: date, interests: InterestQuerySet) -> Iterator[Step]:
    towards = interests.filter(organisation__in=organisations)
    grouped: dict[tuple[Node, Node], list[Interest]] = defaultdict(list)
    for interest in towards.with_parties():
        if interest.holder is not None:
            grouped[node_of(interest.holder), node_of(interest.organisation)].append(interest)
    for held in grouped.values():
        yield from _interest_steps(held)
    positions = Position.objects.held(on).filter(organisation__in=organisations)
    for position in positions.select_related("person__same_as", "organisation__same_as"):
        yield Step(position.person, position.organisation, words=(f"is {position.get_role_display()} of",))


def _steps_into_people(people: set[int], on: date) -> Iterator[Step]:
    relations = Relation.objects.held(on).of(people)
    for relation in relations.with_people():
        words = (f"is related ({relation.get_kind_display()}) to",)
        for one, other in ((relation.person, relation.relative), (relation.relative, relation.person)):
            if other.pk in people:
                yield Step(one, other, words=words, is_relation=True)


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
