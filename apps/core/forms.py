"""What the portal's forms share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db import models
from django.http import HttpRequest, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.core.models import periods
from apps.core.text import clean_line, clean_text

RecordT = TypeVar("RecordT", bound=models.Model)

OWN_INTEREST = (
    "You have an interest in whom this names, or are close to them. Somebody without one has to write it; "
    "what you hold yourself you declare under My interests."
)

# What the address of a form answers to.
FORM_METHODS = ["GET", "HEAD", "POST"]


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: nothing on GET, and on POST whatever came, an empty post too."""
    return request.POST if request.method == "POST" else None


def only_posted(back: Callable[..., str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A view that only acts on POST. Whoever opens its address is led to `back` of what the address names."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def answer(request: HttpRequest, **named: Any) -> Any:
            if request.method in ("GET", "HEAD"):
                return redirect(back(**named))
            return acting(request, **named)

        acting = require_POST(view)
        return answer

    return decorate


class WrittenForm(forms.Form):
    """Of texts that no model looks at: each in its one form, or refused with the reason.

    A kind of field of its own, such as that of a person's key, looks at its text itself.
    """

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, field in self.fields.items():
            if type(field) is forms.CharField and cleaned.get(name):
                clean = clean_text if isinstance(field.widget, forms.Textarea) else clean_line
                try:
                    cleaned[name] = clean(cleaned[name])
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return cleaned


class DecisionForm(WrittenForm):
    """A form with which somebody decides about a record. It carries the version of the record that it was shown with.

    There is no record where only the fields are asked for, as in a schema.
    """

    def __init__(self, *args: Any, record: Any = None, shown_by: Sequence[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = record
        self._shown_by = shown_by or (record.shown_by if record else ())
        for name in self._shown_by:
            self.fields[name] = forms.CharField(
                initial=partial(getattr, record, name),  # asked only where the form is shown empty
                max_length=64,
                widget=forms.HiddenInput,
                error_messages={"required": "This does not say which version you were shown. Read the record again."},
            )

    @property
    def shown(self) -> dict[str, str]:
        """Which version the form was shown with."""
        return {name: self.cleaned_data[name] for name in self._shown_by}

    @property
    def decided(self) -> dict[str, Any]:
        """What was filled in."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self._shown_by}

    def show_present(self) -> None:
        """Be shown again beside what changed, with what was typed: what is sent now is about the present version."""
        self.record.refresh_from_db()
        sent: Any = self.data
        data = sent.copy()
        for name in self._shown_by:
            data[self.add_prefix(name)] = str(getattr(self.record, name))
        self.data = data


class DayInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


def _told_apart(record: models.Model) -> str:
    """A record as a choice: with what tells it from others of its name, where it has that."""
    return getattr(record, "unique_name", "") or str(record)


def _below(form: Any) -> Iterator[Any]:
    for one in form.__subclasses__():
        yield one
        yield from _below(one)


class RecordForm(forms.ModelForm[RecordT]):
    """A form that saves a recorded model on behalf of somebody; dates and empty choices look alike in all of them."""

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        """`user` is whoever fills it in: what a form offers may depend on them."""
        super().__init__(*args, **kwargs)
        self.user = user
        for _, last in periods(self._meta.model):
            if last in self.fields:
                self.fields[last].label = f"{self.fields[last].label} (that day included)"
        for name, field in self.fields.items():
            if isinstance(field, forms.DateField):
                field.widget = DayInput()
            elif isinstance(field, forms.ModelChoiceField) and not isinstance(field, forms.ModelMultipleChoiceField):
                field.empty_label = "Choose one"
                queryset: Any = field.queryset
                if hasattr(queryset, "offered"):
                    field.queryset = queryset.offered(getattr(self.instance, f"{name}_id", None))
                vars(field)["label_from_instance"] = _told_apart
            elif isinstance(field, forms.TypedChoiceField):
                field.choices = [(value, label if value else "Choose one") for value, label in field.choices]  # type: ignore[misc, union-attr]

    def validate_unique(self) -> None:
        """What exists once is said at the field that is asked. What the form does not ask counts as well, such as the
        notice of a version: the library would leave that to the database, which knows no fields.
        """
        for constraint in self.instance._meta.constraints:
            asked = [name for name in self.fields if name in getattr(constraint, "fields", ())]
            if not asked:
                continue
            try:
                constraint.validate(type(self.instance), self.instance, exclude=set(self.errors))
            except forms.ValidationError as error:
                self._forget(error.messages)
                self.add_error(asked[0], self._is_taken(asked))
        super().validate_unique()

    def _forget(self, sentences: list[str]) -> None:
        """Take away what the library has said about the whole form in its own words."""
        general = self.errors.get(NON_FIELD_ERRORS)
        if general is not None:
            general.data = [error for error in general.data if getattr(error, "messages", ()) != sentences]
            if not general.data:
                del self.errors[NON_FIELD_ERRORS]

    def _is_taken(self, asked: Sequence[str]) -> str:
        labels = " and ".join(str(self.fields[name].label or name).lower() for name in asked)
        what = self.instance._meta.verbose_name
        return f"There is another {what} with the same {labels}."

    @staticmethod
    def question(model: type[models.Model], name: str) -> tuple[str, str]:
        """How the form for such a record calls the field, and its anchor there."""
        for form in _below(RecordForm):
            field = form.base_fields.get(name)
            if field is not None and form._meta.model is model:
                anchor = f"{'div_' if field.widget.use_fieldset else ''}id_{name}"
                return str(field.label), anchor
        return "", f"id_{name}"

    def save_by(self, user: Any) -> RecordT:
        """Save the record; the caller holds the transaction."""
        record: Any = self.save(commit=False)
        self.require_disinterest(record, user)
        record.on_behalf(user, "Edit" if record.pk else "Create").save()
        return record  # type: ignore[no-any-return]

    def require_disinterest(self, record: Any, user: Any) -> None:
        """What is written may name others than what was there, of which the permission was asked."""
        if record.concerns(user):
            raise PermissionDenied(OWN_INTEREST)
