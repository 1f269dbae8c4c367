"""The sweep over agreements of every kind: first when much is new, then when nothing has changed."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from simple_history.utils import bulk_create_with_history

from apps.accounts.models import Role
from apps.agreements.models import Agreement, AgreementCategory, AgreementDataset, AgreementUse
from apps.core import clock
from apps.datasets.models import Dataset, DatasetCategory, DatasetUse
from apps.findings.models import reconcile, reconcile_all
from apps.findings.sweep import BATCH, batches
from apps.ledger.state import begin_loading, end_loading
from apps.portal.bench.figures import Figure, milliseconds
from apps.portal.bench.records import Records, refresh_statistics
from apps.taxonomy.models import DataCategory, DataUse
from apps.vendors.models import Interest, Organisation, Person, Position
from apps.workflow.models import Decision, Review

NAME = "Sweep of 1,000 agreements"
GOAL, MEMORY_GOAL = 0.5, 1.1
SAMPLE = 200  # agreements reconciled one by one, as the baseline
Status = Agreement.Status
STATUSES = (Status.ACTIVE, Status.ACTIVE, Status.ACTIVE, Status.IN_REVIEW, Status.SUSPENDED, Status.DRAFT)


class Sweep:
    """Agreements with vendors, datasets, reviews and interests; a sample is asked one by one, for comparison."""

    def __init__(self, records: Records, count: int) -> None:
        self.records, self.count = records, count

    @cached_property
    def keys(self) -> list[int]:
        return _agreements(self.records, self.count)

    @property
    def sample(self) -> list[int]:
        return self.keys[: min(SAMPLE, self.count // 4)]

    @cached_property
    def groups(self) -> list[list[int]]:
        """Whole batches only, each with an agreement in every status, so that they can be compared."""
        swept = self.keys[len(self.sample) :]
        size = min(BATCH, max(len(STATUSES), len(swept) // 4))
        return [swept[first : first + size] for first in range(0, len(swept) - size + 1, size)]

    def first(self) -> Figure:
        return self._figure(f"{NAME}, much is new", may_write=True)

    def again(self) -> Figure:
        return self._figure(f"{NAME}, nothing changed", may_write=False)

    def _figure(self, name: str, *, may_write: bool) -> Figure:
        sample = Agreement.objects.filter(pk__in=self.sample)
        baseline = milliseconds(lambda: [reconcile(agreement) for agreement in sample])
        queries: list[int] = []
        counted: Counter[str] = Counter()

        def sweep() -> None:
            for group in self.groups:
                with counting(queries.append):
                    counted.update(reconcile_all(Agreement, group))

        value = milliseconds(sweep)
        broken: tuple[str, ...] = ()
        if not may_write and (len(set(queries)) > 1 or counted["new"]):
            broken = (f"{name}: {min(queries)} to {max(queries)} queries a batch, {counted['new']} findings new.",)
        extra = {"queries": max(queries), "batches": len(self.groups), **counted}
        per_thousand = value * 1000 / counted["records"], baseline * 1000 / len(self.sample)
        return Figure(name, *per_thousand, GOAL, extra=extra, broken=broken)

    def memory(self) -> Figure:
        """The peak of the last batch beside that of the second one: memory does not grow with what was swept.

        What earlier batches have let go of is collected first. Records that know each other wait for that, and how
        many of them wait at this moment says nothing about whether any are kept.
        """
        peaks: list[float] = []
        tracemalloc.start()
        for group in self.groups:
            gc.collect()
            tracemalloc.reset_peak()
            reconcile_all(Agreement, group)
            peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
        return Figure("Sweep: memory of the last batch", peaks[-1], peaks[1], MEMORY_GOAL, "MB")


@contextmanager
def counting(tell: Callable[[int], Any]) -> Iterator[None]:
    """Count the queries inside, without keeping them."""
    counted = 0

    def count(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal counted
        counted += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield
    tell(counted)


def _agreements(records: Records, count: int) -> list[int]:
    """The keys of so many new agreements, with vendors, of which some lead to a founder, and datasets."""
    known = Agreement.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with transaction.atomic():
        vendors, datasets = _vendors(records, max(4, count // 30)), _datasets(records, max(3, count // 100))
    for first in range(0, count, 1000):
        with transaction.atomic():
            _add(records, range(first, min(first + 1000, count)), vendors, datasets)
    refresh_statistics()
    return [key for batch in batches(Agreement, 5000) for key in batch if key > known]


def _vendors(records: Records, count: int) -> list[Organisation]:
    """Every twentieth vendor is held by a fund, a third of which is held by somebody of ours."""
    founder, fund = Person(name="Founder", user=records.engineer), Organisation(name="Fund", kind="fund")
    founder.save()
    fund.save()
    Position(person=founder, organisation=records.ours, role="founder").save()
    vendors = [records.vendor(number, f"Recipient {number:05}") for number in range(count)]
    for number, vendor in enumerate(vendors):
        vendor.approved_until = clock.today() + timedelta(days=number % 400 + 1)
    made = bulk_create_with_history(vendors, Organisation)
    Interest(organisation=fund, holder_person=founder, share_exact=Decimal(30), source="Register").save()
    held = [
        Interest(organisation=v, holder_organisation=fund, share_exact=Decimal(12), source="Register")
        for v in made[::20]
    ]
    bulk_create_with_history(held, Interest)
    return list(made)


def _datasets(records: Records, count: int) -> list[Dataset]:
    uses, categories = list(DataUse.objects.all()[:10]), list(DataCategory.objects.all()[:40])
    made = bulk_create_with_history(
        [Dataset(name=f"Set {number:04}", owner=records.engineer) for number in range(count)], Dataset
    )
    bulk_create_with_history([DatasetUse(dataset=d, use=uses[d.pk % 10]) for d in made], DatasetUse)
    links = [DatasetCategory(dataset=d, category=categories[d.pk % 40]) for d in made]
    bulk_create_with_history(links, DatasetCategory)
    return list(made)


def _add(records: Records, numbers: range, vendors: list[Organisation], datasets: list[Dataset]) -> None:
    made = []
    for number in numbers:
        agreement = records.agreement(number, vendors[number % len(vendors)])
        agreement.status = STATUSES[number % len(STATUSES)]
        agreement.ends_on = clock.today() + timedelta(days=number % 700 + 1) if number % 50 else None
        made.append(agreement)
    made = bulk_create_with_history(made, Agreement)
    uses, categories = list(DataUse.objects.all()[:12]), list(DataCategory.objects.all()[:40])
    pairs = [(a, datasets[(a.pk + shift) % len(datasets)]) for a in made for shift in (0, 1)]
    bulk_create_with_history([AgreementDataset(agreement=a, dataset=d) for a, d in pairs], AgreementDataset)
    links = [AgreementCategory(agreement=a, category=categories[(a.pk + n) % 40]) for a in made for n in range(3)]
    bulk_create_with_history(links, AgreementCategory)
    bulk_create_with_history([AgreementUse(agreement=a, use=uses[a.pk % 12]) for a in made], AgreementUse)
    bulk_create_with_history([_review(records, a) for a in made if a.status == Status.IN_REVIEW], Review)
    decisions = [_approval(records, a) for a in made if a.status in Agreement.IN_FORCE and a.pk % 2]
    begin_loading("approvals of the benchmark")
    Decision.objects.bulk_create(decisions)
    end_loading("approvals of the benchmark")


def _review(records: Records, agreement: Agreement) -> Review:
    return Review(
        subject=agreement,
        number=1,
        requester=records.engineer,
        required_roles=[Role.LEGAL, Role.PRIVACY],
        content=[],
        digest="",
        due_on=clock.today() + timedelta(days=agreement.pk % 20 - 5),
    )


def _approval(records: Records, agreement: Agreement) -> Decision:
    return Decision(
        subject=agreement,
        transition="approve",
        from_status=Status.IN_REVIEW,
        to_status=Status.APPROVED,
        by=records.lawyer,
        by_name=str(records.lawyer),
        at=clock.now() - timedelta(days=agreement.pk % 600),
    )
