"""Who may do what with notices, their versions and claims."""

import rules

from apps.accounts.models import User
from apps.accounts.rules import is_auditor, is_legal, is_privacy, is_reviewer, takes_part
from apps.disclosures.models import Claim, Notice, NoticeVersion


@rules.predicate
def owns_notice(user: User, notice: Notice | None) -> bool:
    return notice is not None and notice.owner_id == user.pk


@rules.predicate
def writes(user: User, version: NoticeVersion | None) -> bool:
    return version is not None and user.pk in (version.author_id, version.notice.owner_id)


@rules.predicate
def entered(user: User, claim: Claim | None) -> bool:
    return claim is not None and claim.entered_by_id == user.pk


speaks_for_us = (is_legal | is_privacy) & takes_part
keeps = writes & ~is_auditor

rules.add_perm("disclosures.add_notice", speaks_for_us)
rules.add_perm("disclosures.change_notice", (owns_notice & ~is_auditor) | speaks_for_us)

rules.add_perm("disclosures.add_noticeversion", (owns_notice & ~is_auditor) | speaks_for_us)
rules.add_perm("disclosures.change_noticeversion", keeps)
rules.add_perm("disclosures.submit_noticeversion", keeps)
rules.add_perm("disclosures.revise_noticeversion", keeps)
rules.add_perm("disclosures.approve_noticeversion", is_reviewer)
rules.add_perm("disclosures.reject_noticeversion", is_reviewer)
rules.add_perm("disclosures.return_to_draft_noticeversion", keeps | is_reviewer)
rules.add_perm("disclosures.publish_noticeversion", speaks_for_us)
rules.add_perm("disclosures.supersede_noticeversion", rules.always_deny)

rules.add_perm("disclosures.add_claim", keeps | speaks_for_us)
rules.add_perm("disclosures.remove_claim", keeps | speaks_for_us)
rules.add_perm("disclosures.check_claim", speaks_for_us & ~entered)
