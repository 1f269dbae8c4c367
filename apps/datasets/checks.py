"""What is asked of every dataset."""

from collections.abc import Iterator

from apps.datasets.models import Dataset
from apps.findings.models import Result, Source, check
from apps.taxonomy.models import met_among


@check("HOUSE-3", Dataset)
def sensitive_combination(dataset: Dataset) -> Iterator[Result]:
    for combination, met in met_among(dataset.prepared["combinations"], dataset.categories.all()):
        yield Result(
            fact=f"These categories together are especially sensitive: {', '.join(c.name for c in met)}.",
            fingerprint=combination.name,
            detail=f"{combination.sentence} No assessment is recorded.",
            clears="Legal and privacy together, for a time and with a reason.",
            sources=(Source(f"Dataset {dataset}", dataset.get_absolute_url()),),
        )


@check("HOUSE-7", Dataset)
def open_questions(dataset: Dataset) -> Iterator[Result]:
    questions = dataset.open_questions()
    if questions:
        yield Result(
            fact=f"It is not recorded {', '.join(questions)}.",
            fingerprint="open questions",
            clears="The owner of the dataset, by recording the answers.",
            sources=(Source(f"Dataset {dataset}", dataset.get_absolute_url()),),
        )
