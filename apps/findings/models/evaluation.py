"""What the checks say about records now. Reads only; many records of one model cost as many queries as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from apps.core.reading import forget, is_reading, once_while_reading
from apps.findings.models.finding import Finding
from apps.findings.models.registry import Result, checks_of, prepare_checks
from apps.findings.models.requirement import SEVERITY_ORDER, Requirement

if TYPE_CHECKING:
    from apps.accounts.models import User

# What a fact is known by among those about one record: its rule and its fingerprint.
Key = tuple[int, str]


@dataclass(frozen=True)
class RuleOutcome:
    """What a check found, under its rule, with what people have made of it so far."""

    requirement: Requirement
    result: Result
    finding: Finding | None

    def objects_to(self, step: str) -> bool:
        """Whether it stops this step: the rule is adopted, names the step, and people have not closed the finding."""
        excused = self.finding is not None and self.finding.is_excused
        stops = step in self.requirement.stops and self.requirement.reaches(self.result.risk_tier)
        return self.requirement.is_adopted and stops and not excused

    @property
    def key(self) -> Key:
        return self.requirement.pk, self.result.fingerprint


@dataclass(frozen=True)
class Unasked:
    """A rule whose check had nothing to look at, and why."""

    requirement: Requirement
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """What is found about one record, worst first; the findings on record; the rules that were asked.

    `unasked` are those whose checks had nothing to look at: they neither object nor are they content.
    """

    record: Any
    outcomes: list[RuleOutcome]
    findings: dict[Key, Finding]
    asked: frozenset[int]
    unasked: list[Unasked]

    def shown_to(self, user: User) -> Evaluation:
        """The same as far as this user may know it."""
        return replace(self, outcomes=[outcome for outcome in self.outcomes if outcome.result.is_shown_to(user)])

    @property
    def clear(self) -> int:
        """How many rules were asked and found nothing."""
        found = {outcome.requirement.pk for outcome in self.outcomes}
        return len(self.asked - found - {one.requirement.pk for one in self.unasked})

    @property
    def unknown(self) -> int:
        """How many rules found that something is not known."""
        return len({outcome.requirement.pk for outcome in self.outcomes if outcome.result.unknown})

    @property
    def objecting(self) -> int:
        return len({outcome.requirement.pk for outcome in self.outcomes}) - self.unknown

    @property
    def idle(self) -> list[Unasked]:
        """Rules of which nothing at all could be asked."""
        found = {outcome.requirement.pk for outcome in self.outcomes}
        return [one for one in self.unasked if one.requirement.pk not in found]

    def gone(self) -> list[Finding]:
        """Findings of rules that were asked and did not find them. What was not asked stays as it is."""
        found = {outcome.key for outcome in self.outcomes}
        return [
            finding
            for key, finding in self.findings.items()
            if finding.requirement_id in self.asked and key not in found and finding.status != Finding.Status.RESOLVED
        ]


def evaluate(record: Any) -> list[RuleOutcome]:
    """Run every check of the record, worst first. Reads only."""
    return look_at(record).outcomes


def look_at(record: Any) -> Evaluation:
    """The same, with what could not be asked."""
    return once_while_reading(("checks", type(record), record.pk), lambda: evaluate_all([record])[0])


def evaluate_all(records: Sequence[Any]) -> list[Evaluation]:
    """Run every check of these records of one model."""
    if not records:
        return []
    checks = checks_of(type(records[0]))
    codes = {code for code, _ in checks}
    rules = {code: rule for code, rule in Requirement.objects.asked_today().items() if code in codes}
    asked = frozenset(rule.pk for rule in rules.values())
    findings: dict[int, dict[Key, Finding]] = {record.pk: {} for record in records}
    for finding in Finding.objects.about_any(records):
        findings[finding.object_id][finding.requirement_id, finding.fingerprint] = finding
    with _prepared(records):
        return [_evaluation(record, checks, rules, findings[record.pk], asked) for record in records]


def _evaluation(
    record: Any, checks: Any, rules: dict[str, Requirement], findings: dict[Key, Finding], asked: frozenset[int]
) -> Evaluation:
    results = [(rules[code], result) for code, check in checks if code in rules for result in check(record)]
    outcomes = [
        RuleOutcome(rule, result, findings.get((rule.pk, result.fingerprint)))
        for rule, result in results
        if result.asked
    ]
    reasons: dict[Requirement, list[str]] = {}
    for rule, result in results:
        if not result.asked:
            reasons.setdefault(rule, []).append(result.fact)
    return Evaluation(
        record,
        sorted(outcomes, key=lambda outcome: SEVERITY_ORDER[outcome.requirement.severity]),
        findings,
        asked,
        [Unasked(rule, tuple(dict.fromkeys(said))) for rule, said in reasons.items()],
    )


@contextmanager
def _prepared(records: Sequence[Any]) -> Iterator[None]:
    """What is loaded for the checks is read afresh and does not outlive them, unless nothing changes meanwhile."""
    if is_reading():
        prepare_checks(records)
        yield
        return
    kept = [vars(record).pop("_prefetched_objects_cache", {}) for record in records]
    try:
        prepare_checks(records)
        yield
    finally:
        for record, prefetched in zip(records, kept, strict=True):
            record._prefetched_objects_cache = prefetched
            forget(record)
