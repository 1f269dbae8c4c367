from __future__ import annotations

from typing import Any

from django import forms

from apps.agreements.models import Agreement
from apps.core.forms import DayInput, RecordForm
from apps.datasets.models import Dataset
from apps.ledger.models import set_links
from apps.taxonomy.forms import TermsField
from apps.taxonomy.models import DataCategory, DataUse
from apps.vendors.models import Organisation
from apps.workflow.forms import TransitionForm, form_for


@form_for(Agreement, "sign")
class SignForm(TransitionForm):
    signed_on = forms.DateField(label="Signed on", widget=DayInput())
    signatories = forms.CharField(label="Who signed for both sides", max_length=300)
    document = forms.FileField(
        label="The signed document",
        required=False,
        help_text="The portal keeps the file and its digital fingerprint (SHA-256), so that a later change would show.",
    )
    document_sha256 = forms.RegexField(
        r"^[0-9a-fA-F]{64}$",
        label="Or the SHA-256 of a document that is kept elsewhere",
        required=False,
        error_messages={"invalid": "A SHA-256 has 64 characters 0 to 9 and a to f."},
    )
    field_order = ("signed_on", "signatories", "document", "document_sha256", "note")


class AgreementForm(RecordForm[Agreement]):
    """A request to share data, one question after the other."""

    class Meta:
        model = Agreement
        fields = [
            "title",
            "counterparty",
            "our_entity",
            "type",
            "purpose",
            "datasets",
            "categories",
            "uses",
            "sponsor",
            "business_owner",
            "consideration",
            "may_train",
            "may_derive",
            "onward_transfer",
            "starts_on",
            "ends_on",
            "delete_within_days",
        ]
        widgets = {"purpose": forms.Textarea(attrs={"rows": 4})}

    datasets = forms.ModelMultipleChoiceField(
        Dataset.objects.none(), required=False, label="Which datasets", widget=forms.CheckboxSelectMultiple
    )
    categories = TermsField(
        DataCategory, label="Which categories of data they get", help_text="Only what they really need."
    )
    uses = TermsField(DataUse, label="What they may use it for")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisations = Organisation.objects.visible_to(user)
        choices = {
            "datasets": Dataset.objects.visible_to(user),
            "our_entity": organisations.of_group(),
            "counterparty": organisations,
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def save_by(self, user: Any) -> Agreement:
        """Save the agreement and what it covers; the caller holds the transaction."""
        agreement = self.save(commit=False)
        reason = "Edit" if agreement.pk else "Create"
        agreement.on_behalf(user, reason).save()
        set_links(agreement.dataset_links, "dataset", self.cleaned_data["datasets"], by=user, reason=reason)
        set_links(agreement.category_links, "category", self.cleaned_data["categories"], by=user, reason=reason)
        set_links(agreement.use_links, "use", self.cleaned_data["uses"], by=user, reason=reason)
        return agreement


class JustificationForm(forms.Form):
    text = forms.CharField(
        label="Why is this sharing right although people of our house have an interest in the recipient?",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=20_000,
    )
