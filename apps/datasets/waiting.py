"""What waits for somebody about versions of datasets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.accounts.models import User
from apps.core.waiting import Task, Waiting, waits_for
from apps.datasets.models import Dataset, DatasetVersion
from apps.workflow.models.four_eyes import APPROVER_ROLES


@waits_for
def versions_to_release(user: User) -> Iterator[Waiting]:
    """Approved versions of approved datasets, for those who keep the dataset."""
    approved = DatasetVersion.objects.kept_by(user).filter(status=DatasetVersion.Status.APPROVED)
    yield Waiting(_release, approved.filter(dataset__status=Dataset.Status.APPROVED), names=("dataset",))


def _release(user: User, versions: Sequence[DatasetVersion]) -> Iterator[Task]:
    for version in versions:
        yield Task.of(version, "Release", "{} is approved and waits to be released")


@waits_for
def quarantines_to_look_at(user: User) -> Iterator[Waiting]:
    """Versions in quarantine, for legal and privacy other than who put them there."""
    if user.has_role(*APPROVER_ROLES):
        stopped = DatasetVersion.objects.filter(status=DatasetVersion.Status.QUARANTINED).exclude(quarantined_by=user)
        yield Waiting(_look_at, stopped, names=("dataset", "quarantined_by"))


def _look_at(user: User, versions: Sequence[DatasetVersion]) -> Iterator[Task]:
    for version in versions:
        by = str(version.quarantined_by or "the portal")
        yield Task.of(version, "Decide about the quarantine", "{} is in quarantine", by=by)
