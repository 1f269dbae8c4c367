from __future__ import annotations

from typing import Any

from django import forms

from apps.core.forms import DayInput
from apps.findings.models import STEPS, Finding, Requirement
from apps.workflow.forms import ConfirmedForm, TransitionForm, form_for


@form_for(Finding, "accept")
class AcceptForm(TransitionForm):
    until = forms.DateField(
        label="Accepted until",
        required=False,
        widget=DayInput(),
        help_text="At most 180 days from today. Leave it empty to confirm the date that was proposed.",
    )


@form_for(Finding, "propose")
class ProposeForm(TransitionForm):
    proposal = forms.ChoiceField(
        label="How should it be closed?",
        choices=[(status.value, status.label) for status in Finding.CLOSED_BY_PEOPLE],
        widget=forms.RadioSelect,
    )
    until = forms.DateField(
        label="Until", required=False, widget=DayInput(), help_text="Only to accept it for a time: at most 180 days."
    )
    field_order = ("proposal", "until", "note")


@form_for(Requirement, "suspend")
class SuspendForm(TransitionForm):
    until = forms.DateField(
        label="Suspended until",
        widget=DayInput(),
        help_text="Its last day, at most 180 days from today. Afterwards the rule is in force again by itself.",
    )
    field_order = ("until", "note")


class RequirementForm(ConfirmedForm[Requirement]):
    stops = forms.MultipleChoiceField(
        label="Which steps it stops once adopted",
        choices=[(step, words.capitalize()) for step, words in STEPS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Requirement
        fields = [
            "title",
            "sentence",
            "source",
            "applies_when",
            "in_force_from",
            "in_force_until",
            "severity",
            "stops",
            "threshold",
            "above_tier",
        ]
        widgets = {"sentence": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.threshold_meaning:
            self.fields["threshold"].help_text = self.instance.threshold_meaning
        else:
            del self.fields["threshold"]
        if not self.instance.above_tier:
            del self.fields["above_tier"]
        else:
            self.fields["above_tier"].required = True
