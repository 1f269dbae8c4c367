from apps.findings.models.checked import (
    ApprovedModel,
    CheckedModel,
    Outcome,
    Result,
    Source,
    check,
    checked_codes,
    evaluate,
    reconcile,
)
from apps.findings.models.finding import ACCEPTED_AT_MOST, Finding
from apps.findings.models.requirement import STEPS, Requirement, Severity

__all__ = [
    "ACCEPTED_AT_MOST",
    "STEPS",
    "ApprovedModel",
    "CheckedModel",
    "Finding",
    "Outcome",
    "Requirement",
    "Result",
    "Severity",
    "Source",
    "check",
    "checked_codes",
    "evaluate",
    "reconcile",
]
