"""What the role that the running portal connects as may do with the rows of a model's table."""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.core.access import Access
from apps.ledger.triggers import Unchangeable

# Models of other packages, which cannot say it themselves.
OF_OTHER_PACKAGES = {
    "account.emailaddress": Access.REMOVE,
    "account.emailconfirmation": Access.REMOVE,
    "admin.logentry": Access.ADD,
    # Roles are groups: whoever renames or swaps them changes what everybody may. Migrations make them.
    "auth.group": Access.READ,
    "auth.group_permissions": Access.READ,
    "auth.permission": Access.READ,
    "contenttypes.contenttype": Access.READ,
    # Administrators change times and switch tasks off and on; beat notes when each ran.
    "django_celery_beat.clockedschedule": Access.READ,
    "django_celery_beat.crontabschedule": Access.EDIT,
    "django_celery_beat.intervalschedule": Access.EDIT,
    "django_celery_beat.periodictask": Access.EDIT,
    "django_celery_beat.periodictasks": Access.EDIT,
    "django_celery_beat.solarschedule": Access.READ,
    "mfa.authenticator": Access.REMOVE,
    "sessions.session": Access.REMOVE,
}


def access_of(model: type[models.Model]) -> Access | None:
    """What a model says itself, else what its base and triggers say. None when nothing says it."""
    said: Access | None = getattr(model, "portal_may", None) or OF_OTHER_PACKAGES.get(model._meta.label_lower)
    if said is None and any(isinstance(trigger, Unchangeable) for trigger in getattr(model._meta, "triggers", [])):
        return Access.ADD
    return said


def columns_to_insert(model: type[models.Model]) -> list[str]:
    """The columns that an INSERT may name; empty where it may name all of them.

    A number of one's own choice would put a new row before others, or in the place of one to come.
    """
    key: Any = model._meta.pk
    if access_of(model) is not Access.ADD or not isinstance(key, models.AutoField | models.BigAutoField):
        return []
    return [str(field.column) for field in model._meta.concrete_fields if field is not key]


def functions_of(model: type[models.Model]) -> tuple[str, ...]:
    """Database functions that do what the portal's role may not do to this table itself."""
    return getattr(model, "portal_calls", ())
