"""What is asked of every dataset and of its versions."""

from collections.abc import Iterator

from apps.core import clock
from apps.datasets.disclosed import undisclosed_days, versions_of
from apps.datasets.models import Dataset, DatasetVersion, same_files
from apps.findings.models import Result, Source, check
from apps.taxonomy.models import combinations_for, met_among

PROMISE_NEAR = (30, 90)  # days


@check("HOUSE-3", Dataset)
def sensitive_combination(dataset: Dataset) -> Iterator[Result]:
    if not dataset.categories.all():
        yield Result.not_asked("no categories are recorded")
    for combination, met in met_among(combinations_for.of(dataset), dataset.categories.all()):
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


@check("HOUSE-15", Dataset)
def promised_retention(dataset: Dataset) -> Iterator[Result]:
    """States only what is known: when collection ended, and what people were told."""
    if missing := _why_no_promise(dataset):
        yield Result.not_asked(missing)
        return
    assert dataset.collected_until is not None
    assert dataset.retention_months is not None
    over = clock.months_after(dataset.collected_until, dataset.retention_months)
    within, ended = clock.within(over, *PROMISE_NEAR), f"{dataset.collected_until:%-d %b %Y}"
    if over >= clock.today() and not within:
        return
    months = f"{dataset.retention_months} months"
    end = f"they are over on {over:%-d %b %Y}, {within}" if within else f"they were over on {over:%-d %b %Y}"
    yield Result(
        fact=f"People were told that “{dataset}” is kept {months}. Collection ended on {ended}: where the "
        f"{months} began by then, {end}.",
        fingerprint="promised retention",
        detail=f"The promise: {dataset.retention_promise}" if dataset.retention_promise else "",
        clears="The owner of the dataset, by deleting what is kept too long and retiring the dataset.",
        sources=(Source(f"Dataset {dataset}", dataset.get_absolute_url()),),
    )


def _why_no_promise(dataset: Dataset) -> str:
    if dataset.status == Dataset.Status.RETIRED:
        return "it is retired"
    if not dataset.collected_until:
        return "no end of its collection is recorded"
    return "" if dataset.retention_months else "it is not recorded how long people were told it is kept"


@check("FTC-COLLECT-GAP", Dataset, prepare=versions_of.know)
def no_version_known(dataset: Dataset) -> Iterator[Result]:
    """Days of the collection of which nobody knows what people were told."""
    if dataset.collected_from is None:
        yield Result.not_asked("it is not recorded since when it has been collected")
    if words := undisclosed_days(dataset, versions_of.of(dataset)):
        yield Result(
            fact=f"“{dataset}” was collected {words} while no version of a notice is known.",
            fingerprint="no version known",
            detail="What people were told on these days is not on record.",
            clears="Legal and privacy, by recording the notices of that time.",
            sources=(Source(f"Dataset {dataset}", dataset.get_absolute_url()),),
        )


@check("HOUSE-8", DatasetVersion, prepare=same_files.know)
def same_files_under_another_name(version: DatasetVersion) -> Iterator[Result]:
    """What was retired is out of use, and no longer missed."""
    retired = DatasetVersion.Status.RETIRED
    if version.status == retired or not version.digest:
        yield Result.not_asked("it is retired" if version.digest else "the SHA-256 of its manifest is not recorded")
        return
    for other in (one for one in same_files.of(version) if one.status != retired):
        yield Result(
            fact=f"The files of this version are also registered as “{other}”.",
            fingerprint=f"same files {other.pk}",
            detail=f"Both manifests have the SHA-256 {version.digest}.",
            clears="The owner of either dataset, by retiring the version that should not be on record; legal and "
            "privacy, where both are meant.",
            sources=(Source(str(other), other.get_absolute_url()),),
        )
