from __future__ import annotations

from typing import Any

from django import forms

from apps.core.forms import RecordForm
from apps.datasets.models import Dataset
from apps.disclosures.models import Notice
from apps.ledger.models import set_links
from apps.taxonomy.forms import TermsField
from apps.taxonomy.models import DataCategory, DataUse, SubjectType


class DatasetForm(RecordForm[Dataset]):
    """What is known about a dataset, one question after the other."""

    categories = TermsField(DataCategory, label="What is in it")
    uses = TermsField(DataUse, label="What it was collected for", help_text="The uses at collection.")
    subject_types = TermsField(SubjectType, label="Whom it is about")
    notices = forms.ModelMultipleChoiceField(
        Notice.objects.all(),
        label="Which notices told people",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Those whose versions people read while this data was collected.",
    )

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
            "cohort",
            "steward",
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def save_by(self, user: Any) -> Dataset:
        """Save the dataset and its terms; whoever registers it owns it. The caller holds the transaction."""
        dataset = self.save(commit=False)
        if dataset.pk is None:
            dataset.owner = user
        reason = "Edit" if dataset.pk else "Register"
        dataset.on_behalf(user, reason).save()
        set_links(dataset.category_links, "category", self.cleaned_data["categories"], by=user, reason=reason)
        set_links(dataset.use_links, "use", self.cleaned_data["uses"], by=user, reason=reason)
        set_links(
            dataset.subject_type_links, "subject_type", self.cleaned_data["subject_types"], by=user, reason=reason
        )
        set_links(dataset.notice_links, "notice", self.cleaned_data["notices"], by=user, reason=reason)
        return dataset
