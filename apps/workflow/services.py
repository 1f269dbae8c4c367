"""Steps that time takes."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

from django.db.models import QuerySet

from apps.core.exceptions import Conflict
from apps.workflow.models import GovernedModel

logger = logging.getLogger(__name__)


def take_each(name: str, records: QuerySet[Any]) -> dict[str, int]:
    """Take a system step of each record by itself. Counts those moved, those that had moved already, and failures."""
    counted = Counter(moved=0, left=0, failed=0)
    for record in records.order_by("pk").iterator():
        counted[_take(name, record)] += 1
    return dict(counted)


def _take(name: str, record: GovernedModel) -> str:
    try:
        getattr(record, name)(by=None)
    except Conflict:
        return "left"  # somebody else was faster
    except Exception as error:
        # No message and no trace: both may name people.
        logger.error("Step %s of %s %s failed: %s", name, record._meta.label, record.pk, type(error).__name__)
        return "failed"
    return "moved"
