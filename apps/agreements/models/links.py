"""What an agreement covers: the rows behind its lists of datasets, categories and uses."""

from __future__ import annotations

from django.db import models

from apps.agreements.models.agreement import Agreement
from apps.core.access import Access
from apps.datasets.models import Dataset
from apps.ledger.models import RecordedManager, RecordedModel
from apps.taxonomy.models import DataCategory, DataUse


class AgreementDataset(RecordedModel):
    """That an agreement covers a dataset."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="dataset_links")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="agreement_links")

    objects = RecordedManager["AgreementDataset"]()
    portal_may = Access.REMOVE  # see set_links

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "dataset"], name="agreement_dataset_once")]

    def __str__(self) -> str:
        return str(self.dataset)


class AgreementCategory(RecordedModel):
    """That an agreement covers a category of data."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="category_links")
    category = models.ForeignKey(DataCategory, on_delete=models.PROTECT, related_name="+")

    objects = RecordedManager["AgreementCategory"]()
    portal_may = Access.REMOVE  # see set_links

    class Meta:
        verbose_name_plural = "agreement categories"
        constraints = [models.UniqueConstraint(fields=["agreement", "category"], name="agreement_category_once")]

    def __str__(self) -> str:
        return str(self.category)


class AgreementUse(RecordedModel):
    """A use that an agreement permits."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="use_links")
    use = models.ForeignKey(DataUse, on_delete=models.PROTECT, related_name="+")

    objects = RecordedManager["AgreementUse"]()
    portal_may = Access.REMOVE  # see set_links

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "use"], name="agreement_use_once")]

    def __str__(self) -> str:
        return str(self.use)
