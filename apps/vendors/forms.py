from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.html import format_html

from apps.core.forms import DayInput, RecordForm, WrittenForm
from apps.vendors.models import (
    DueDiligence,
    Evidence,
    Interest,
    Organisation,
    Person,
    Position,
    Question,
    Questionnaire,
    QuestionnaireAnswer,
    Relation,
)
from apps.vendors.organisations.duplicates import likely_twins
from apps.vendors.organisations.names import domain_of, tidy_lei
from apps.vendors.ownership.affected import ChangedT
from apps.vendors.services import look_for_twins, recheck_conflicts
from apps.workflow.forms import ConfirmedForm, TransitionForm, form_for
from apps.workflow.models.comment import ATTACHABLE, sniff
from apps.workflow.models.four_eyes import require_named_by_self

LONGEST_CHOICE = 100


class OrganisationForm(ConfirmedForm[Organisation]):
    # The records that look like this one and were shown.
    twins_shown = forms.CharField(required=False, widget=forms.HiddenInput())
    another = forms.BooleanField(required=False, label="It is another organisation than those named above")

    class Meta:
        model = Organisation
        fields = [
            "name",
            "other_names",
            "kind",
            "purpose",
            "jurisdiction",
            "lei",
            "domain",
            "listed",
            "diversified",
            "risk_tier",
            "owner",
        ]
        widgets = {
            "purpose": forms.Textarea(attrs={"rows": 3}),
            "other_names": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._another = self.fields.pop("another")  # asked once there are some
        if self.data.get(self.add_prefix("twins_shown")):
            self.fields["another"] = self._another

    def clean_lei(self) -> str:
        return tidy_lei(self.cleaned_data["lei"])

    def clean_domain(self) -> str:
        return domain_of(self.cleaned_data["domain"])

    def clean_other_names(self) -> str:
        lines = (" ".join(line.split()) for line in self.cleaned_data["other_names"].splitlines())
        return "\n".join(line for line in lines if line)

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.shows_twins and not self.errors and {"name", "other_names", "lei", "domain"} & set(self.changed_data):
            self._show_twins(self.cleaned_data)

    def _show_twins(self, cleaned: dict[str, Any]) -> None:
        """Nobody says that it is another organisation by correcting something else."""
        told = {name: cleaned[name] for name in ("name", "other_names", "lei", "domain")}
        looks = likely_twins(Organisation(pk=self.instance.pk, **told))
        keys = " ".join(str(twin.pk) for twin, _ in looks)
        if not looks or (cleaned["twins_shown"] == keys and cleaned.get("another")):
            return
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data[self.add_prefix("twins_shown")] = keys  # type: ignore[index]
        self.fields["another"] = self._another
        for twin, grounds in looks:
            self.add_error(None, twin_words(twin, grounds))
        self.add_error(
            None,
            "If it is the same organisation, open that record and use it. If it is another one, say so at the end of "
            "this form and save: legal and privacy then say whether it is, and until they have, nothing about either "
            "is approved.",
        )

    # Whether likely twins are shown before the record is saved: on the page.
    shows_twins = True

    def save_by(self, user: Any) -> Any:
        """Raises PermissionDenied when somebody else than legal changes what a conflict of interests depends on."""
        kinds = {self.initial.get("kind"), self.cleaned_data["kind"]} & {*Organisation.GROUP, *Organisation.PUBLIC}
        decisive = {"listed", "diversified"} | ({"kind"} if kinds else set())
        if decisive & set(self.changed_data) and not user.has_perm("vendors.classify_organisation", self.instance):
            raise PermissionDenied(
                "Legal says which organisations belong to our group or to a state, and which are listed or diversified."
            )
        if "owner" in self.changed_data:
            require_named_by_self(self.cleaned_data["owner"], user, what="owner")
        known = self.instance.pk is not None
        if self.needs_second:
            return super().save_by(user)
        if not known and self.instance.owner is None and not user.has_perm("vendors.change_organisation"):
            self.instance.owner = user  # Nobody else but legal could put right what they wrote.
        organisation = super().save_by(user)
        look_for_twins([organisation], by=user)
        if known and {"kind", "listed", "diversified"} & set(self.changed_data):
            recheck_conflicts(organisation)
        return organisation


class ConflictForm(RecordForm[ChangedT]):
    """A form for what paths of interests are made of."""

    def save_by(self, user: Any) -> ChangedT:
        record = super().save_by(user)
        if not getattr(self, "needs_second", False):
            recheck_conflicts(record)
        return record


class PersonForm(ConflictForm[Person], ConfirmedForm[Person]):
    class Meta:
        model = Person
        fields = ["name", "kind", "born", "nationality", "why_unnamed", "user"]

    def save_by(self, user: Any) -> Person:
        person = super().save_by(user)
        if not self.needs_second:
            look_for_twins(people=[person], by=user)
        return person


class PositionForm(ConflictForm[Position]):
    class Meta:
        model = Position
        fields = ["organisation", "role", "starts_on", "ends_on", "source"]


class RelationForm(ConflictForm[Relation]):
    class Meta:
        model = Relation
        fields = ["relative", "kind", "starts_on", "ends_on"]


class InterestForm(ConflictForm[Interest], ConfirmedForm[Interest]):
    """An interest, with its holder: for legal."""

    class Meta:
        model = Interest
        fields = [
            "organisation",
            "holder_person",
            "holder_organisation",
            "type",
            "directness",
            "share_exact",
            "share_min",
            "share_max",
            "share_min_exclusive",
            "share_max_exclusive",
            "starts_on",
            "ends_on",
            "source",
            "details",
        ]


class OwnInterestForm(ConflictForm[Interest], ConfirmedForm[Interest]):
    """An interest that somebody declares for themselves."""

    class Meta:
        model = Interest
        fields = [
            "organisation",
            "type",
            "directness",
            "share_exact",
            "share_min",
            "share_max",
            "share_min_exclusive",
            "share_max_exclusive",
            "starts_on",
            "ends_on",
        ]

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.holder_person = person
        self.instance.source = self.instance.source or f"Declared by {person}"

    def require_disinterest(self, record: Interest, user: Any) -> None:
        """Here people tell of their own interests."""


def twin_words(twin: Organisation, grounds: list[str]) -> str:
    shared = " and ".join(grounds)
    return format_html(
        '<a href="{}">{}</a> is on record already and shares {}.', twin.get_absolute_url(), twin.unique_name, shared
    )


class QuestionnaireForm(RecordForm[Questionnaire]):
    class Meta:
        model = Questionnaire
        fields = ["title", "valid_months"]


class QuestionForm(RecordForm[Question]):
    choices = forms.CharField(
        label="Answers to choose from",
        required=False,
        max_length=2000,
        help_text="One a line, for the kind “One of several”.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    class Meta:
        model = Question
        fields = ["position", "topic", "text", "help", "kind", "choices", "attention", "required", "wants_evidence"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.choices)

    def clean_choices(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]
        if any(len(line) > LONGEST_CHOICE for line in lines):
            raise forms.ValidationError(f"An answer has at most {LONGEST_CHOICE} characters.")
        return lines

    def save_by(self, user: Any) -> Question:
        self.instance.questionnaire.touch(user, "edit question")
        return super().save_by(user)


class AnswersForm(WrittenForm):
    """The questions of a due diligence one after the other. What is filled in is kept, complete or not."""

    def __init__(self, *args: Any, instance: DueDiligence, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance = instance
        self.questions = list(instance.questionnaire.questions.all())
        kept = {answer.question_id: answer for answer in instance.answers.all()}
        for question in self.questions:
            answer = kept.get(question.pk)
            self.fields[f"answer_{question.pk}"] = answer_field(question, answer.value if answer else "")
            self.fields[f"remark_{question.pk}"] = remark_field(question, answer.remark if answer else "")
            for name in ("answer", "remark"):  # as the history of an answer names them
                self.fields[f"{name}_{question.pk}"].history_label = f"{QuestionnaireAnswer(question=question)}: {name}"  # type: ignore[attr-defined]
            if question.wants_evidence:
                self.fields[f"file_{question.pk}"] = evidence_field(question)

    @property
    def groups(self) -> list[dict[str, Any]]:
        """The questions under their topics, in order, each with its fields and files, as the page asks them."""
        files: dict[int, list[Evidence]] = {}
        for stored in self.instance.evidence.all():
            files.setdefault(stored.question_id, []).append(stored)
        groups: list[dict[str, Any]] = []
        for question in self.questions:
            if not groups or groups[-1]["topic"] != question.topic:
                groups.append({"topic": question.topic, "rows": []})
            fields = [self[name] for name in self.fields if name.endswith(f"_{question.pk}")]
            groups[-1]["rows"].append({"fields": fields, "files": files.get(question.pk, [])})
        return groups

    def show_missing(self) -> None:
        """Say beside each required question without an answer that it needs one."""
        for question in self.instance.missing():
            self.add_error(f"answer_{question.pk}", "This answer is needed before you hand in.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in [name for name in self.fields if name.startswith("file_") and cleaned.get(name)]:
            try:
                sniff(cleaned[name])
            except forms.ValidationError as error:
                self.add_error(name, error)
        return cleaned

    def save_by(self, user: Any) -> str:
        """Keep the draft, and hand it in when that was asked for and nothing is missing. The page that comes next."""
        given = self.cleaned_data
        values = {q.pk: (as_text(given[f"answer_{q.pk}"]), given[f"remark_{q.pk}"]) for q in self.questions}
        self.instance.answer(values, by=user)
        for question in self.questions:
            if file := given.get(f"file_{question.pk}"):
                Evidence.store(file, by=user, due_diligence=self.instance, question=question)
        here = reverse("vendors:duediligence_answers", args=[self.instance.pk])
        if "hand_in" not in self.data:
            return here
        if self.instance.missing():
            return f"{here}?missing=1"
        self.instance.hand_in(by=user)
        return self.instance.get_absolute_url()


def answer_field(question: Question, value: str) -> forms.Field:
    options: dict[str, Any] = {
        "label": question.text if question.required else f"{question.text} (optional)",
        "help_text": question.help,
        "required": False,
        "initial": value,
    }
    if question.possible:
        words = [
            (answer, answer.capitalize() if answer in Question.YES_OR_NO else answer) for answer in question.possible
        ]
        return forms.ChoiceField(choices=words, widget=forms.RadioSelect, **options)
    if question.kind == Question.Kind.DATE:
        return forms.DateField(widget=DayInput(), **options)
    return forms.CharField(max_length=5000, widget=forms.Textarea(attrs={"rows": 3}), **options)


def remark_field(question: Question, value: str) -> forms.Field:
    return forms.CharField(
        label="Remark",
        required=False,
        initial=value,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 1, "aria-label": f"Remark: {question.text}"}),
    )


def evidence_field(question: Question) -> forms.Field:
    return forms.FileField(
        label="Evidence",
        required=False,
        help_text=f"A file that shows it: {', '.join(sorted(ATTACHABLE))}.",
        widget=forms.FileInput(attrs={"accept": ",".join(ATTACHABLE), "aria-label": f"Evidence: {question.text}"}),
    )


def as_text(value: Any) -> str:
    """An answer as it is kept."""
    return value.isoformat() if isinstance(value, date) else value or ""


@form_for(DueDiligence, "conclude")
class ConcludeForm(TransitionForm):
    conclusion = forms.ChoiceField(label="Conclusion", choices=DueDiligence.Conclusion, widget=forms.RadioSelect)

    field_order = ("conclusion", "note")


@form_for(Organisation, "confirm_ownership")
class ConfirmOwnershipForm(TransitionForm):
    rest = forms.CharField(
        label="Who holds what is not recorded",
        required=False,
        max_length=300,
        help_text="For example: “Many small holders, none with more than 5 %, by the annual report of 2026.” Leave it "
        "empty where everybody is recorded, or where it is not known.",
    )
    due_on = forms.DateField(
        label="To be looked at again by",
        required=False,
        widget=DayInput(),
        help_text="At most a year from today; a year if you leave it empty.",
    )
    field_order = ("rest", "due_on", "note")


class StatementsForm(forms.Form):
    """A file of ownership statements. What is in it is judged by the import."""

    file = forms.FileField(label="File of statements", widget=forms.FileInput(attrs={"accept": ".json"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than {settings.UPLOAD_MAX_BYTES // 1024**2} MB.")
        return file
