"""The versions of a dataset, which notices spoke for it, and which datasets a notice speaks for."""

from __future__ import annotations

from apps.accounts.models import User
from apps.core.panels import Panel, panel
from apps.datasets.disclosed import at_collection, promises_in, recorded_otherwise, undisclosed_days, versions_of
from apps.datasets.models import Dataset
from apps.disclosures.models import Notice


def may_register_version(user: User, dataset: Dataset) -> bool:
    return dataset.takes_versions and user.has_perm("datasets.add_datasetversion", dataset)


@panel(Dataset)
def versions(dataset: Dataset, user: User) -> Panel:
    """The newest first."""
    context = {
        "dataset": dataset,
        "versions": dataset.versions.visible_to(user).order_by("-number"),
        "may_register": may_register_version(user, dataset),
    }
    return Panel("Versions", "datasets/versions_panel.html", context)


@panel(Dataset)
def disclosed_at_collection(dataset: Dataset, user: User) -> Panel:
    versions = versions_of([dataset])[dataset.pk]
    read = at_collection(dataset, versions)
    promises = promises_in(read)
    context = {
        "notices": dataset.notices.select_related("owner"),
        "versions": read,
        "promises": promises,
        "recorded_otherwise": recorded_otherwise(dataset, promises),
        "undisclosed": undisclosed_days(dataset, versions),
    }
    return Panel("What people were told", "datasets/disclosed_panel.html", context)


@panel(Notice)
def spoken_for(notice: Notice, user: User) -> Panel:
    datasets = Dataset.objects.visible_to(user).filter(notices=notice)
    return Panel("Datasets that it speaks for", "datasets/spoken_for_panel.html", {"datasets": datasets})
