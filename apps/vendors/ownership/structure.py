"""Who owns an organisation, as a picture and in words: everybody above it on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from apps.vendors.models import Organisation, Person
from apps.vendors.organisations.identities import Identities, Node, node_of
from apps.vendors.ownership.steps import Step, steps_towards

# A picture of more is no help to anybody.
MOST_DRAWN = 60


@dataclass(frozen=True)
class Ownership:
    """The organisation with everybody above it. `left_out` counts those that are not drawn."""

    organisation: Organisation
    steps: list[Step]
    insiders: frozenset[int]
    left_out: int = 0

    @property
    def nodes(self) -> dict[Node, Person | Organisation]:
        """The organisation first, then the others, the nearest first."""
        found: dict[Node, Person | Organisation] = {node_of(self.organisation): self.organisation}
        for step in self.steps:
            for end in (step.held, step.holder):
                found.setdefault(node_of(end), end)
        return found

    def sentence(self) -> str:
        """What the picture shows, for those who do not see it."""
        if not self.steps:
            return f"Nobody who owns or controls {self.organisation} is on record."
        return " ".join(f"{step.holder} {step.phrase()}." for step in self.steps)

    def drawing(self) -> dict[str, Any]:
        """Nodes and arrows as static/ownership.js draws them. An arrow leads from who owns to what is owned."""
        nodes = [
            {"id": _id(node), "label": str(thing), "kind": self._kind(thing), "url": thing.get_absolute_url()}
            for node, thing in self.nodes.items()
        ]
        return {"nodes": nodes, "arrows": [arrow.as_dict() for arrow in _arrows(self.steps)]}

    def _kind(self, thing: Person | Organisation) -> str:
        if isinstance(thing, Person):
            return "insider" if thing.pk in self.insiders else "person"
        if thing.pk == self.organisation.pk:
            return "subject"
        return "group" if thing.is_group else "organisation"


def ownership_of(organisation: Organisation, on: date) -> Ownership:
    """Everybody from whom interests and positions lead to the organisation on that day."""
    same = Identities.known([organisation])
    organisation = same.organisation(organisation)
    towards = steps_towards([organisation], on, same)
    steps = [step for found in towards.values() for step in found]
    drawn: dict[Node, None] = {node_of(organisation): None}
    for step in steps:
        if len(drawn) < MOST_DRAWN:
            drawn.setdefault(node_of(step.holder))
    every = {node_of(step.holder) for step in steps} | {node_of(organisation)}
    kept = [step for step in steps if node_of(step.holder) in drawn and node_of(step.held) in drawn]
    people = [step.holder.pk for step in kept if isinstance(step.holder, Person)]
    ours = Person.objects.insider_keys(on, Person.objects.colleague_keys(on), same)
    insiders = frozenset(same.speakers("person", same.keys("person", people) & ours))
    return Ownership(organisation, kept, insiders, left_out=len(every - drawn.keys()))


@dataclass
class Arrow:
    """Everything that leads directly from one to another, as one arrow."""

    source: Node
    target: Node
    is_direct: bool
    is_relation: bool
    labels: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        style = "relation" if self.is_relation else "direct" if self.is_direct else "indirect"
        return {"source": _id(self.source), "target": _id(self.target), "style": style, "labels": self.labels}


def _arrows(steps: Iterable[Step]) -> list[Arrow]:
    arrows: dict[tuple[Node, Node, bool, bool], Arrow] = {}
    for step in steps:
        key = (node_of(step.holder), node_of(step.held), step.is_direct, step.is_relation)
        arrow = arrows.setdefault(key, Arrow(*key))
        arrow.labels += [label for label in labels_of(step) if label not in arrow.labels]
    return list(arrows.values())


def labels_of(step: Step) -> Iterator[str]:
    """What the holder holds and does, in few words: "40 %", "sits on the board"."""
    if step.share:
        yield str(step.share)
    for words in step.words:
        yield words.removesuffix(" of").removesuffix(" in").removesuffix(" to").removeprefix("is ")
    if not step.share and not step.words:
        yield "holds"


def _id(node: Node) -> str:
    kind, pk = node
    return f"{kind}-{pk}"
