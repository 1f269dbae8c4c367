"""Who may do what with vendors, people and interests."""

import rules

from apps.accounts.models import User
from apps.accounts.rules import is_auditor, is_legal, is_privacy, is_reviewer, takes_part
from apps.vendors.models import Interest, Organisation, Person


@rules.predicate
def is_owner(user: User, vendor: Organisation | None) -> bool:
    return vendor is not None and vendor.owner_id == user.pk


@rules.predicate
def is_barred(user: User, vendor: Organisation | None) -> bool:
    return vendor is not None and bool(vendor.barred(user))


@rules.predicate
def is_open(user: User, vendor: Organisation | None) -> bool:
    """Whether nobody has taken the record on as its owner yet."""
    return vendor is None or vendor.owner_id is None


@rules.predicate
def is_self(user: User, person: Person | None) -> bool:
    return person is not None and person.user_id == user.pk


@rules.predicate
def is_holder(user: User, interest: Interest | None) -> bool:
    holder = interest.holder_person if interest else None
    return holder is not None and holder.user_id == user.pk


keeps = (is_owner & ~is_auditor) | is_legal

rules.add_perm("vendors.view_interests", is_legal | is_auditor)
rules.add_perm("vendors.add_organisation", takes_part)
rules.add_perm("vendors.change_organisation", keeps | (is_open & takes_part))
# What makes a path of interests a group link or too small to matter is for legal to say.
rules.add_perm("vendors.classify_organisation", is_legal & ~is_barred)
rules.add_perm("vendors.propose_organisation", takes_part)
rules.add_perm("vendors.submit_organisation", keeps)
rules.add_perm("vendors.approve_organisation", is_reviewer)
rules.add_perm("vendors.reject_organisation", is_reviewer)
rules.add_perm("vendors.return_to_draft_organisation", keeps | is_reviewer)
rules.add_perm("vendors.revise_organisation", keeps)
rules.add_perm("vendors.lapse_organisation", rules.always_deny)  # the system only
rules.add_perm("vendors.suspend_organisation", is_legal | is_privacy)
rules.add_perm("vendors.resume_organisation", is_legal & ~is_barred)
rules.add_perm("vendors.offboard_organisation", is_legal)
rules.add_perm("vendors.finish_offboarding_organisation", is_legal)
rules.add_perm("vendors.add_person", is_legal)
rules.add_perm("vendors.change_person", is_legal & ~is_self)
rules.add_perm("vendors.add_interest", takes_part)
rules.add_perm("vendors.change_interest", is_legal & ~is_holder)
rules.add_perm("vendors.declare_interests", takes_part)
