"""Who sees the rows of any model: what each room says in `visible_to`, carried on to the rows that hang from it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q, QuerySet

from apps.accounts.models import ApiToken, RoleGrant, User
from apps.agreements.models import Justification
from apps.consents.models import (
    AnsweredUse,
    CohortChunk,
    ConsentEvent,
    DataSubject,
    PermissionChunk,
    PermissionDue,
    SubjectKey,
)
from apps.findings.models import Recheck
from apps.ledger.models import Anchor, Entry, Verification
from apps.notifications.models import NightlyRun
from apps.taxonomy.models import DataCategory, DataUse, SubjectType
from apps.vendors.models import (
    Evidence,
    Interest,
    InterestDeclaration,
    Organisation,
    Person,
    Position,
    QuestionnaireAnswer,
    Relation,
    Statement,
)
from apps.vendors.organisations.identities import Identities
from apps.vendors.ownership.steps import MOST_RELATIONS, held_by
from apps.workflow.models import AboutModel, Comment, Delegation, GovernedModel, subject_models
from apps.workflow.models.about import about_these

# Models that hang from nothing else, with the permission to see them all; None is everybody who is signed in.
BY_PERMISSION: dict[type[models.Model], str | None] = {
    Entry: "portal.view_ledger",
    Verification: "portal.view_ledger",
    Anchor: "portal.view_ledger",
    Recheck: "portal.view_ledger",
    User: "accounts.view_users",
    RoleGrant: "accounts.view_users",
    NightlyRun: "notifications.view_all_messages",
    ApiToken: "accounts.view_users",
    Delegation: "accounts.view_users",
    Relation: "vendors.view_interests",
    InterestDeclaration: "vendors.view_interests",
    Statement: "vendors.view_interests",
    # What is known of a single person is read by looking the person up, with a reason.
    DataSubject: "consents.look_up_subject",
    ConsentEvent: "consents.look_up_subject",
    PermissionChunk: "consents.look_up_subject",
    PermissionDue: "consents.look_up_subject",
    CohortChunk: "consents.look_up_subject",
    SubjectKey: "consents.view_lookups",
    AnsweredUse: None,
    DataCategory: None,
    DataUse: None,
    SubjectType: None,
}
# What people wrote about a record without being an AboutModel.
REMARKS = frozenset({QuestionnaireAnswer, Evidence, Justification})


def visible(model: type[models.Model], user: User) -> Any:
    """The rows of a model that this user may see. Without findings and remarks about the user's own paths."""
    rows: Any = model._default_manager.all()
    if model in BY_PERMISSION:
        permission = BY_PERMISSION[model]
        return rows if user.is_active and (permission is None or user.has_perm(permission)) else rows.none()
    if hasattr(rows, "visible_to"):
        rows = _of_visible(rows.visible_to(user), user, [p for p in _parents(model) if _is_remark(p.related_model)])
    elif issubclass(model, AboutModel):
        rows = rows.filter(_about_visible(user))
    else:
        parents = _parents(model)
        rows = _of_visible(rows, user, parents) if parents else rows.none()
    hidden = _about_hidden(model, user) if _is_remark(model) else None
    return rows if hidden is None else rows.exclude(hidden)


def says_who_sees(model: type[models.Model]) -> bool:
    """Whether somebody has thought about who sees this model; nobody sees one of which that cannot be said."""
    known = model in BY_PERMISSION or hasattr(model._default_manager.all(), "visible_to")
    return known or issubclass(model, AboutModel) or bool(_parents(model))


@cache
def _is_remark(model: Any) -> bool:
    """Whether it is something said about a record, or hangs from that, such as a condition of a vote."""
    said = issubclass(model, AboutModel) or model in REMARKS
    return said or any(_is_remark(key.related_model) for key in _parents(model))


def _parents(model: type[models.Model]) -> list[Any]:
    """The keys to the records that a row hangs from. Who somebody is says nothing about what they may see."""
    keys = (field for field in model._meta.concrete_fields if field.is_relation and field.related_model is not None)
    return [key for key in keys if _is_ours(key.related_model) and key.related_model not in (User, model)]


def _is_ours(model: Any) -> bool:
    return str(model.__module__).startswith("apps.")


def _of_visible(rows: QuerySet[Any], user: User, parents: list[Any]) -> QuerySet[Any]:
    for key in parents:
        seen = visible(key.related_model, user)
        # Whoever sees all records of a kind needs no list of them, which may be long.
        if seen.query.where:
            rows = rows.filter(Q(**{f"{key.name}__in": seen.order_by()}) | Q(**{key.name: None}))
    return rows


def _about_visible(user: User) -> Q:
    """Rows about visible records, and about visible rows that speak of records themselves, such as a review."""
    spoken_of = [m for m in apps.get_models() if issubclass(m, AboutModel) and issubclass(m, GovernedModel)]
    return about_these(visible(model, user) for model in (*subject_models(), *spoken_of))


def _about_hidden(model: type[models.Model], user: User) -> Q | None:
    """Rows of this model that speak of a record about which the user must read nothing but what is their own."""
    if not hidden_subjects(user):
        return None
    hidden = Q(pk__in=[])
    for subject, pks in hidden_subjects(user).items():
        if issubclass(model, AboutModel):
            hidden |= Q(content_type=ContentType.objects.get_for_model(subject), object_id__in=pks)
        for key in _parents(model):
            if key.related_model is subject:
                hidden |= Q(**{f"{key.name}__in": pks})
    return hidden & ~Q(author=user) if model is Comment else hidden


def hidden_subjects(user: User) -> dict[type[models.Model], list[int]]:
    """Records about which the user must read no remarks; asked once for this instance, as roles are.

    Each record says itself whether it hides them. Asked are only those that the user's interests may lead to.
    """
    if "hidden_subjects" not in user.__dict__:
        reached = _organisations_from(user)
        found: dict[type[models.Model], list[int]] = {}
        for model in subject_models() if reached else ():
            spoken_of: Any = model
            spoken_of.prefetch_readers(candidates := list(_candidates(model, reached)))
            pks = [record.pk for record in candidates if record.hides_remarks_from(user)]
            if pks:
                found[model] = pks
        user.__dict__["hidden_subjects"] = found
    made: dict[type[models.Model], list[int]] = user.__dict__["hidden_subjects"]
    return made


def _candidates(model: type[models.Model], organisations: set[int]) -> Iterator[Any]:
    if model is Organisation:
        yield from Organisation.objects.filter(pk__in=organisations)
        return
    keys = [key for key in _parents(model) if key.related_model is Organisation]
    if keys and getattr(model, "hides_remarks_from", None) is not GovernedModel.hides_remarks_from:
        towards = Q()
        for key in keys:
            towards |= Q(**{f"{key.name}__in": organisations})
        yield from model._default_manager.filter(towards).select_related(*(key.name for key in keys))


def _organisations_from(user: User) -> set[int]:
    """Organisations that interests and positions lead to from the user and relatives, whatever their dates.

    More than conflicts: a transfer asks for those of its own day.
    """
    own = Person.objects.keys_of(user)
    if not own:
        return set()
    same = Identities.known()
    people = new = same.keys("person", own)
    for _ in range(MOST_RELATIONS):
        if not new:
            break
        new = same.keys("person", (pk for pair in Relation.objects.pairs_of(new) for pk in pair)) - people
        people = people | new
    held = Interest.objects.all()
    found = set(held.filter(holder_person__in=people).values_list("organisation", flat=True))
    found |= set(Position.objects.filter(person__in=people).values_list("organisation", flat=True))
    return held_by(found, held)
