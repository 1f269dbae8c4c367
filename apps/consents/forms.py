"""What is asked when somebody looks up a person, brings in a file, or screens a cohort."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings

from apps.consents.intake.rows import LONGEST_KEY, TEXTS
from apps.consents.intake.short_texts import text_error
from apps.consents.models import Cohort, Screening, SubjectLookup
from apps.core import clock
from apps.core.forms import DayInput, WrittenForm
from apps.disclosures.models import NoticeVersion
from apps.disclosures.recipients import RecipientClass
from apps.taxonomy.forms import TermsField
from apps.taxonomy.models import DataUse

NOT_YET = "This day has not come yet."


class KeyField(forms.CharField):
    """What somebody goes by in our systems. Read once, and never shown again or kept."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
        super().__init__(max_length=LONGEST_KEY, widget=widget, **kwargs)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> UnshownField:
        return UnshownField(form, self, field_name)


class UnshownField(forms.BoundField):
    """A field that comes back empty when the form is shown again."""

    def value(self) -> None:
        return None


class LookupForm(WrittenForm):
    """Who is looked up, and why. The reason stays on record, the key does not."""

    key = KeyField(
        label="Key of the person",
        help_text="What the person goes by in the files that are imported, such as the number of the account. "
        "It is used once and kept nowhere.",
    )
    reason = SubjectLookup._meta.get_field("reason").formfield(
        label="Why you need to know",
        help_text="Such as the number of a request or a letter. It stays on record with your name; write no key here.",
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        key = given.get("key", "").strip().casefold()
        if len(key) > 2 and key in given.get("reason", "").casefold():
            self.add_error("reason", "Leave the key of the person out of the reason: the reason is kept.")
        return given


class UsesField(forms.ModelMultipleChoiceField[DataUse]):
    """Some of the uses that a person permits now."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class WithdrawForm(WrittenForm):
    """Which of the uses that somebody permits now they withdraw."""

    uses = UsesField(
        queryset=DataUse.objects.none(),
        label="What is withdrawn",
        error_messages={"required": "Choose at least one use."},
    )

    def __init__(self, permitted: list[DataUse], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["uses"]
        field.queryset = DataUse.objects.filter(pk__in=[use.pk for use in permitted])
        field.initial = field.queryset


class ReportedWithdrawForm(WithdrawForm):
    """A withdrawal that the person told us, on their word."""

    mechanism = forms.ChoiceField(
        label="How they told us",
        choices=[
            ("letter", "By letter"),
            ("e-mail", "By e-mail"),
            ("telephone", "By telephone"),
            ("in person", "In person"),
        ],
    )
    said_on = forms.DateField(label="When they told us", widget=DayInput(), initial=clock.today)

    def clean_said_on(self) -> date:
        day: date = self.cleaned_data["said_on"]
        if day > clock.today():
            raise forms.ValidationError(NOT_YET)
        return day


class ForgetForm(WrittenForm):
    """Why somebody is forgotten, and that this is meant."""

    reason = forms.CharField(
        label="Why the person is forgotten",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays on record with your name. Write no key of the person here.",
    )
    sure = forms.BooleanField(
        label="I know that nobody can undo this",
        error_messages={"required": "Say that you know this cannot be undone."},
    )


def _plain(text: str) -> None:
    if problem := text_error(text):
        raise forms.ValidationError(f"The text {problem}")


def _unsaid(name: str, label: str, help_text: str) -> forms.CharField:
    """A text that an answer may carry."""
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=TEXTS[name], validators=[_plain]
    )


class ImportForm(WrittenForm):
    """A file of answers, and what counts where its lines do not say it."""

    file = forms.FileField(label="File", help_text="CSV, CSV packed with gzip (.csv.gz), or JSON Lines (.jsonl).")
    notice_version = forms.ModelChoiceField(
        NoticeVersion.objects.spoken(),
        label="What people were shown",
        required=False,
        empty_label="Not known, or said in each line",
    )
    mechanism = _unsaid("mechanism", "How they answered", "Such as web form, letter or telephone.")
    language = _unsaid("language", "In which language", "Such as en or de-AT.")
    source = _unsaid("source", "Which system recorded it", "Such as preference centre.")
    skip_invalid = forms.BooleanField(
        label="Leave out wrong lines",
        required=False,
        help_text="Otherwise one wrong line stops the whole file. What was left out is listed by line and reason.",
    )

    def clean_file(self) -> Any:
        return bounded(self.cleaned_data["file"])

    @property
    def options(self) -> dict[str, Any]:
        """What the import is told, as it is kept with the run."""
        version = self.cleaned_data["notice_version"]
        return {
            "notice_version": version.pk if version else None,
            **{name: self.cleaned_data[name] for name in TEXTS},
            "skip_invalid": self.cleaned_data["skip_invalid"],
        }


def bounded(file: Any) -> Any:
    """The upload, unless it is larger than what is read of a file."""
    if file.size > settings.CONSENT_FILE_MAX_BYTES:
        raise forms.ValidationError(f"The file is larger than {settings.CONSENT_FILE_MAX_BYTES:,} bytes. Split it.")
    return file


class CohortForm(WrittenForm):
    """A new cohort and the file that says who is in it."""

    name = Cohort._meta.get_field("name").formfield(help_text="Such as the name of the dataset and its version.")
    file = forms.FileField(
        label="File of members",
        help_text="CSV with the column subject, or the same packed with gzip: one person in each line.",
    )

    def clean_file(self) -> Any:
        return bounded(self.cleaned_data["file"])

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Cohort.objects.filter(name=name).exists():
            raise forms.ValidationError("There is a cohort of this name already. Cohorts are never changed.")
        return name


class ScreeningForm(WrittenForm):
    """What a cohort is screened for, and what counts as permission."""

    uses = TermsField(DataUse, label="What the data will be used for")
    recipient = forms.ChoiceField(
        label="Who receives it",
        required=False,
        choices=[("", "Nobody: we use it ourselves"), *RecipientClass.choices],
        help_text="A recipient that decides its own purposes needs the permission to share with it, too.",
    )
    basis = forms.ChoiceField(
        label="What counts as permission",
        choices=Screening.Basis,
        widget=forms.RadioSelect,
        initial=Screening.Basis.OPT_IN,
        help_text="You assume this; the result names you for it.",
    )
    occurred_by = forms.DateField(
        label="Answers given up to", required=False, widget=DayInput(), help_text="Empty for now."
    )
    known_by = forms.DateField(
        label="As far as we knew on", required=False, widget=DayInput(), help_text="Empty for now."
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not given.get("uses") and "uses" not in self.errors:
            self.add_error("uses", "Choose at least one use.")
        for name in ("occurred_by", "known_by"):
            if given.get(name) and given[name] > clock.today():
                self.add_error(name, NOT_YET)
        return given
