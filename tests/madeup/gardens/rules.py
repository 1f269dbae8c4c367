import rules

from apps.accounts.rules import is_engineer, is_reviewer
from apps.core.permissions import allow


@rules.predicate
def gardens(user, garden):
    return garden is not None and garden.gardener_id == user.pk


allow("gardens.add_garden", is_engineer, "Engineers lay out gardens.")
allow("gardens.change_garden", gardens, "Its gardener edits a garden.")
rules.add_perm("gardens.submit_garden", gardens)
rules.add_perm("gardens.revise_garden", gardens)
rules.add_perm("gardens.approve_garden", is_reviewer)
rules.add_perm("gardens.reject_garden", is_reviewer)
rules.add_perm("gardens.return_to_draft_garden", gardens | is_reviewer)
