"""Forms whose records are linked with others through recorded rows."""

from __future__ import annotations

from typing import Any

from apps.core.forms import RecordForm, RecordT
from apps.ledger.models import set_links


class LinkedForm(RecordForm[RecordT]):
    """A form that saves what its record is linked with as well: each field that is a many-to-many of the model."""

    def save_by(self, user: Any) -> RecordT:
        reason = "Edit" if self.instance.pk else "Create"
        record: Any = super().save_by(user)
        for field in record._meta.many_to_many:
            if field.name in self.cleaned_data:
                links = field.remote_field.through._meta.get_field(field.m2m_field_name()).remote_field
                manager = getattr(record, links.get_accessor_name())
                set_links(
                    manager, field.m2m_reverse_field_name(), self.cleaned_data[field.name], by=user, reason=reason
                )
        return record  # type: ignore[no-any-return]
