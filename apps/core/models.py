from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from apps.core import clock
from apps.core.access import Access
from apps.core.text import clean_line, clean_text

PERIODS = (("_from", "_until"), ("starts_on", "ends_on"), ("starts_at", "ends_at"))
TURNED_ROUND = "The last day comes before the first."


class TimestampedModel(models.Model):
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    @property
    def created_on(self) -> date:
        return clock.day_of(self.created_at)

    def clean_fields(self, exclude: Any = None) -> None:
        """Every form and import asks: texts in their one form, and no period that ends before it begins."""
        wrong: dict[str, Any] = {}
        left_out = set(exclude or ())
        for field in written_fields(type(self)):
            value = getattr(self, field.attname)
            if field.name in left_out or not isinstance(value, str):
                continue
            clean = clean_text if isinstance(field, models.TextField) else clean_line
            try:
                setattr(self, field.attname, clean(value))
            except ValidationError as error:
                wrong[field.name] = error
        for first, last in periods(type(self)):
            start, end = getattr(self, first), getattr(self, last)
            if start and end and start > end and last not in left_out:
                wrong[last] = ValidationError(TURNED_ROUND)
        try:
            super().clean_fields(exclude=left_out | wrong.keys())
        except ValidationError as error:
            error.update_error_dict(wrong)
        if wrong:
            raise ValidationError(wrong)


def written_fields(model: type[models.Model]) -> Iterator[Any]:
    """The fields in which people write words of their own."""
    for field in model._meta.concrete_fields:
        if isinstance(field, models.CharField | models.TextField) and not field.choices:
            yield field


def periods(model: type[models.Model]) -> list[tuple[str, str]]:
    """The pairs of fields that say from when until when, by their names."""
    names = {field.name for field in model._meta.concrete_fields}
    pairs = [
        (name, name.removesuffix(start) + end)
        for name in sorted(names)
        for start, end in PERIODS
        if name.endswith(start)
    ]
    return [(first, last) for first, last in pairs if last in names]


class SharedValue(models.Model):
    """What all web processes have to know for a short while; see `apps.core.shared_cache`."""

    key = models.CharField(max_length=64, primary_key=True, help_text="A digest, since keys may hold addresses.")
    value = models.TextField(help_text="As JSON.")
    ends_at = models.DateTimeField(null=True, db_index=True)

    portal_may = Access.REMOVE

    def __str__(self) -> str:
        return f"Shared value {self.key[:8]}"
