from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied

from apps.core.forms import RecordForm, RecordT
from apps.vendors.models import Interest, Organisation, Person, Position, Relation
from apps.vendors.services import look_again_at_conflicts


class OrganisationForm(RecordForm[Organisation]):
    class Meta:
        model = Organisation
        fields = ["name", "kind", "purpose", "jurisdiction", "lei", "listed", "diversified", "risk_tier", "owner"]
        widgets = {"purpose": forms.Textarea(attrs={"rows": 3})}

    def save_by(self, user: Any) -> Organisation:
        """Raises PermissionDenied when somebody else than legal changes what a conflict of interests depends on."""
        group = {self.initial.get("kind"), self.cleaned_data["kind"]} & set(Organisation.GROUP)
        decisive = {"listed", "diversified"} | ({"kind"} if group else set())
        if decisive & set(self.changed_data) and not user.has_perm("vendors.classify_organisation", self.instance):
            raise PermissionDenied(
                "Legal says which organisations belong to our group, and which are listed or diversified."
            )
        return super().save_by(user)


class ConflictForm(RecordForm[RecordT]):
    """A form for what paths of interests are made of."""

    def save_by(self, user: Any) -> RecordT:
        record = super().save_by(user)
        look_again_at_conflicts(*([record.organisation] if isinstance(record, Interest) else []))
        return record


class PersonForm(ConflictForm[Person]):
    class Meta:
        model = Person
        fields = ["name", "kind", "why_unnamed", "user"]


class PositionForm(ConflictForm[Position]):
    class Meta:
        model = Position
        fields = ["organisation", "role", "starts_on", "ends_on", "source"]


class RelationForm(ConflictForm[Relation]):
    class Meta:
        model = Relation
        fields = ["relative", "kind", "starts_on", "ends_on"]


class InterestForm(ConflictForm[Interest]):
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


class OwnInterestForm(ConflictForm[Interest]):
    """An interest that somebody declares for themselves."""

    class Meta:
        model = Interest
        fields = ["organisation", "type", "directness", "share_exact", "share_min", "share_max", "starts_on", "ends_on"]

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.holder_person = person
        self.instance.source = self.instance.source or f"Declared by {person}"
