from __future__ import annotations

import django_tables2 as tables

from apps.core.badges import SeverityColumn, StatusColumn
from apps.datasets.models import DatasetVersion


class VersionTable(tables.Table):
    name = tables.Column("Version", accessor="pk", linkify=True, order_by=("dataset__name", "number"))
    status = StatusColumn()
    record_count = tables.Column("Records", localize=True)
    subject_count = tables.Column("People", localize=True)
    worst = SeverityColumn(verbose_name="Worst finding", orderable=False)
    # For exports.
    digest = tables.Column(visible=False)
    cohort = tables.Column(visible=False)
    description = tables.Column(visible=False)

    export_related = ("dataset", "cohort")

    class Meta:
        model = DatasetVersion
        fields = ("name", "status", "record_count", "subject_count", "worst")

    def render_name(self, record: DatasetVersion) -> str:
        return str(record)
