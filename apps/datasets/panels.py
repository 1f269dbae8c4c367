"""Which notices spoke for a dataset, and which datasets a notice speaks for."""

from __future__ import annotations

from apps.accounts.models import User
from apps.core.panels import Panel, panel
from apps.datasets.models import Dataset
from apps.datasets.told import at_collection, promises_in, recorded_otherwise, untold_words, versions_of
from apps.disclosures.models import Notice


@panel(Dataset)
def told(dataset: Dataset, user: User) -> Panel:
    versions = versions_of([dataset])[dataset.pk]
    read = at_collection(dataset, versions)
    promises = promises_in(read)
    context = {
        "notices": dataset.notices.select_related("owner"),
        "versions": read,
        "promises": promises,
        "recorded_otherwise": recorded_otherwise(dataset, promises),
        "untold": untold_words(dataset, versions),
    }
    return Panel("What people were told", "datasets/told_panel.html", context)


@panel(Notice)
def spoken_for(notice: Notice, user: User) -> Panel:
    datasets = Dataset.objects.visible_to(user).filter(notices=notice)
    return Panel("Datasets that it speaks for", "datasets/spoken_for_panel.html", {"datasets": datasets})
