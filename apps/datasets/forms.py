from __future__ import annotations

from typing import Any

from django import forms

from apps.datasets.models import Dataset
from apps.ledger.models import set_links
from apps.taxonomy.models import DataCategory, DataUse, SubjectType

DATE = forms.DateInput(attrs={"type": "date"})


class DatasetForm(forms.ModelForm[Dataset]):
    """What is known about a dataset, one question after the other."""

    categories = forms.ModelMultipleChoiceField(
        DataCategory.objects.all(), required=False, label="What is in it", help_text="Hold Ctrl to choose several."
    )
    uses = forms.ModelMultipleChoiceField(
        DataUse.objects.all(),
        required=False,
        label="What it was collected for",
        help_text="The uses at collection. Hold Ctrl to choose several.",
    )
    subject_types = forms.ModelMultipleChoiceField(SubjectType.objects.all(), required=False, label="Whom it is about")

    class Meta:
        model = Dataset
        fields = [
            "name",
            "description",
            "categories",
            "subject_types",
            "uses",
            "obtained",
            "collected_from",
            "collected_until",
            "retention_months",
            "retention_promise",
            "record_count",
            "subject_count",
            "steward",
        ]
        widgets = {
            "collected_from": DATE,
            "collected_until": DATE,
            "description": forms.Textarea(attrs={"rows": 3}),
        }

    def save_by(self, user: Any) -> Dataset:
        """Save the dataset and its terms; whoever registers it owns it. The caller holds the transaction."""
        dataset = self.save(commit=False)
        if dataset.pk is None:
            dataset.owner = user
        dataset.on_behalf(user, "edit" if dataset.pk else "register").save()
        set_links(dataset.category_links, "category", self.cleaned_data["categories"], by=user)
        set_links(dataset.use_links, "use", self.cleaned_data["uses"], by=user)
        set_links(dataset.subject_type_links, "subject_type", self.cleaned_data["subject_types"], by=user)
        return dataset
