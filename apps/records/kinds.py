"""Findings, rules and what people decide together: the kinds of the rooms below this one."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.findings.forms import RequirementForm
from apps.findings.models import Finding, Recheck, Requirement
from apps.records.kind import Door, Kind, Look
from apps.records.pages import thread_context
from apps.records.registry import register
from apps.records.views import findings, proposals, redactions
from apps.workflow.models import Proposal, Redaction, Review


def finding_context(finding: Finding, user: User) -> dict[str, Any]:
    return {
        "rule": finding.requirement,
        "sees_amounts": finding.tells_amounts_to(user),
        "asked_again_since": Recheck.objects.waiting_since(finding.content_type_id, finding.object_id),
        **thread_context(finding, user),
    }


def rule_context(rule: Requirement, user: User) -> dict[str, Any]:
    return {
        "rule": rule,
        "findings": Finding.objects.filter(requirement=rule).visible_to(user).open().worst_first()[:10],
    }


FINDINGS = Kind[Finding](
    model=Finding,
    path="findings",
    label="Findings",
    searched=("fact", "requirement__code", "requirement__title"),
    line=lambda finding: f"Rule: {finding.requirement}",
    related=("requirement",),
    template="findings/detail.html",
    context=finding_context,
    steps={"acknowledge": Look.EXPECTED, "propose": Look.EXPECTED},
    tones={"open": "azure", "acknowledged": "azure", "proposed": "azure", "accepted": "yellow", "resolved": "green"},
    pages={"list": findings.finding_list},
)
RULES = Kind[Requirement](
    model=Requirement,
    path="rules",
    label="Rules",
    searched=("title", "code", "sentence"),
    line=lambda rule: rule.sentence,
    form=RequirementForm,
    edit=Door(),
    template="findings/rule.html",
    context=rule_context,
    steps={"adopt": Look.EXPECTED, "suspend": Look.DANGEROUS, "retire": Look.DANGEROUS},
    tones={"proposed": "azure", "adopted": "green", "suspended": "yellow"},
    pages={"list": findings.rule_list},
)
# A review is read on the sheet of what it is about.
REVIEWS = Kind[Review](
    model=Review,
    path="reviews",
    label="Reviews",
    steps={"answer": Look.EXPECTED},
    tones={"open": "azure", "approved": "green"},
)
REDACTIONS = Kind[Redaction](
    model=Redaction,
    path="redactions",
    label="Redactions",
    template="records/redaction.html",
    steps={"carry_out": Look.EXPECTED},
    pages={"list": redactions.redaction_list},
)
PROPOSALS = Kind[Proposal](
    model=Proposal,
    path="changes",
    label="Changes to confirm",
    template="records/proposal.html",
    steps={"confirm": Look.EXPECTED},
    tones={"waiting": "yellow", "confirmed": "azure"},
    pages={"list": proposals.proposal_list},
)
# Accounts have pages of their own in the lowest rooms; here they are found and counted like everything else.
USERS = Kind[User](
    model=User,
    path="users",
    label="Users",
    searched=("full_name", "email"),
    line=lambda user: user.email,
)
for kind in (FINDINGS, RULES, REVIEWS, REDACTIONS, PROPOSALS, USERS):
    register(kind)
