"""What the checks say about records now. Reads only; many records of one model cost as many queries as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from apps.findings.models.finding import Finding
from apps.findings.models.registry import Result, checks_of, prepare_checks
from apps.findings.models.requirement import SEVERITY_ORDER, Requirement

# What a fact is known by among those about one record: its rule and its fingerprint.
Key = tuple[int, str]


@dataclass(frozen=True)
class Outcome:
    """What a check found, under its rule, with what people have made of it so far."""

    requirement: Requirement
    result: Result
    finding: Finding | None

    def objects_to(self, step: str) -> bool:
        """Whether it stops this step: the rule is adopted, names the step, and people have not closed the finding."""
        excused = self.finding is not None and self.finding.is_excused
        return self.requirement.is_adopted and step in self.requirement.stops and not excused

    @property
    def key(self) -> Key:
        return self.requirement.pk, self.result.fingerprint


@dataclass(frozen=True)
class Evaluation:
    """What is found about one record, worst first; the findings on record; the rules that were asked."""

    record: Any
    outcomes: list[Outcome]
    findings: dict[Key, Finding]
    asked: frozenset[int]

    def gone(self) -> list[Finding]:
        """Findings of rules that were asked and did not find them. What was not asked stays as it is."""
        found = {outcome.key for outcome in self.outcomes}
        return [
            finding
            for key, finding in self.findings.items()
            if finding.requirement_id in self.asked and key not in found and finding.status != Finding.Status.RESOLVED
        ]


def evaluate(record: Any) -> list[Outcome]:
    """Run every check of the record, worst first. Reads only."""
    (evaluation,) = evaluate_all([record])
    return evaluation.outcomes


def evaluate_all(records: Sequence[Any]) -> list[Evaluation]:
    """Run every check of these records of one model."""
    if not records:
        return []
    checks = checks_of(type(records[0]))
    rules = {rule.code: rule for rule in Requirement.objects.in_force().filter(code__in=[code for code, _ in checks])}
    asked = frozenset(rule.pk for rule in rules.values())
    findings: dict[int, dict[Key, Finding]] = {record.pk: {} for record in records}
    for finding in Finding.objects.about_any(records):
        findings[finding.object_id][finding.requirement_id, finding.fingerprint] = finding
    with _prepared(records):
        return [
            Evaluation(record, _outcomes(record, checks, rules, findings[record.pk]), findings[record.pk], asked)
            for record in records
        ]


def _outcomes(record: Any, checks: Any, rules: dict[str, Requirement], findings: dict[Key, Finding]) -> list[Outcome]:
    outcomes = [
        Outcome(rules[code], result, findings.get((rules[code].pk, result.fingerprint)))
        for code, function in checks
        if code in rules
        for result in function(record)
    ]
    return sorted(outcomes, key=lambda outcome: SEVERITY_ORDER[outcome.requirement.severity])


@contextmanager
def _prepared(records: Sequence[Any]) -> Iterator[None]:
    """What is loaded for the checks is read afresh and does not outlive them."""
    kept = [vars(record).pop("_prefetched_objects_cache", {}) for record in records]
    try:
        prepare_checks(records)
        yield
    finally:
        for record, prefetched in zip(records, kept, strict=True):
            record._prefetched_objects_cache = prefetched
            record.prepared.clear()
