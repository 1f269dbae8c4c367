"""Writing down what the checks find: new facts, facts still there, facts gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import models, transaction
from simple_history.utils import bulk_create_with_history

from apps.findings.models.evaluation import Evaluation, RuleOutcome, evaluate_all
from apps.findings.models.finding import Finding, new_finding
from apps.workflow.models.redaction import TOMBSTONE


def reconcile(record: Any) -> Counter[str]:
    """Write down what the checks find about a record. Safe to repeat, and to run twice at once."""
    return reconcile_all(type(record), [record.pk])


def reconcile_all(model: type[models.Model], pks: Sequence[int]) -> Counter[str]:
    """The same for many records of one model. Counts the records, and facts new, still there and gone.

    Looks without locks first. Only records with something to write are locked, with their findings, in the order of
    their keys, and asked again under the lock: somebody else may have written it meanwhile.
    """
    rows = model._base_manager.filter(pk__in=pks).order_by("pk")
    evaluations = evaluate_all(list(rows))
    changed = {evaluation.record.pk: evaluation.record for evaluation in evaluations if _differs(evaluation)}
    counted = Counter(
        records=len(evaluations), still=sum(len(e.outcomes) for e in evaluations if e.record.pk not in changed)
    )
    if changed:
        with transaction.atomic():
            # Two at once would both add a fact.
            locked = list(rows.filter(pk__in=changed).select_for_update(of=("self",), no_key=True))
            # Nor does anything overwrite what people make of a finding meanwhile: a step of a finding locks it alone.
            findings = Finding.objects.about_any(changed.values()).order_by("pk")
            list(findings.select_for_update(of=("self",), no_key=True).values_list("pk"))
            for evaluation in evaluate_all(locked):
                counted += _write(evaluation)
    return counted


def _differs(evaluation: Evaluation) -> bool:
    changes = (o.finding is None or _changes(o.finding, o) or _returns(o.finding) for o in evaluation.outcomes)
    return any(changes) or bool(evaluation.gone())


def _write(evaluation: Evaluation) -> Counter[str]:
    known = {outcome.key: outcome for outcome in evaluation.outcomes}
    new = [
        new_finding(outcome.requirement, evaluation.record, outcome.result.fingerprint, **_text(outcome))
        for outcome in known.values()
        if outcome.finding is None
    ]
    if new:
        bulk_create_with_history(new, Finding, default_change_reason="found by a check")
    for outcome in known.values():
        if outcome.finding is not None:
            _write_again(outcome.finding, outcome)
    gone = evaluation.gone()
    for finding in gone:
        finding.resolve(by=None, note="The check no longer finds it.")
    return Counter(new=len(new), still=len(known) - len(new), gone=len(gone))


def _write_again(finding: Finding, outcome: RuleOutcome) -> None:
    changed = _changes(finding, outcome)
    if changed:
        for name, value in changed.items():
            setattr(finding, name, value)
        finding.on_behalf(None, "the facts changed").save()
    if _returns(finding):
        finding.return_to_open(by=None, note="The check finds it.")


def _text(outcome: RuleOutcome) -> dict[str, Any]:
    return {
        "fact": outcome.result.fact,
        "detail": outcome.result.detail,
        "confidential": outcome.result.confidential,
        "hidden_from": sorted(outcome.result.hidden_from),
        "shown_to": None if outcome.result.shown_to is None else sorted(outcome.result.shown_to),
    }


def _changes(finding: Finding, outcome: RuleOutcome) -> dict[str, Any]:
    """What the finding says otherwise than the check. What was redacted stays so, although the check would say it."""
    return {
        name: value
        for name, value in _text(outcome).items()
        if getattr(finding, name) != value and not str(getattr(finding, name)).startswith(TOMBSTONE)
    }


def _returns(finding: Finding) -> bool:
    """Whether a fact that the check finds has to be open again."""
    over = finding.status == Finding.Status.ACCEPTED and not finding.is_excused
    return over or finding.status == Finding.Status.RESOLVED
