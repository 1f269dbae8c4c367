"""Who may do what with vendors, people and interests."""

import rules
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.rules import is_auditor, is_legal, is_privacy, is_reviewer, takes_part
from apps.vendors.models import Interest, Organisation, Person, Relation


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
def is_close(user: User, person: Person | None) -> bool:
    """Whether it is the user's own record, or that of somebody related to the user."""
    if person is None:
        return False
    related = Q(person=person, relative__user=user) | Q(relative=person, person__user=user)
    return person.user_id == user.pk or Relation.objects.filter(related).exists()


@rules.predicate
def has_stake(user: User, interest: Interest | None) -> bool:
    """Whether the interest is the user's own, a relative's, or part of a path that leads from the user."""
    if interest is None:
        return False
    ends = (interest.organisation if interest.organisation_id else None, interest.holder_organisation)
    organisations = [organisation for organisation in ends if organisation is not None]
    return is_close(user, interest.holder_person) or any(user.pk in o.conflicted_users for o in organisations)


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
rules.add_perm("vendors.change_person", is_legal & ~is_close)
rules.add_perm("vendors.add_interest", takes_part)
rules.add_perm("vendors.change_interest", is_legal & ~has_stake)
rules.add_perm("vendors.declare_interests", takes_part)
