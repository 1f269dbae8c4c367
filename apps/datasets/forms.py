from __future__ import annotations

from django import forms

from apps.datasets.models import Dataset
from apps.disclosures.models import Notice
from apps.ledger.forms import LinkedForm
from apps.taxonomy.forms import TermsField
from apps.taxonomy.models import DataCategory, DataUse, SubjectType


class DatasetForm(LinkedForm[Dataset]):
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
            *("name", "description", "categories", "uses", "subject_types", "obtained"),
            *("collected_from", "collected_until", "retention_months", "retention_promise"),
            *("record_count", "subject_count", "cohort", "steward"),
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
