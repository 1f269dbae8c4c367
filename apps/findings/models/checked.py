"""Checks: plain functions of one record. They run on a page, before each step, and every night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from apps.core.exceptions import Blocked
from apps.findings.models.finding import Finding, new_finding
from apps.findings.models.requirement import SEVERITY_ORDER, STEPS, Requirement
from apps.workflow.models import GovernedModel, ReviewedModel, Transition
from apps.workflow.models.redaction import TOMBSTONE

if TYPE_CHECKING:
    from apps.accounts.models import User


@dataclass(frozen=True)
class Source:
    """Where a fact comes from: a record and its page."""

    label: str
    url: str


@dataclass(frozen=True)
class Result:
    """One fact that a check found.

    `fact` and `detail` may be read by everybody who sees the record; `confidential` (amounts, relatives) only by
    those who may see interests. `fingerprint` says what in the record the fact is about, the same every time.
    """

    fact: str
    fingerprint: str = ""
    detail: str = ""
    confidential: str = ""
    clears: str = ""
    sources: tuple[Source, ...] = ()
    hidden_from: frozenset[int] = frozenset()


Check = Callable[[Any], Iterable[Result]]
_checks: dict[type[models.Model], list[tuple[str, Check]]] = defaultdict(list)


def check(code: str, model: type[models.Model]) -> Callable[[Check], Check]:
    """Register a function of one record as a check that serves the rule with this code."""

    def register(function: Check) -> Check:
        _checks[model].append((code, function))
        return function

    return register


def checked_codes(model: type[models.Model]) -> list[str]:
    return [code for code, _ in _checks[model]]


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
    def key(self) -> tuple[int, str]:
        return self.requirement.pk, self.result.fingerprint


def evaluate(record: CheckedModel) -> list[Outcome]:
    """Run every check of the record, worst first. Reads only."""
    checks = _checks[type(record)]
    rules = {rule.code: rule for rule in Requirement.objects.in_force().filter(code__in=[code for code, _ in checks])}
    findings = {(f.requirement_id, f.fingerprint): f for f in Finding.objects.about(record)}
    outcomes = [
        Outcome(rules[code], result, findings.get((rules[code].pk, result.fingerprint)))
        for code, function in checks
        if code in rules
        for result in function(record)
    ]
    return sorted(outcomes, key=lambda outcome: SEVERITY_ORDER[outcome.requirement.severity])


@transaction.atomic
def reconcile(record: CheckedModel) -> None:
    """Write down what the checks find: new facts, facts still there, facts gone. Safe to repeat."""
    type(record)._base_manager.select_for_update(no_key=True).get(pk=record.pk)  # two at once would both add a fact
    outcomes = {outcome.key: outcome for outcome in evaluate(record)}
    for outcome in outcomes.values():
        _write(record, outcome)
    for finding in Finding.objects.about(record).exclude(status=Finding.Status.RESOLVED):
        if (finding.requirement_id, finding.fingerprint) not in outcomes:
            finding.resolve(by=None, note="The check no longer finds it.")


def _write(record: CheckedModel, outcome: Outcome) -> None:
    text = {
        "fact": outcome.result.fact,
        "detail": outcome.result.detail,
        "confidential": outcome.result.confidential,
        "hidden_from": sorted(outcome.result.hidden_from),
    }
    finding = outcome.finding
    if finding is None:
        made = new_finding(outcome.requirement, record, outcome.result.fingerprint, **text)
        made.on_behalf(None, "found by a check").save()
        return
    # What was redacted stays so, although the check would say it again.
    changed = {
        name: value
        for name, value in text.items()
        if getattr(finding, name) != value and not str(getattr(finding, name)).startswith(TOMBSTONE)
    }
    if changed:
        for name, value in changed.items():
            setattr(finding, name, value)
        finding.on_behalf(None, "the facts changed").save()
    if finding.status == Finding.Status.RESOLVED or (
        finding.status == Finding.Status.ACCEPTED and not finding.is_excused
    ):
        finding.return_to_open(by=None, note="The check finds it.")


class CheckedModel(GovernedModel):
    """A governed model with checks. Adopted rules stop its steps while their facts stand."""

    class Meta:
        abstract = True

    def before_step(self, step: Transition) -> None:
        reconcile(self)

    def guard(self, step: Transition) -> None:
        objections = self.objections_to(step.name)
        if objections:
            count = len(objections)
            object_ = "rules object" if count > 1 else "rule objects"
            raise Blocked(
                f"{count} adopted {object_} to the {STEPS.get(step.name, step.name)}.",
                [outcome.result.fact for outcome in objections],
                {outcome.result.fact: outcome.result.hidden_from for outcome in objections},
            )

    def objections_to(self, step: str) -> list[Outcome]:
        return [outcome for outcome in evaluate(self) if outcome.objects_to(step)]

    def outcomes_for(self, user: User) -> list[Outcome]:
        """What the checks find now, as far as this user may know it."""
        return [outcome for outcome in evaluate(self) if user.pk not in outcome.result.hidden_from]

    def review_facts(self) -> list[str]:
        return sorted(f"{outcome.requirement.code}:{outcome.result.fingerprint}" for outcome in evaluate(self))


class ApprovedModel(CheckedModel, ReviewedModel):
    """A record that checks look at and that people approve in a review."""

    class Meta:
        abstract = True
