from __future__ import annotations

from typing import Any

from django import forms

from apps.agreements.models import Agreement, Transfer
from apps.agreements.models.reported_in_words import LINK_FIRST
from apps.core.forms import DayInput, DecisionForm, RecordForm
from apps.datasets.models import Dataset
from apps.ledger.forms import LinkedForm
from apps.taxonomy.forms import TermsField
from apps.taxonomy.models import DataCategory, DataUse
from apps.vendors.models import Organisation, Person
from apps.workflow.forms import TransitionForm, form_for
from apps.workflow.models.comment import ATTACHABLE, sniff
from apps.workflow.models.four_eyes import require_named_by_self


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


class AgreementForm(LinkedForm[Agreement]):
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
        super().__init__(*args, user=user, **kwargs)
        organisations = Organisation.objects.visible_to(user).offered(self.instance.counterparty_id)
        choices = {
            "datasets": Dataset.objects.visible_to(user),
            "our_entity": organisations.of_group(),
            "counterparty": organisations,
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def save_by(self, user: Any) -> Agreement:
        """Save the agreement and what it covers; nobody else names a judge. The caller holds the transaction."""
        for part in {"sponsor", "business_owner"} & set(self.changed_data):
            require_named_by_self(self.cleaned_data[part], user, what=part.replace("_", " "))
        return super().save_by(user)


class JustificationForm(DecisionForm):
    text = forms.CharField(
        label="Why is this sharing right although people of our house have an interest in the recipient?",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=20_000,
    )


class TransferForm(RecordForm[Transfer]):
    """What somebody tells about data that moved, one question after the other."""

    file = forms.FileField(
        label="A file that shows it",
        required=False,
        help_text="Such as the message, a delivery note or a screenshot.",
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ATTACHABLE)}),
    )

    class Meta:
        model = Transfer
        fields = [
            "dataset",
            "dataset_words",
            "recipient",
            "recipient_words",
            "transferred_on",
            "channel",
            "records",
            "quantity",
            "consideration",
            "executor",
            "agreement",
            "ground",
            "ground_reference",
            "evidence",
            "digest",
            "confidential",
        ]
        labels = {
            "dataset": "What moved?",
            "dataset_words": "Or say what moved in your own words",
            "recipient": "Who received it?",
            "recipient_words": "Or say who received it in your own words",
            "transferred_on": "On which day?",
            "channel": "Which way did it take?",
            "records": "How many records?",
            "quantity": "Or how much, in your own words",
            "consideration": "What did we receive in return?",
            "executor": "Who of ours carried it out?",
            "agreement": "Under which agreement, as far as you know?",
            "ground": "Or on which other ground?",
            "ground_reference": "Number or reference of this ground",
            "evidence": "How do you know?",
            "digest": "SHA-256 of what moved, if you have it",
            "confidential": "Keep my name confidential",
        }
        help_texts = {
            "dataset": "Leave it open if it is not in the list, or if you are not sure.",
            "dataset_words": "Such as “the photos of all members”. Legal says later which dataset it is.",
            "recipient": "Leave it open if it is not in the list. You need not add anybody to the vendors.",
            "recipient_words": "Such as the name of a company or a mail address. Legal says later who it is.",
            "quantity": "Such as “all photos of members in Berlin”.",
            "executor": "Leave it open when you do not know.",
            "agreement": "Leave it open when there is none.",
            "ground_reference": "Legal process needs its number.",
            "confidential": "Only you and legal will read who reported this. Leave your name out of the other answers.",
        }
        widgets = {"evidence": forms.Textarea(attrs={"rows": 4})}

    field_order = (*Meta.fields[: Meta.fields.index("evidence") + 1], "file")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        choices = {
            "dataset": Dataset.objects.visible_to(user),
            "recipient": Organisation.objects.visible_to(user).offered(),
            "executor": Person.objects.visible_to(user),
            "agreement": Agreement.objects.visible_to(user),
        }
        for name, queryset in choices.items():
            self.fields[name].queryset = queryset  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file:
            sniff(file)
        return file

    def clean_digest(self) -> str:
        return str(self.cleaned_data["digest"]).lower()

    def save_by(self, user: Any) -> Transfer:
        """Report the transfer; the caller holds the transaction. Everybody tells what they know, interest or not."""
        transfer = self.save(commit=False)
        transfer.report(by=user, file=self.cleaned_data["file"])
        return transfer


class LinkForm(RecordForm[Transfer]):
    """Which records a report in words means; only what was told in words is asked."""

    note = forms.CharField(
        label="How you know", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), help_text="It stays on record."
    )

    class Meta:
        model = Transfer
        fields = ["dataset", "recipient"]
        labels = {"dataset": "Which dataset is it?", "recipient": "Which organisation is it?"}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        organisations = Organisation.objects.visible_to(user).offered()
        choices = {"dataset": Dataset.objects.visible_to(user), "recipient": organisations}
        for name, queryset in choices.items():
            if words := getattr(self.instance, f"{name}_words"):
                self.fields[name].queryset = queryset  # type: ignore[attr-defined]
                self.fields[name].help_text = f"In the report: “{words}”. Leave it open as long as nobody knows."
            else:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            self.instance.meant(dataset=given.get("dataset"), recipient=given.get("recipient"))
        return given

    def save_by(self, user: Any) -> Transfer:
        """Link it; the caller holds the transaction."""
        given = dict(self.cleaned_data)
        transfer = Transfer.objects.get(pk=self.instance.pk)
        transfer.link(by=user, note=given.pop("note"), **given)
        return transfer


@form_for(Transfer, "propose")
class ProposeOutcomeForm(TransitionForm):
    proposal = forms.ChoiceField(
        label="What comes of the report?",
        choices=[
            (Transfer.Status.CONFIRMED.value, "Confirmed: the data moved as reported"),
            (Transfer.Status.MISTAKEN.value, "Mistaken: nothing moved, or not as reported"),
            (Transfer.Status.DUPLICATE.value, "Told twice: another report tells of the same"),
        ],
        widget=forms.RadioSelect,
    )
    duplicate_of = forms.IntegerField(
        label="Which other report tells of the same?",
        required=False,
        widget=forms.Select,
        help_text="Only if it was told twice. Reports of the same dataset, recipient and day are listed.",
    )
    field_order = ("proposal", "duplicate_of", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.record and self.record.not_known:  # what moved to whom is said first
            proposal: Any = self.fields["proposal"]
            mistaken = Transfer.Status.MISTAKEN.value
            proposal.choices = [(value, label) for value, label in proposal.choices if value == mistaken]
            proposal.help_text = LINK_FIRST
        same = self.record.same_elsewhere().not_closed().visible_to(self.user) if self.record else ()
        listed = [(other.pk, f"{other}: {other.get_status_display().lower()}") for other in same]
        self.fields["duplicate_of"].widget.choices = [("", "None"), *listed]
