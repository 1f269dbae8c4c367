"""One form for each step that needs input; page, API and its schema use the same one."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.models import Role, User
from apps.core.forms import DayInput, DecisionForm, RecordForm, RecordT, WrittenForm
from apps.workflow.models import Ask, Delegation, GovernedModel, Review, Transition, Vote
from apps.workflow.models.comment import ATTACHABLE


class TransitionForm(DecisionForm):
    """What every step may be given: a note. Steps that need more register a subclass with `form_for`.

    `record` is what the step is taken of, and `user` is who takes it; there is neither where only the fields are
    asked for, as in a schema.
    """

    note = forms.CharField(
        label="Reason or remark", required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, step: Transition, record: Any = None, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        self.user = user
        if step.reason:
            self.fields["note"].required = True
            self.fields["note"].help_text = step.reason
            self.fields["note"].error_messages["required"] = step.reason


class ConfirmedForm(RecordForm[RecordT]):
    """An edit that a second person confirms, unless it only makes things stricter."""

    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For the person who has to confirm the change. Not needed where it only makes things stricter.",
    )
    needs_second: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:  # nothing is there yet that could be changed
            del self.fields["why"]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        record: Any = self.instance
        names = [name for name in self.changed_data if name in self._meta.fields]  # type: ignore[operator]
        before = type(record)._base_manager.filter(pk=record.pk).first() if names and record.pk else None
        self.needs_second = before is not None and bool(record.weakened_by(names, before))
        if self.needs_second and not self.cleaned_data.get("why", "").strip():
            self.add_error("why", "Say why, for the person who has to confirm this change.")

    def save_by(self, user: Any) -> Any:
        """Save what may be changed alone, or return the proposal that waits for a second person."""
        if not self.needs_second:
            return super().save_by(user)
        self.require_disinterest(self.instance, user)
        names = [name for name in self.changed_data if name in self._meta.fields]  # type: ignore[operator]
        record: Any = self.instance
        return record.propose_edit(names, by=user, reason=self.cleaned_data["why"])


_forms: dict[tuple[type[GovernedModel], str], type[TransitionForm]] = {}


def form_for(model: type[GovernedModel], step: str) -> Any:
    """Register a form as the one for a step of a model."""

    def register(form: type[TransitionForm]) -> type[TransitionForm]:
        _forms[model, step] = form
        return form

    return register


def transition_form(model: type[GovernedModel], step: str) -> type[TransitionForm]:
    return _forms.get((model, step), TransitionForm)


class VoteForm(DecisionForm):
    """A verdict for one role. Conditions are one a line; each must be met before activation."""

    role = forms.ChoiceField(label="You vote for")
    verdict = forms.ChoiceField(choices=Vote.Verdict, widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label="Your reason", required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    conditions = forms.CharField(
        label="Conditions before activation",
        required=False,
        help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    obligation = forms.CharField(label="Obligation after activation", required=False, max_length=1000)
    obligation_due_on = forms.DateField(label="Due on", required=False, widget=DayInput())

    def __init__(self, *args: Any, roles: list[Role], review: Review, **kwargs: Any) -> None:
        super().__init__(*args, record=review, shown_by=("number", "digest", "facts"), **kwargs)
        self._choose_among(roles)

    def offer_again(self, roles: list[Role]) -> None:
        """Show what was sent once more, with the roles that one can vote for in place of one that was refused."""
        self._choose_among(roles)
        if len(roles) == 1:
            sent: Any = self.data
            data = sent.copy()  # a dict of what was posted holds a list for each name
            data["role"] = roles[0].value
            self.data = data

    def _choose_among(self, roles: list[Role]) -> None:
        self.fields["role"].choices = [(role.value, role.value) for role in roles]  # type: ignore[attr-defined]
        if len(roles) == 1:
            self.fields["role"].initial = roles[0].value
            self.fields["role"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("obligation")) != bool(cleaned.get("obligation_due_on")):
            self.add_error("obligation_due_on", "An obligation has a text and a date.")
        if not cleaned.get("verdict"):
            self.add_error(None, "Choose a verdict.")
        return cleaned

    @property
    def asks(self) -> list[Ask]:
        """The conditions as the review takes them."""
        asks = [Ask(line.strip()) for line in self.cleaned_data["conditions"].splitlines() if line.strip()]
        if self.cleaned_data.get("obligation"):
            asks.append(Ask(self.cleaned_data["obligation"], self.cleaned_data["obligation_due_on"]))
        return asks


class CommentForm(WrittenForm):
    body = forms.CharField(
        label="Write, or mention somebody with @",
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    file = forms.FileField(
        label="File", required=False, widget=forms.ClearableFileInput(attrs={"accept": ",".join(ATTACHABLE)})
    )


class ConditionMetForm(DecisionForm):
    evidence = forms.CharField(label="How it was met", widget=forms.Textarea(attrs={"rows": 3}), max_length=10_000)


class DelegationForm(RecordForm[Delegation]):
    """Somebody of the same role who stands in for the person that fills this in."""

    class Meta:
        model = Delegation
        fields = ["role", "deputy", "starts_on", "ends_on"]

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.person = person
        self.fields["role"].choices = [(role, role) for role in sorted(person.roles)]  # type: ignore[attr-defined]


class RedactionForm(WrittenForm):
    field = forms.ChoiceField(label="Which text")
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 3}), max_length=10_000)

    def __init__(self, *args: Any, record: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = [(name, record._meta.get_field(name).verbose_name) for name in record.redactable]
        self.fields["field"].choices = labels  # type: ignore[attr-defined]
