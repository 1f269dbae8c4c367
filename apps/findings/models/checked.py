"""Governed models with checks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from apps.core.exceptions import Blocked
from apps.findings.models.evaluation import Evaluation, RuleOutcome, evaluate, look_at
from apps.findings.models.finding import Finding, FindingQuerySet
from apps.findings.models.reconciliation import reconcile
from apps.findings.models.requirement import STEPS
from apps.workflow.models import GovernedModel, ReviewedModel, Transition

if TYPE_CHECKING:
    from apps.accounts.models import User


class CheckedModel(GovernedModel):
    """A governed model with checks. Adopted rules stop its steps while their facts stand."""

    # What the checks found inside `held`.
    _found: list[RuleOutcome] | None = None

    class Meta:
        abstract = True

    def take_stock(self) -> None:
        reconcile(self)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside the block the checks are asked once: nothing changes in it that they ask about."""
        self._found = None
        with super().held():
            yield
        self._found = None

    def _outcomes(self) -> list[RuleOutcome]:
        if not self.is_held:
            return evaluate(self)
        if self._found is None:
            self._found = evaluate(self)
        return self._found

    def before_step(self, step: Transition, by: User | None) -> None:
        """A step that is refused anyway asks no checks. Under the lock status and permission are asked again."""
        if self.is_held:  # a vote has asked and taken stock already, of which this step is the outcome
            return
        self.refresh_from_db()
        self.require_status(step)
        self.require_permission(step, by)
        self.take_stock()

    def guard(self, step: Transition) -> None:
        if step.name not in STEPS:  # no rule stops it
            return
        objections = self.objections_to(step.name)
        if objections:
            facts = [(outcome.result.fact, outcome.result.is_shown_to) for outcome in objections]
            raise Blocked(STEPS[step.name], facts)

    def objections_to(self, step: str) -> list[RuleOutcome]:
        return [outcome for outcome in self._outcomes() if outcome.objects_to(step)]

    def evaluation_for(self, user: User) -> Evaluation:
        """What the checks find now, and what they could not ask, as far as this user may know it."""
        return look_at(self).shown_to(user)

    def outcomes_for(self, user: User) -> list[RuleOutcome]:
        return self.evaluation_for(user).outcomes

    def open_beside(self, user: User) -> FindingQuerySet:
        """Open findings about other records that whoever decides about this one should know, as far as they may."""
        return Finding.objects.none()

    def review_facts(self) -> list[str]:
        return sorted(
            f"{outcome.requirement.code}:{outcome.result.fingerprint}"
            for outcome in self._outcomes()
            if outcome.result.weighs
        )


class ApprovedModel(CheckedModel, ReviewedModel):
    """A record that checks look at and that people approve in a review."""

    class Meta:
        abstract = True
