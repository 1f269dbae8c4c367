"""Checks: plain functions of one record. They run on a page, before each step, and every night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from apps.core.reading import once_while_reading

if TYPE_CHECKING:
    from apps.accounts.models import User


@dataclass(frozen=True)
class Source:
    """Where a fact comes from: a record and its page.

    `record` is named where somebody may read the fact and not see the record: to them its page is no link.
    """

    label: str
    url: str
    record: Any = field(default=None, repr=False)

    def shown_to(self, user: User) -> Source:
        if self.record is None:
            return self
        model, pk = type(self.record), self.record.pk
        seen = model._default_manager.visible_to(user).filter(pk=pk)
        return self if once_while_reading(("sees", model, pk, user.pk), seen.exists) else Source(self.label, "")


LONGEST_FINGERPRINT = 200


@dataclass(frozen=True)
class Result:
    """One fact that a check found.

    `fact` and `detail` may be read by everybody who sees the record; `confidential` (amounts, relatives) only by
    those who may see interests. `fingerprint` says what in the record the fact is about, the same every time;
    a long one is shortened.
    `shown_to` is for a fact that rests on records which not everybody sees who sees this one: besides those who read
    every record, it names the users who read it. `hidden_from` goes before both.
    `weighs` is False where the fact is about the review itself, so that no vote rests on it.
    `unknown` says that the fact is that something is not known. `risk_tier` is that of the vendor in question, where
    legal says from which tier on the rule stops anything.
    `asked` is False where the check had nothing to look at; then `fact` is the reason, and nothing is written down.
    """

    fact: str
    fingerprint: str = ""
    detail: str = ""
    confidential: str = ""
    clears: str = ""
    sources: tuple[Source, ...] = ()
    hidden_from: frozenset[int] = frozenset()
    shown_to: frozenset[int] | None = None
    weighs: bool = True
    unknown: bool = False
    risk_tier: str | None = None
    asked: bool = True

    @classmethod
    def not_asked(cls, reason: str) -> Result:
        """What a check says that has nothing to look at: no objection, and no "no objection" either."""
        return cls(fact=reason, asked=False)

    def __post_init__(self) -> None:
        if len(self.fingerprint) > LONGEST_FINGERPRINT:
            digest = sha256(self.fingerprint.encode()).hexdigest()
            start = self.fingerprint[: LONGEST_FINGERPRINT - len(digest) - 1]
            object.__setattr__(self, "fingerprint", f"{start} {digest}")

    def is_shown_to(self, user: User) -> bool:
        if user.pk in self.hidden_from:
            return False
        return self.shown_to is None or user.pk in self.shown_to or user.has_perm("findings.view_all_facts")


Check = Callable[[Any], Iterable[Result]]
Preparer = Callable[[Sequence[Any]], None]
_checks: dict[type[models.Model], list[tuple[str, Check]]] = defaultdict(list)
_preparers: dict[type[models.Model], list[Preparer]] = defaultdict(list)


def check(code: str, model: type[models.Model], *, prepare: Preparer | None = None) -> Callable[[Check], Check]:
    """Register a function of one record as a check that serves the rule with this code.

    A check of an abstract model is asked of every model that builds on it. What checks ask of a record is loaded for
    a whole batch by the model's `prepare`, and by `prepare` here where an upper room asks it.
    """
    if prepare is not None:
        _preparers[model].append(prepare)

    def register(function: Check) -> Check:
        _checks[model].append((code, function))
        return function

    return register


def checks_of(model: type[models.Model]) -> list[tuple[str, Check]]:
    return [registered for base in model.__mro__ for registered in _checks.get(base, [])]


def prepare_checks(records: Sequence[Any]) -> None:
    """Load for all these records of one model what their checks ask."""
    model = type(records[0])
    model.prepare(records)
    for base in model.__mro__:
        for prepare in _preparers.get(base, []):
            prepare(records)


def checked_codes(model: type[models.Model]) -> list[str]:
    return [code for code, _ in checks_of(model)]


def checked_models() -> list[type[models.Model]]:
    """Every model of which something is asked."""
    return [model for model in apps.get_models() if checks_of(model)]
