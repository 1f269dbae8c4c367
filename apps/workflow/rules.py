"""Who may take the steps of a review, and who redacts. Votes have rules of their own, see Review.why_not."""

import rules

from apps.accounts.models import User
from apps.accounts.rules import is_auditor, is_legal, is_reviewer, takes_part
from apps.core.permissions import allow, ways_out
from apps.workflow.models import Proposal, Review


@rules.predicate
def is_requester(user: User, review: Review | None) -> bool:
    return review is not None and review.requester_id == user.pk


@rules.predicate
def is_barred(user: User, review: Review | None) -> bool:
    return review is not None and bool(review.subject.barred(user))


takes_steps = is_reviewer & ~is_barred

# Amounts and relatives, where no own interest stands against it.
rules.add_perm("workflow.view_confidential", is_legal | is_auditor)
# Their rules ask who asked.
ways_out |= {"workflow.withdraw_review", "workflow.withdraw_proposal"}
rules.add_perm("workflow.ask_review", takes_steps)
rules.add_perm("workflow.request_changes_review", takes_steps)
rules.add_perm("workflow.answer_review", (is_requester & ~is_auditor) | takes_steps)
rules.add_perm("workflow.withdraw_review", is_requester & ~is_auditor)
rules.add_perm("workflow.approve_review", is_reviewer)
rules.add_perm("workflow.refuse_review", is_reviewer)
# The outcome of revising the subject, which has a rule of its own; see Review.void.
rules.add_perm("workflow.void_review", rules.always_allow)


@rules.predicate
def proposed(user: User, proposal: Proposal | None) -> bool:
    return proposal is not None and proposal.requested_by_id == user.pk


@rules.predicate
def is_second(user: User, proposal: Proposal | None) -> bool:
    """Whether the user may confirm what another person proposed; each kind of record says who may."""
    return proposal is not None and proposal.may_close(user)


rules.add_perm("workflow.confirm_proposal", is_second & takes_part)
rules.add_perm("workflow.decline_proposal", is_second & takes_part)
rules.add_perm("workflow.withdraw_proposal", proposed & takes_part)
allow("workflow.add_delegation", is_reviewer & takes_part, "Those who vote in reviews name a deputy.")
allow("workflow.add_comment", takes_part, "Auditors read and change nothing.")
