"""Versions of datasets through the API. Datasets themselves are read and written as their form says."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from apps.datasets.forms import DatasetVersionForm
from apps.datasets.models import DatasetVersion, DatasetVersionParent
from apps.findings.api import CheckedViewSet
from apps.ledger.api import (
    EditableViewSet,
    IdsField,
    OrderingFilter,
    PartSerializer,
    SearchFilterSet,
    name_of,
    search_filter,
)
from apps.workflow.api import GovernedSerializer


class DatasetVersionRowSerializer(PartSerializer[DatasetVersion]):
    form_class = DatasetVersionForm
    whole = "dataset"
    dataset_name = name_of("dataset")
    cohort_name = name_of("cohort", null=True)
    digest = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="The SHA-256 of the manifest of its files. Blanks and capital letters do not matter.",
    )
    parents = IdsField(required=False, help_text="The versions that it was made from, of any dataset.")
    derived_by = serializers.ChoiceField(
        choices=DatasetVersionParent.Kind.choices,
        required=False,
        allow_blank=True,
        help_text="How it was made from them.",
    )

    class Meta:
        model = DatasetVersion
        fields = [
            *("id", "dataset", "dataset_name", "number", "status", "description", "digest"),
            *("record_count", "subject_count", "cohort", "cohort_name", "parents", "derived_by"),
            *("created_at", "revision"),
        ]
        read_only_fields = ["number"]
        validators: ClassVar[list[Any]] = []

    def make_form(self, record: DatasetVersion, values: dict[str, Any]) -> Any:
        held = {"derived_by": record.derived_by} if record.pk and values.get("parents") else {}
        return super().make_form(record, {**held, **values})


class DatasetVersionSerializer(GovernedSerializer, DatasetVersionRowSerializer):
    class Meta(DatasetVersionRowSerializer.Meta):
        fields = [*DatasetVersionRowSerializer.Meta.fields, "transitions"]


class DatasetVersionFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the dataset, the description or the digest.")
    search_fields = ("dataset__name", "description", "digest")
    ordering = OrderingFilter("number", "status", "created_at", "id")

    class Meta:
        model = DatasetVersion
        fields = ["dataset", "status", "digest", "cohort"]


class DatasetVersionViewSet(CheckedViewSet, EditableViewSet):
    """The versions of datasets. Once approved, a version never changes; a new one follows."""

    queryset = DatasetVersion.objects.select_related("dataset", "cohort").prefetch_related("parents", "parent_links")
    serializer_class = DatasetVersionSerializer
    row_serializer_class = DatasetVersionRowSerializer
    filterset_class = DatasetVersionFilterSet
