"""What people were told while a dataset was collected: the versions of its notices, and the days without any."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from apps.core import clock
from apps.core.reading import of_each
from apps.datasets.models import Dataset, DatasetNotice
from apps.disclosures.matching import gaps
from apps.disclosures.models import Claim, NoticeVersion

# By the key of a dataset: the versions of its notices that people have read.
Disclosed = dict[int, list[NoticeVersion]]


@of_each
def versions_of(datasets: list[Dataset]) -> Disclosed:
    """With periods and claims. As many queries for a thousand datasets as for one."""
    links = DatasetNotice.objects.filter(dataset__in=datasets).order_by("pk").values_list("dataset", "notice")
    notices: dict[int, list[int]] = defaultdict(list)
    for dataset, notice in links:
        notices[dataset].append(notice)
    found = NoticeVersion.objects.spoken().filter(notice__in={n for those in notices.values() for n in those})
    versions = list(found.with_periods().with_claims().order_by("effective_from", "pk")) if notices else []
    return {d.pk: [version for version in versions if version.notice_id in notices[d.pk]] for d in datasets}


def collection_of(dataset: Dataset) -> tuple[date, date] | None:
    """The first and the last day of its collection, as far as the first is known."""
    if dataset.collected_from is None:
        return None
    return dataset.collected_from, dataset.collected_until or clock.today()


def at_collection(dataset: Dataset, versions: list[NoticeVersion]) -> list[NoticeVersion]:
    """Those in force on any day of the collection; all of them where it is not known when it began."""
    period = collection_of(dataset) or (date.min, dataset.collected_until or clock.today())
    return [version for version in versions if version.was_in_force(*period)]


def on_day(day: date, versions: list[NoticeVersion]) -> list[NoticeVersion]:
    return [version for version in versions if version.was_in_force(day, day)]


def undisclosed_days(dataset: Dataset, versions: list[NoticeVersion]) -> str:
    """The days of its collection on which no version is known, in words; empty when there are none."""
    period = collection_of(dataset)
    found = gaps(versions, *period) if period else []
    return " and ".join(f"from {start:%-d %b %Y} until {end:%-d %b %Y}" for start, end in found)


def promises_in(versions: Sequence[NoticeVersion]) -> list[Claim]:
    """What these versions say about how long data is kept."""
    return [claim for version in versions for claim in version.claims.all() if claim.kind == Claim.Kind.RETENTION]


def recorded_otherwise(dataset: Dataset, promises: Sequence[Claim]) -> str:
    """What the dataset records about that, in words; empty where it is what people read, or nothing was said."""
    if not promises or {claim.months for claim in promises} == {dataset.retention_months}:
        return ""
    if dataset.retention_months is None:
        return "The dataset does not record how long it is kept."
    return f"The dataset records {dataset.retention_months} months."
