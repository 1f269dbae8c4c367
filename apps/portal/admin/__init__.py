"""Django's admin site for auditors and administrators. It shows every record and changes none but the schedules."""

from __future__ import annotations

from django.apps import apps
from django.db import models
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from apps.consents.models import CohortChunk, ConsentEvent, DataSubject, PermissionChunk, PermissionDue
from apps.core.models import SharedValue
from apps.ledger.models import RecordedModel, RedactableField, Salt, StoredResponse
from apps.portal.admin.columns import options_for
from apps.portal.admin.records import EntryAdmin, RecordAdmin, UserAdmin
from apps.portal.admin.schedules import CrontabAdmin, IntervalAdmin, ScheduleAdmin
from apps.portal.admin.site import PortalAdminSite

# Shown by a class of their own; every other model of ours is shown by RecordAdmin.
OWN_CLASSES = {"ledger.Entry": EntryAdmin, "accounts.User": UserAdmin}
# Salts are what keeps commitments secret; kept answers are for those who asked; shared values count tries. Single
# people are looked up with a reason, on a page that says so on the record; here they would be millions of rows besides.
SINGLE_PEOPLE = {DataSubject, ConsentEvent, PermissionChunk, PermissionDue, CohortChunk}
NOT_SHOWN = frozenset({Salt, StoredResponse, RedactableField, SharedValue} | SINGLE_PEOPLE)

site = PortalAdminSite(name="admin")


def shown_models() -> list[type[models.Model]]:
    """Every model of ours but histories, which are shown beside their record."""
    ours = [
        model
        for model in apps.get_models()
        if issubclass(model, RecordedModel) or str(model.__module__).startswith("apps.")
    ]
    return [model for model in ours if not hasattr(model, "instance_type") and model not in NOT_SHOWN]


for _model in shown_models():
    _kind = OWN_CLASSES.get(_model._meta.label, RecordAdmin)
    site.register(_model, _kind, **options_for(_model))

site.register(PeriodicTask, ScheduleAdmin)
site.register(CrontabSchedule, CrontabAdmin)
site.register(IntervalSchedule, IntervalAdmin)

__all__ = ["shown_models", "site"]
