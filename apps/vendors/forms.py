from __future__ import annotations

from typing import Any

from django import forms

from apps.core.forms import RecordForm
from apps.vendors.models import Interest, Organisation, Person, Position, Relation


class OrganisationForm(RecordForm[Organisation]):
    class Meta:
        model = Organisation
        fields = ["name", "kind", "purpose", "jurisdiction", "lei", "listed", "diversified", "risk_tier", "owner"]
        widgets = {"purpose": forms.Textarea(attrs={"rows": 3})}


class PersonForm(RecordForm[Person]):
    class Meta:
        model = Person
        fields = ["name", "kind", "why_unnamed", "user"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == Person.Kind.KNOWN and not cleaned.get("name"):
            self.add_error("name", "A known person has a name.")
        return cleaned


class PositionForm(RecordForm[Position]):
    class Meta:
        model = Position
        fields = ["organisation", "role", "starts_on", "ends_on", "source"]


class RelationForm(RecordForm[Relation]):
    class Meta:
        model = Relation
        fields = ["relative", "kind", "starts_on", "ends_on"]


class InterestForm(RecordForm[Interest]):
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
            "starts_on",
            "ends_on",
            "source",
            "details",
        ]


class OwnInterestForm(RecordForm[Interest]):
    """An interest that somebody declares for themselves."""

    class Meta:
        model = Interest
        fields = ["organisation", "type", "directness", "share_exact", "share_min", "share_max", "starts_on", "ends_on"]

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.holder_person = person
        self.instance.source = self.instance.source or f"Declared by {person}"
