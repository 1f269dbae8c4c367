"""Who may do what with notices, their versions and claims, and with public statements."""

import rules

from apps.accounts.models import User
from apps.accounts.rules import is_auditor, is_legal, is_privacy, is_reviewer, reads_all, takes_part
from apps.core.permissions import allow
from apps.disclosures.models import Claim, Notice, NoticeVersion, PublicStatement
from apps.disclosures.models.version import SPOKEN

# Asked without a record, these say whether somebody may at all; what is written asks again with the record.


@rules.predicate
def owns_notice(user: User, notice: Notice | None) -> bool:
    return notice is None or notice.owner_id == user.pk


@rules.predicate
def writes(user: User, version: NoticeVersion | None) -> bool:
    return version is None or user.pk in (version.author_id, version.notice.owner_id)


@rules.predicate
def writes_version_of(user: User, claim: Claim | None) -> bool:
    return claim is None or bool(writes(user, claim.version) and is_unsaid(user, claim.version))


@rules.predicate
def entered(user: User, claim: Claim | None) -> bool:
    return claim is not None and claim.entered_by_id == user.pk


@rules.predicate
def is_unsaid(user: User, written: NoticeVersion | PublicStatement | None) -> bool:
    """Whether nobody outside has read it yet. What it says afterwards is not for its author to enter alone."""
    return written is None or written.status not in (*SPOKEN, PublicStatement.Status.MADE)


speaks_for_us = (is_legal | is_privacy) & takes_part
keeps = writes & ~is_auditor

allow("disclosures.add_notice", speaks_for_us, "Legal and privacy register notices.")
allow(
    "disclosures.change_notice",
    (owns_notice & ~is_auditor) | speaks_for_us,
    "The owner of a notice, legal and privacy edit its record.",
)

allow(
    "disclosures.add_noticeversion",
    (owns_notice & ~is_auditor) | speaks_for_us,
    "The owner of a notice, legal and privacy write its versions.",
)
allow("disclosures.change_noticeversion", keeps, "Its author and the owner of the notice edit a version.")
rules.add_perm("disclosures.submit_noticeversion", keeps)
rules.add_perm("disclosures.revise_noticeversion", keeps)
rules.add_perm("disclosures.approve_noticeversion", is_reviewer)
rules.add_perm("disclosures.reject_noticeversion", is_reviewer)
rules.add_perm("disclosures.return_to_draft_noticeversion", keeps | is_reviewer)
rules.add_perm("disclosures.publish_noticeversion", speaks_for_us)
rules.add_perm("disclosures.supersede_noticeversion", rules.always_deny)

# Of what one person proposes about its claims; another one of the other side.
rules.add_perm("disclosures.confirm_noticeversion", speaks_for_us)

rules.add_perm("disclosures.add_claim", (keeps & is_unsaid) | speaks_for_us)
rules.add_perm("disclosures.remove_claim", (keeps & is_unsaid) | speaks_for_us)
rules.add_perm("disclosures.change_claim", (writes_version_of & ~is_auditor) | speaks_for_us)
allow(
    "disclosures.check_claim",
    speaks_for_us & ~entered,
    "Somebody of legal or privacy other than who entered a claim checks it.",
)

allow("disclosures.add_optoutoffer", speaks_for_us, "Legal and privacy record offers to opt out.")
allow("disclosures.change_optoutoffer", speaks_for_us, "Legal and privacy record offers to opt out.")


@rules.predicate
def wrote(user: User, statement: PublicStatement | None) -> bool:
    return statement is None or statement.author_id == user.pk


@rules.predicate
def is_barred(user: User, statement: PublicStatement | None) -> bool:
    return statement is not None and bool(statement.barred(user))


# Nobody changes what concerns an interest of their own, whatever is said here; see `User.has_perm`.
drafts = wrote & ~is_auditor
rules.add_perm("disclosures.view_unsaid_statements", reads_all)
allow("disclosures.add_publicstatement", takes_part, "Auditors read and change nothing.")
allow("disclosures.change_publicstatement", drafts, "Its author edits a statement.")
rules.add_perm("disclosures.submit_publicstatement", drafts)
rules.add_perm("disclosures.revise_publicstatement", drafts | speaks_for_us)
rules.add_perm("disclosures.approve_publicstatement", is_reviewer & ~is_barred)
rules.add_perm("disclosures.reject_publicstatement", is_reviewer & ~is_barred)
rules.add_perm("disclosures.return_to_draft_publicstatement", drafts | (is_reviewer & ~is_barred))
rules.add_perm("disclosures.make_publicstatement", speaks_for_us)
rules.add_perm("disclosures.record_as_made_publicstatement", speaks_for_us)
rules.add_perm("disclosures.add_statementclaim", (drafts & is_unsaid) | speaks_for_us)
rules.add_perm("disclosures.remove_statementclaim", (drafts & is_unsaid) | speaks_for_us)
