from __future__ import annotations

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from apps.core.access import Access

ROWS_AT_ONCE = 1000


class RecheckQuerySet(models.QuerySet["Recheck"]):
    def of(self, model: type[models.Model]) -> RecheckQuerySet:
        return self.filter(content_type=ContentType.objects.get_for_model(model))

    def waiting_since(self, content_type: int, object_id: int) -> datetime | None:
        """Since when one record waits to have its checks asked again; None when it does not."""
        marks = self.filter(content_type=content_type, object_id=object_id)
        return marks.order_by("since").values_list("since", flat=True).first()

    def add(self, records: models.QuerySet[models.Model]) -> bool:
        """Mark these records. Whether there are any.

        One that is marked already is marked once more: a worker may be asking its checks since before the change.
        """
        kind = ContentType.objects.get_for_model(records.model)
        keys = records.order_by("pk").values_list("pk", flat=True)
        marks = [Recheck(content_type=kind, object_id=key) for key in keys]
        self.bulk_create(marks, batch_size=ROWS_AT_ONCE)
        return bool(marks)


class Recheck(models.Model):
    """That a worker has to ask the checks of a record again, because something changed on which they may rest.

    It commits with the change, and is removed when what the checks find by then is written down.
    """

    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    object_id = models.PositiveBigIntegerField()
    since = models.DateTimeField(default=timezone.now)

    objects = RecheckQuerySet.as_manager()
    portal_may = Access.REMOVE

    class Meta:
        indexes = [models.Index(fields=["content_type", "object_id"])]

    def __str__(self) -> str:
        return f"{self.content_type} {self.object_id}, since {self.since}"
