"""A sharing beside the notices that spoke for its datasets: at their collection, and at the sharing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models

from apps.agreements.models import Agreement, Transfer
from apps.agreements.recipients import class_of_transfer, class_under
from apps.core import clock
from apps.core.reading import of_each
from apps.datasets.disclosed import Disclosed, at_collection, on_day, versions_of
from apps.datasets.models import Dataset
from apps.disclosures.matching import MatchedPart, MatchOutcome, Sharing, match
from apps.disclosures.models import NoticeVersion, OptOutOffer
from apps.taxonomy.models import DataCategory, DataUse

# By version and class of recipients: the last day of the first offer that was finished.
Offers = dict[tuple[int, str], date]


@dataclass(frozen=True)
class ComparisonFacts:
    """What a batch of sharings is compared with."""

    disclosed: Disclosed
    offers: Offers
    separately: frozenset[str]


def know(datasets: Sequence[Dataset]) -> ComparisonFacts:
    told = versions_of(datasets)
    versions = {version.pk for those in told.values() for version in those}
    offers: Offers = {}
    for offer in (offer for those in OptOutOffer.objects.finished_under(versions).values() for offer in those):
        assert offer.offered_until is not None  # a finished one has its end
        key = offer.version_id, offer.recipient_class
        offers[key] = min(offer.offered_until, offers.get(key, date.max))
    return ComparisonFacts(told, offers, DataUse.objects.asked_separately())


@dataclass(frozen=True)
class Compared:
    """What one version says about the sharing of one dataset."""

    version: NoticeVersion
    answers: list[MatchedPart]

    def of(self, outcome: MatchOutcome) -> list[MatchedPart]:
        """Its answers with this outcome. The choice to opt out is asked by a rule of its own."""
        return [answer for answer in self.answers if answer.outcome == outcome and answer.topic != "opt_out"]

    @property
    def broken_offer(self) -> MatchedPart | None:
        """The promise of a choice to opt out of which no finished offer is recorded."""
        return next((a for a in self.answers if a.topic == "opt_out" and a.outcome == MatchOutcome.CONTRADICTED), None)


@dataclass(frozen=True)
class Compare:
    """One dataset of a sharing, with what each version says that counts."""

    dataset: Dataset
    versions: list[NoticeVersion]
    collection: list[Compared]
    sharing: list[Compared]
    day: date

    @property
    def each_once(self) -> list[Compared]:
        """Those at collection and at sharing, without saying twice what one version says."""
        return list({compared.version.pk: compared for compared in (*self.sharing, *self.collection)}.values())


@dataclass(frozen=True)
class Moving:
    """What moves, or would, as far as notices speak of it."""

    recipient: str
    uses: tuple[DataUse, ...]
    categories: tuple[DataCategory, ...]
    day: date

    def under(self, version: NoticeVersion, offers: Offers) -> Sharing:
        last = offers.get((version.pk, self.recipient))
        return Sharing(self.recipient, self.uses, self.categories, last is not None and last < self.day)

    def compare(self, dataset: Dataset, known: ComparisonFacts) -> Compare:
        versions = known.disclosed[dataset.pk]
        said = {v.pk: self.beside(v, known) for v in versions}
        return Compare(
            dataset,
            versions,
            [said[version.pk] for version in at_collection(dataset, versions)],
            [said[version.pk] for version in on_day(self.day, versions)],
            self.day,
        )

    def beside(self, version: NoticeVersion, known: ComparisonFacts) -> Compared:
        return Compared(version, match(self.under(version, known.offers), version.claims.all(), known.separately))


def moving_under(agreement: Agreement, dataset: Dataset, day: date | None = None) -> Moving:
    """What an agreement lets go out of one of its datasets, on that day or today."""
    held = list(dataset.categories.all())
    shared = [c for c in agreement.categories.all() if any(c.is_within(h.key) or h.is_within(c.key) for h in held)]
    return Moving(class_under(agreement), _own_uses(agreement.uses.all()), tuple(shared), day or clock.today())


def moving_in(transfer: Transfer, day: date | None = None) -> Moving:
    """What a transfer is known to have moved. For what it was used nobody knows, unless an agreement covers it."""
    covering = transfer.cover.agreement
    uses = _own_uses(covering.uses.all()) if covering else ()
    held = tuple(transfer.dataset.categories.all()) if transfer.dataset else ()
    return Moving(class_of_transfer(transfer), uses, held, day or transfer.transferred_on)


def _own_uses(uses: Iterable[DataUse]) -> tuple[DataUse, ...]:
    """Without sharing itself, which the class of the recipient stands for."""
    return tuple(use for use in uses if not use.is_within("third_party_sharing"))


@of_each
def compare_agreements(agreements: list[Agreement]) -> dict[int, list[Compare]]:
    """By the key of the agreement: one for each of its datasets."""
    models.prefetch_related_objects(agreements, "counterparty", "datasets__categories", "categories", "uses")
    datasets = {dataset.pk: dataset for agreement in agreements for dataset in agreement.datasets.all()}
    known = know(list(datasets.values()))
    return {
        agreement.pk: [moving_under(agreement, dataset).compare(dataset, known) for dataset in agreement.datasets.all()]
        for agreement in agreements
    }


@of_each
def compare_transfers(transfers: list[Transfer]) -> dict[int, list[Compare]]:
    """By the key of the transfer: one for its dataset, and none where it is not known what moved to whom."""
    models.prefetch_related_objects(transfers, "dataset", "recipient")
    by_dataset: dict[int, Dataset] = {}
    for transfer in transfers:
        if transfer.dataset:
            transfer.dataset = by_dataset.setdefault(transfer.dataset.pk, transfer.dataset)
    models.prefetch_related_objects(list(by_dataset.values()), "categories")
    models.prefetch_related_objects([t.cover.agreement for t in transfers if t.cover.agreement], "uses")
    known = know(list(by_dataset.values()))
    return {
        transfer.pk: [moving_in(transfer).compare(transfer.dataset, known)]
        if transfer.dataset and transfer.recipient
        else []
        for transfer in transfers
    }


def by_answer(compared: Iterable[Compared]) -> dict[tuple[str, str], list[tuple[NoticeVersion, MatchedPart]]]:
    """What all these versions say, part by part of the sharing."""
    found: dict[tuple[str, str], list[tuple[NoticeVersion, MatchedPart]]] = defaultdict(list)
    for one in compared:
        for answer in one.answers:
            found[answer.topic, answer.key].append((one.version, answer))
    return found
