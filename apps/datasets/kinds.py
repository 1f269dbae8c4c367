from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.datasets.forms import DatasetForm, DatasetVersionForm
from apps.datasets.models import Dataset, DatasetVersion, same_files
from apps.datasets.panels import may_register_version
from apps.datasets.tables import VersionTable
from apps.records.kind import WORST, Column, Door, Kind, Look, exported
from apps.records.registry import register
from apps.workflow.models.review import differences


def _beside(version: DatasetVersion, user: User) -> dict[str, Any]:
    """What the page of a version says beside its own fields."""
    before = version.previous
    if before:
        before.dataset = version.dataset  # one instance, so that its name is read once
    changes = differences(before.review_content(), version.review_content()) if before else []
    return {
        "version": version,
        "parents": version.named_parent_links(),
        "children": version.child_links.select_related("version__dataset"),
        "same_files": same_files.of(version),
        "before": before,
        "changes": [change for change in changes if change.label != "Version"],
        "may_register": may_register_version(user, version.dataset),
    }


DATASETS = Kind[Dataset](
    model=Dataset,
    path="datasets",
    label="Datasets",
    purpose="Bodies of data about people: where they come from, what they were collected for, how long they stay.",
    empty="No dataset is registered yet. Engineers register them.",
    columns=(
        *("name", "status", "owner", Column("subject_count", "People"), Column("retention_months", "Kept (months)")),
        WORST,
        *exported("description", "steward", "obtained", "collected_from", "collected_until", "record_count"),
        *exported(("categories", "Contains"), ("uses", "Collected for"), ("subject_types", "About whom"), "notices"),
    ),
    filters=("status", "categories", "obtained", "owner", "steward"),
    searched=("name", "description"),
    line=lambda dataset: f"Kept by {dataset.owner}",
    related=("owner",),
    form=DatasetForm,
    create=Door(
        "Register a dataset",
        lead="What you do not know yet can stay open; it becomes a finding with a date.",
        next_steps="You own the dataset. Submit it when it is complete; legal and privacy then decide.",
    ),
    edit=Door(),
    template="datasets/detail.html",
    steps={"submit": Look.EXPECTED, "retire": Look.DANGEROUS},
    tones={"in_review": "azure", "approved": "green", "rejected": "red"},
    home=True,
)
VERSIONS = Kind[DatasetVersion](
    model=DatasetVersion,
    path="dataset-versions",
    label="Dataset versions",
    purpose="Fixed bodies of files: what exactly was approved, released or stopped. A version never changes once it is "
    "approved.",
    empty="No version is registered yet. Open a dataset and register its first version there.",
    columns=("number", "dataset", "status", "record_count", "subject_count", WORST),
    filters=("status", "dataset"),
    searched=("dataset__name", "description", "digest"),
    line=lambda version: f"Version {version.number} of a dataset of {version.dataset.owner}",
    related=("dataset__owner",),
    form=DatasetVersionForm,
    edit=Door(),
    template="datasets/version.html",
    context=_beside,
    steps={
        "submit": Look.EXPECTED,
        "release": Look.EXPECTED,
        "quarantine": Look.DANGEROUS,
        "retire": Look.DANGEROUS,
    },
    tones={
        "in_review": "azure",
        "approved": "azure",
        "rejected": "red",
        "released": "green",
        "quarantined": "red",
    },
    home=True,
    table=VersionTable,
)
for kind in (DATASETS, VERSIONS):
    register(kind)
