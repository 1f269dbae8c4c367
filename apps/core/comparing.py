"""Two people edit one record at the same time: what each of them changed, field by field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.models import ModelChoiceField

KEEP = "keep-"  # with the name of a field: which of both values is kept


@dataclass(frozen=True)
class Difference:
    """One field that differs between what was sent and what is saved now."""

    name: str
    label: str
    mine: str
    theirs: str
    by_me: bool
    by_them: bool
    kept: str = ""

    @property
    def is_open(self) -> bool:
        """Both changed it, and nobody has said which value is kept."""
        return self.by_me and self.by_them and not self.kept


def seen_values(form: Any, *, but: dict[str, str] | None = None) -> str:
    """What a form is shown with, as JSON of a short digest for each field: enough to know later who changed it."""
    return json.dumps({name: digest(saved(form, name)) for name in comparable(form)} | (but or {}))


def comparable(form: Any) -> Iterator[str]:
    return (name for name, field in form.fields.items() if not isinstance(field, forms.FileField))


def saved(form: Any, name: str) -> str:
    field = form.fields[name]
    return plain(field.prepare_value(form.get_initial_for_field(field, name)))


def sent(form: Any, name: str) -> str:
    return plain(form.fields[name].widget.value_from_datadict(form.data, form.files, form.add_prefix(name)))


def plain(value: Any) -> str:
    """A value as one text, whether a form is shown with it or it was sent."""
    if value is None:
        return ""
    if isinstance(value, list | tuple | set):
        return "\n".join(sorted(str(item) for item in value))
    return str(value).replace("\r\n", "\n").strip()


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]


class Comparison:
    """What was sent beside what is saved now. `form` is bound to what was sent, and knows what is saved as its initial.

    `is_fresh`: nobody saved since. Without what the form was shown with, nobody knows else who changed a field:
    each that differs is one that both changed.
    """

    def __init__(self, form: Any, *, is_fresh: bool) -> None:
        self.form, self.is_fresh = form, is_fresh
        self.seen = self._seen(form.data.get("seen", ""))
        self.rows = [row for row in map(self._difference, comparable(form)) if row]

    @staticmethod
    def _seen(text: str) -> dict[str, str]:
        try:
            found = json.loads(text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _difference(self, name: str) -> Difference | None:
        form, mine, theirs, seen = self.form, sent(self.form, name), saved(self.form, name), self.seen.get(name)
        if mine == theirs:
            return None
        kept = form.data.get(f"{KEEP}{name}", "")
        return Difference(
            name=name,
            label=str(form.fields[name].widget.attrs.get("aria-label") or form[name].label),
            mine=in_words(form.fields[name], mine),
            theirs=in_words(form.fields[name], theirs),
            by_me=seen != digest(mine),
            by_them=not self.is_fresh if seen is None else seen != digest(theirs),
            kept=kept if kept in ("mine", "theirs") else "",
        )

    @property
    def is_settled(self) -> bool:
        """Whether the person has seen all that others changed, and has chosen where both did."""
        return all(not row.is_open and row.by_me for row in self.rows)

    def merged(self) -> Any:
        """What was sent, with the values of others where they alone changed a field, or where theirs is kept."""
        data = self.form.data.copy()
        for row in self.rows:
            if not row.by_me or (row.by_them and row.kept == "theirs"):
                self._put(data, row.name)
        return data

    def _put(self, data: Any, name: str) -> None:
        form, key = self.form, self.form.add_prefix(name)
        field = form.fields[name]
        value = field.prepare_value(form.get_initial_for_field(field, name))
        data.pop(key, None)
        if isinstance(field.widget, forms.CheckboxInput):
            data.update({key: "on"} if value else {})
            return
        shown = field.widget.format_value(value)
        data.setlist(
            key, [str(item) for item in shown or [] if item is not None] if isinstance(shown, list) else [shown or ""]
        )

    @property
    def seen_now(self) -> str:
        """What the form is shown with beside the comparison: where both changed a field, that stays to be chosen."""
        return seen_values(self.form, but={row.name: self.seen.get(row.name, "") for row in self.rows if row.is_open})


def in_words(field: Any, value: str) -> str:
    """A value as people read it: the names of records, the labels of choices."""
    if isinstance(field, ModelChoiceField):
        records: Any = field.queryset
        keys = [key for key in value.split() if key.isdecimal()]
        names = [field.label_from_instance(found) for found in records.filter(pk__in=keys)]
        return ", ".join(name.strip() for name in names)
    if isinstance(field, forms.BooleanField):
        return "yes" if value == "True" else "no"
    if isinstance(field, forms.ChoiceField):
        return str(dict(_flat(field.choices)).get(value, value))
    return value


def _flat(choices: Any) -> Iterator[tuple[str, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield plain(value), label
