"""What somebody looks after, and who does so after them."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from apps.accounts.models import Role, User
from apps.ledger.models import RecordedModel


def kept_models() -> list[type[RecordedModel]]:
    """Every model that names people who look after its records."""
    return [model for model in apps.get_models() if issubclass(model, RecordedModel) and model.keepers]


def records_kept_by(user: User) -> list[RecordedModel]:
    """What the user asks for or looks after and is not over yet, by kind."""
    found: list[RecordedModel] = []
    for model in kept_models():
        theirs = reduce(or_, (Q(**{name: user}) for name in model.keepers))
        over = Q(status__in=model.over_in) if model.over_in else Q(pk__in=[])
        kept = model._base_manager.filter(theirs & ~over).order_by("pk")
        found += kept.that_stay() if hasattr(kept, "that_stay") else kept
    return found


@transaction.atomic
def hand_over(person: User, successor: User, *, by: User) -> list[RecordedModel]:
    """Let the successor look after all of it, each record with its history. Nothing is done when one is refused."""
    if not successor.is_active or successor.is_service or successor == person:
        raise ValidationError({"successor": "Choose a colleague whose account is open."})
    if successor.has_role(Role.AUDITOR):
        raise ValidationError({"successor": "An auditor changes nothing, and so looks after nothing."})
    records = records_kept_by(person)
    if barred := [record for record in records if record.concerns(successor)]:
        raise ValidationError({"successor": _refusal(successor, barred)})
    for record in records:
        _hand_over(record, person, successor, by)
    return records


def _hand_over(record: RecordedModel, person: User, successor: User, by: User) -> None:
    record.refresh_from_db(from_queryset=type(record)._base_manager.select_for_update(of=("self",), no_key=True))
    for name in record.keepers:
        if getattr(record, f"{name}_id") == person.pk:
            setattr(record, name, successor)
    record.on_behalf(by, f"handed over from {person} to {successor}").save()


def _refusal(successor: User, barred: list[RecordedModel]) -> str:
    numbers = ", ".join(f"{record._meta.verbose_name} no. {record.pk}" for record in barred)
    return (
        f"{successor} may not look after all of this, because of an interest of their own: {numbers}. Choose another."
    )
