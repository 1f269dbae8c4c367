from apps.datasets.forms import DatasetForm
from apps.datasets.models import Dataset
from apps.records.kind import WORST, Column, Door, Kind, Look, exported
from apps.records.registry import register

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
register(DATASETS)
