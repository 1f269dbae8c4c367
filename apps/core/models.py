from django.db import models

from apps.core import clock
from apps.core.access import Access


class TimestampedModel(models.Model):
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class SharedValue(models.Model):
    """What all web processes have to know for a short while; see `apps.core.shared_cache`."""

    key = models.CharField(max_length=64, primary_key=True, help_text="A digest, since keys may hold addresses.")
    value = models.TextField(help_text="As JSON.")
    ends_at = models.DateTimeField(null=True, db_index=True)

    portal_may = Access.REMOVE

    def __str__(self) -> str:
        return f"Shared value {self.key[:8]}"
