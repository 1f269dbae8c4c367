from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.core.forms import RecordForm
from apps.core.permissions import require
from apps.datasets.models import Dataset, DatasetVersion, DatasetVersionParent
from apps.datasets.models.version import is_sha256
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


class DatasetVersionForm(RecordForm[DatasetVersion]):
    """What is known about one version of a dataset, and what it was made from."""

    digest = forms.CharField(
        label="SHA-256 of its manifest",
        required=False,
        max_length=200,
        help_text="The digital fingerprint of the list of its files with their fingerprints. It can stay open until "
        "the version is submitted. Blanks and capital letters do not matter.",
    )
    parents = forms.ModelMultipleChoiceField(
        DatasetVersion.objects.all(),
        label="Made from which versions",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="Of this or of any other dataset. Leave it open for what was collected, not made from other data.",
    )
    derived_by = forms.ChoiceField(
        choices=[("", "Choose one"), *DatasetVersionParent.Kind.choices],
        label="How it was made from them",
        required=False,
    )

    class Meta:
        model = DatasetVersion
        fields = ["description", "digest", "record_count", "subject_count", "cohort", "parents"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    field_order = ("description", "digest", "record_count", "subject_count", "cohort", "parents", "derived_by")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parents: Any = self.fields["parents"]
        parents.queryset = DatasetVersion.objects.visible_to(self.user).select_related("dataset")
        if self.instance.pk:
            self.initial.setdefault("derived_by", self.instance.derived_by)

    def clean_digest(self) -> str:
        digest = re.sub(r"\s", "", self.cleaned_data["digest"]).lower()
        if digest:
            is_sha256(digest)
        return digest

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        parents, kind = cleaned.get("parents"), cleaned.get("derived_by")
        if parents and not kind:
            self.add_error("derived_by", "Choose how this version was made from the others.")
        if kind and parents is not None and not parents:
            self.add_error("parents", "Choose the versions that it was made from.")
        if parents and self.instance.pk:
            try:
                self.instance.require_no_loop(parents)
            except ValidationError as loop:
                self.add_error(None, loop)
        return cleaned

    def save_by(self, user: Any) -> DatasetVersion:
        reason = "Edit" if self.instance.pk else "Create"
        if self.instance.pk is None:
            require(user, "datasets.add_datasetversion", self.instance.dataset)
            self.instance.take_number()
        version = super().save_by(user)
        version.set_parents(self.cleaned_data["parents"], self.cleaned_data["derived_by"], by=user, reason=reason)
        return version
