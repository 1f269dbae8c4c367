"""References follow: whoever asks a record for its organisation or person gets the record that stays.

The row goes on naming whom it named when it was written, so nothing on the ledger changes; `<name>_id` says that.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor

from apps.vendors.models import Organisation, Person, Sameness


class SurvivorDescriptor(ForwardManyToOneDescriptor):  # type: ignore[type-arg]
    def __get__(self, instance: Any, cls: Any = None) -> Any:
        found = super().__get__(instance, cls)
        return found.survivor if isinstance(found, Organisation | Person) else found


def let_references_follow() -> None:
    """Of every record that names an organisation or a person, in any room. What asks about the two names both."""
    for model in apps.get_models():
        if model in (Sameness, Organisation, Person) or hasattr(model, "instance_type"):
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model in (Organisation, Person):
                setattr(model, field.name, SurvivorDescriptor(field))
