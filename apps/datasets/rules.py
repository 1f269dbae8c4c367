"""Who may do what with a dataset."""

import rules

from apps.accounts.models import User
from apps.accounts.rules import is_auditor, is_engineer, is_legal, is_privacy, is_reviewer, takes_part
from apps.core.permissions import allow
from apps.datasets.models import Dataset


@rules.predicate
def is_owner(user: User, dataset: Dataset | None) -> bool:
    return dataset is not None and user.pk in (dataset.owner_id, dataset.steward_id)


keeps = is_owner & ~is_auditor

allow("datasets.add_dataset", is_engineer & takes_part, "Engineers register datasets.")
allow("datasets.change_dataset", keeps, "The owner and the steward of a dataset edit its record.")
rules.add_perm("datasets.submit_dataset", keeps)
rules.add_perm("datasets.revise_dataset", keeps)
rules.add_perm("datasets.approve_dataset", is_reviewer)
rules.add_perm("datasets.reject_dataset", is_reviewer)
rules.add_perm("datasets.return_to_draft_dataset", keeps | is_reviewer)
rules.add_perm("datasets.retire_dataset", keeps | is_legal | is_privacy)
