"""Who may do what with a dataset and its versions."""

import rules

from apps.accounts.models import User
from apps.accounts.rules import is_auditor, is_engineer, is_legal, is_privacy, is_reviewer, takes_part
from apps.core.permissions import allow
from apps.datasets.models import Dataset, DatasetVersion
from apps.workflow.models.four_eyes import is_second_approver


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


# Asked without a record, these say whether somebody may at all; what is written asks again with the record.


@rules.predicate
def keeps_dataset(user: User, dataset: Dataset | None) -> bool:
    return dataset is None or bool(is_owner(user, dataset))


@rules.predicate
def keeps_version(user: User, version: DatasetVersion | None) -> bool:
    return version is not None and bool(is_owner(user, version.dataset))


@rules.predicate
def is_second(user: User, version: DatasetVersion | None) -> bool:
    """Whether this is somebody of legal or privacy other than who put the version in quarantine."""
    return version is not None and is_second_approver(user, first=version.quarantined_by, taken=())


keeps_its_dataset = keeps_version & ~is_auditor

allow(
    "datasets.add_datasetversion",
    (keeps_dataset | is_engineer) & takes_part,
    "Engineers, the owner and the steward of a dataset register its versions.",
)
allow(
    "datasets.change_datasetversion",
    keeps_its_dataset,
    "The owner and the steward of a dataset edit its versions.",
)
rules.add_perm("datasets.submit_datasetversion", keeps_its_dataset)
rules.add_perm("datasets.revise_datasetversion", keeps_its_dataset)
rules.add_perm("datasets.approve_datasetversion", is_reviewer)
rules.add_perm("datasets.reject_datasetversion", is_reviewer)
rules.add_perm("datasets.return_to_draft_datasetversion", keeps_its_dataset | is_reviewer)
rules.add_perm("datasets.release_datasetversion", keeps_its_dataset)
rules.add_perm("datasets.quarantine_datasetversion", keeps_its_dataset | is_legal | is_privacy)
rules.add_perm("datasets.lift_quarantine_datasetversion", is_second & ~is_auditor)
rules.add_perm("datasets.retire_datasetversion", keeps_its_dataset | is_legal | is_privacy)
