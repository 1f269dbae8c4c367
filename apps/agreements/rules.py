"""Who may do what with an agreement. Transitions look their permission up by name."""

import rules

from apps.accounts.models import Role, User
from apps.accounts.rules import holds, is_auditor, is_legal, is_privacy, is_reviewer, reads_all, takes_part
from apps.agreements.models import Agreement, Transfer
from apps.core.permissions import allow
from apps.workflow.models.four_eyes import approver_roles


@rules.predicate
def asks(user: User, agreement: Agreement | None) -> bool:
    """Whether the user is the requester, sponsor or business owner."""
    return agreement is not None and user.pk in (
        agreement.requester_id,
        agreement.sponsor_id,
        agreement.business_owner_id,
    )


@rules.predicate
def is_barred(user: User, agreement: Agreement | None) -> bool:
    return agreement is not None and bool(agreement.barred(user))


# Nobody changes what concerns an interest of their own, whatever is said here; see `User.has_perm`.
rules.add_perm("agreements.view_all_agreements", reads_all)
allow("agreements.add_agreement", takes_part, "Auditors read and change nothing.")
allow(
    "agreements.change_agreement",
    asks & ~is_auditor,
    "The requester, sponsor and business owner edit a request, unless they have an interest in the recipient.",
)
rules.add_perm("agreements.submit_agreement", asks & ~is_auditor)
rules.add_perm("agreements.revise_agreement", (asks & ~is_auditor) | is_legal)
rules.add_perm("agreements.approve_agreement", is_reviewer & ~is_barred)
rules.add_perm("agreements.reject_agreement", is_reviewer & ~is_barred)
rules.add_perm("agreements.return_to_draft_agreement", (asks & ~is_auditor) | (is_reviewer & ~is_barred))
allow(
    "agreements.justify_agreement",
    holds(Role.INDEPENDENT) & ~is_barred,
    "An independent reviewer without any path of interests signs the justification.",
)
rules.add_perm("agreements.sign_agreement", is_legal)
rules.add_perm("agreements.activate_agreement", is_legal)
rules.add_perm("agreements.suspend_agreement", is_legal | is_privacy)
rules.add_perm("agreements.resume_agreement", is_legal)
rules.add_perm("agreements.terminate_agreement", is_legal)
rules.add_perm("agreements.expire_agreement", rules.always_deny)  # the system only


@rules.predicate
def speaks_for_a_side(user: User, transfer: Transfer | None) -> bool:
    """Whether the user decides about the transfer for legal or privacy; see Transfer.barred_people."""
    return transfer is None or bool(approver_roles(user, transfer.barred_people()))


decides = is_reviewer & speaks_for_a_side

rules.add_perm("agreements.view_all_transfers", reads_all)
# Before the outcome only they hear of a report, and only without a path of interests; see TransferQuerySet.
rules.add_perm("agreements.view_reported_transfers", is_legal | is_privacy)
allow("agreements.add_transfer", takes_part, "Auditors read and change nothing. Somebody else can report it.")
rules.add_perm("agreements.link_transfer", is_legal & speaks_for_a_side)
rules.add_perm("agreements.propose_transfer", decides)
rules.add_perm("agreements.confirm_transfer", decides)
rules.add_perm("agreements.call_mistaken_transfer", decides)
rules.add_perm("agreements.call_duplicate_transfer", decides)
rules.add_perm("agreements.disagree_transfer", decides)
