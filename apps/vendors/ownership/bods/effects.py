"""What an import does to single records, in words, for those who look before they say yes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from apps.ledger.models import RecordedModel, party_keys
from apps.vendors.models import Organisation, Person

Party = tuple[type[RecordedModel], int]

MOST_SHOWN = 200
# Who holds what in whom is in the name of an interest already.
LEFT_OUT = frozenset(
    {"record_id", "source", "organisation_id", "holder_person_id", "holder_organisation_id", "components"}
)


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Effect:
    """One record that is added, changed or closed."""

    what: str
    kind: str
    name: str
    changes: tuple[Change, ...] = ()


@dataclass
class Effects:
    """The first of many effects in full, all of them counted, and a digest that another try can be compared with."""

    listed: list[tuple[str, RecordedModel, tuple[Change, ...]]] = field(default_factory=list)
    count: int = 0
    # The organisations and people that were written, or that a written row named or names.
    touched: set[Party] = field(default_factory=set)

    def note(self, row: RecordedModel, before: dict[str, Any], changed: dict[str, Any], *, is_new: bool) -> None:
        self.count += 1
        self.touched |= set(_parties(row, before))
        if len(self.listed) >= MOST_SHOWN:
            return
        ended = not is_new and any(changed.get(name) for name in ("closed_on", "ends_on"))
        what = "added" if is_new else "closed" if ended else "changed"
        shown = {
            name: value for name, value in changed.items() if name not in LEFT_OUT and _says_something(name, value)
        }
        changes = tuple(
            Change(_label(row, name), "" if is_new else _words(row, name, before[name]), _words(row, name, value))
            for name, value in (shown if is_new else {n: v for n, v in changed.items() if n not in LEFT_OUT}).items()
        )
        self.listed.append((what, row, changes))

    def parties(self) -> tuple[list[Organisation], list[Person]]:
        """The organisations and people that were written or named."""
        keys = {model: [pk for kind, pk in self.touched if kind is model] for model in (Organisation, Person)}
        people = list(Person.objects.filter(pk__in=keys[Person]))
        return list(Organisation.objects.filter(pk__in=keys[Organisation])), people

    def in_words(self) -> list[Effect]:
        """To be asked while the rows are in the database."""
        return [Effect(what, _kind(row), str(row), changes) for what, row, changes in self.listed]


def _says_something(name: str, value: Any) -> bool:
    return value not in (None, "") and not (name.startswith("share_") and value is False)


def _parties(row: RecordedModel, before: dict[str, Any]) -> Iterator[Party]:
    if isinstance(row, Organisation | Person):
        yield type(row), row.pk
    for key in party_keys(type(row)):
        model: Any = row._meta.get_field(key).related_model
        named = {getattr(row, f"{key}_id"), before.get(f"{key}_id")}
        yield from ((model, pk) for pk in named - {None})


def plan_of(effects: list[Effect], count: int) -> str:
    """A digest of what would be done."""
    return hashlib.sha256(json.dumps([count, [asdict(effect) for effect in effects]]).encode()).hexdigest()


def _kind(row: RecordedModel) -> str:
    return {"organisationidentifier": "identifier"}.get(row._meta.model_name or "", str(row._meta.verbose_name))


def _label(row: RecordedModel, name: str) -> str:
    return str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _words(row: RecordedModel, name: str, value: Any) -> str:
    if value in (None, ""):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return f"{value:%-d %b %Y}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f} %"
    return str(dict(row._meta.get_field(name).flatchoices).get(value, value))  # type: ignore[union-attr]
