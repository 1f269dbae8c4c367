from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from apps.accounts.models import ApiToken, Role, User
from apps.core.forms import DecisionForm, WrittenForm
from apps.core.scopes import MEANINGS, Scope


class UserForm(forms.ModelForm[User]):
    """A new account without a password: the person chooses it with the link of the invitation."""

    class Meta:
        model = User
        fields = ["full_name", "email"]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def save_by(self, user: Any) -> User:
        made = self.save(commit=False)
        made.set_unusable_password()
        made.on_behalf(user, "create account").save()
        made.invite(by=user)
        return made


class CloseForm(DecisionForm):
    successor = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label="Who takes over",
        empty_label="Nobody yet",
        help_text="All that is listed above is handed over in one step. Without a successor it becomes findings.",
    )

    def __init__(self, *args: Any, record: User, **kwargs: Any) -> None:
        super().__init__(*args, record=record, **kwargs)
        colleagues = User.objects.filter(is_active=True, is_service=False).exclude(pk=record.pk)
        self.fields["successor"].queryset = colleagues  # type: ignore[attr-defined]


class GrantForm(WrittenForm):
    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role])


class TokenForm(WrittenForm):
    name = forms.CharField(label="What the token is for", max_length=100)
    scopes = forms.TypedMultipleChoiceField(
        label="What it may be used for",
        choices=[(scope.value, meaning) for scope, meaning in MEANINGS.items()],
        coerce=Scope,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(label="Usable for days", min_value=1, max_value=365, initial=90)

    def issue_for(self, user: User, *, parent: ApiToken | None = None) -> tuple[ApiToken, str]:
        """The token as it was asked for, and its key."""
        wanted = self.cleaned_data
        lasts = timedelta(days=wanted["days"])
        return ApiToken.issue(user, wanted["name"], by=user, scopes=wanted["scopes"], lasts=lasts, parent=parent)
