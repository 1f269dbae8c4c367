from __future__ import annotations

from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError

from apps.core.forms import DecisionForm, RecordForm
from apps.core.permissions import require
from apps.disclosures.models import Claim, Notice, NoticeVersion, OptOutOffer, PublicStatement, StatementClaim
from apps.disclosures.sentences import find_sentence, tidy
from apps.taxonomy.forms import INDENT
from apps.taxonomy.models import DataCategory, DataUse, Term

QuotedT = TypeVar("QuotedT", NoticeVersion, PublicStatement)


class TermField(forms.ModelChoiceField[Term]):
    """One term of a tree, set in below its parent."""

    def __init__(self, model: type[Term], **kwargs: Any) -> None:
        super().__init__(model._default_manager.all(), required=False, **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{INDENT * obj.depth}{obj.name}"


class NoticeForm(RecordForm[Notice]):
    class Meta:
        model = Notice
        fields = ["product", "language", "owner"]


class QuotedForm(RecordForm[QuotedT]):
    """A text of which sentences carry claims: these stay in the text, and claims with their sentences."""

    def clean_text(self) -> str:
        text = tidy(self.cleaned_data["text"])
        for claim in self._claims():
            if find_sentence(text, claim.sentence, near=claim.start) is None:
                raise ValidationError(
                    f"A claim rests on this sentence, which is no longer in the text: “{claim.sentence}” "
                    "Remove the claim first, or leave the sentence."
                )
        return text

    def save_by(self, user: Any) -> QuotedT:
        if self.instance.pk is None:
            self.instance.author = user
        record: Any = super().save_by(user)
        for claim in self._claims():
            place = find_sentence(record.text, claim.sentence, near=claim.start)
            if place is not None and place != (claim.start, claim.end):
                claim.start, claim.end = place
                claim.on_behalf(user, "the text was edited").save()
        return record  # type: ignore[no-any-return]

    def _claims(self) -> list[Claim | StatementClaim]:
        record: Any = self.instance
        return list(record.claims.all()) if record.pk else []


class NoticeVersionForm(QuotedForm[NoticeVersion]):
    class Meta:
        model = NoticeVersion
        fields = ["label", "effective_from", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 20})}

    def save_by(self, user: Any) -> NoticeVersion:
        if self.instance.pk is None:
            require(user, "disclosures.add_noticeversion", self.instance.notice)
        return super().save_by(user)


class ClaimForm(RecordForm[Claim]):
    """What one sentence says. Whoever changes a claim has it checked anew."""

    use = TermField(DataUse, label="Use", help_text="For what data is used for.")
    category = TermField(DataCategory, label="Category", help_text="For which data.")

    class Meta:
        model = Claim
        fields = ["sentence", "kind", "says", "recipient_class", "use", "category", "months"]
        widgets = {"sentence": forms.Textarea(attrs={"rows": 4, "data-quote": ""})}
        help_texts = {
            "sentence": "Copy it from the text below, word for word. Where scripts run, selecting it there is enough.",
            "recipient_class": "For who receives data, and before whom people may opt out.",
            "months": "For how long data is kept.",
        }

    def save_by(self, user: Any) -> Claim:
        claim = self.save(commit=False)
        claim.enter(by=user)
        return claim


class OptOutOfferForm(RecordForm[OptOutOffer]):
    class Meta:
        model = OptOutOffer
        fields = [
            "version",
            "recipient_class",
            "offered_from",
            "offered_until",
            "channel",
            "text_sha256",
            "exclusions_sha256",
            "excluded",
            "state",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions: Any = self.fields["version"]
        versions.queryset = NoticeVersion.objects.spoken().select_related("notice")

    def save_by(self, user: Any) -> OptOutOffer:
        offer = self.save(commit=False)
        if offer.pk is None:
            offer.recorded_by = user
        offer.on_behalf(user, "Edit" if offer.pk else "Record").save()
        return offer


class PublicStatementForm(QuotedForm[PublicStatement]):
    class Meta:
        model = PublicStatement
        fields = ["title", "organisation", "audience", "said_on", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 10})}


class StatementClaimForm(RecordForm[StatementClaim]):
    class Meta:
        model = StatementClaim
        fields = ["sentence", "kind", "period_from", "period_until"]
        widgets = {"sentence": forms.Textarea(attrs={"rows": 4, "data-quote": ""})}
        help_texts = {
            "sentence": "Copy it from the text below, word for word. Where scripts run, selecting it there is enough.",
        }

    def save_by(self, user: Any) -> StatementClaim:
        claim = self.save(commit=False)
        claim.enter(by=user)
        return claim


class RemoveForm(DecisionForm):
    """Why a claim is taken back."""

    reason = forms.CharField(max_length=500, label="Why is it removed?")
