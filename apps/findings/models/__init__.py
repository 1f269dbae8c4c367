from apps.findings.models.checked import ApprovedModel, CheckedModel
from apps.findings.models.evaluation import Evaluation, RuleOutcome, evaluate, evaluate_all, look_at
from apps.findings.models.finding import ACCEPTED_AT_MOST, Finding
from apps.findings.models.recheck import Recheck
from apps.findings.models.reconciliation import reconcile, reconcile_all
from apps.findings.models.registry import Result, Source, check, checked_codes, checked_models
from apps.findings.models.requirement import HIGHEST_THRESHOLD, STEPS, Requirement, Severity

__all__ = [
    "ACCEPTED_AT_MOST",
    "HIGHEST_THRESHOLD",
    "STEPS",
    "ApprovedModel",
    "CheckedModel",
    "Evaluation",
    "Finding",
    "Recheck",
    "Requirement",
    "Result",
    "RuleOutcome",
    "Severity",
    "Source",
    "check",
    "checked_codes",
    "checked_models",
    "evaluate",
    "evaluate_all",
    "look_at",
    "reconcile",
    "reconcile_all",
]
