"""Datasets through the API."""

from apps.datasets.forms import DatasetForm
from apps.datasets.models import Dataset
from apps.findings.api import CheckedViewSet
from apps.ledger.api import (
    EditableViewSet,
    FormSerializer,
    IdsField,
    KeysField,
    OrderingFilter,
    SearchFilterSet,
    name_of,
    search_filter,
)
from apps.workflow.api import GovernedSerializer


class DatasetRowSerializer(FormSerializer[Dataset]):
    form_class = DatasetForm
    owner_name = name_of("owner")
    steward_name = name_of("steward", null=True)
    categories = KeysField(required=False)
    subject_types = KeysField(required=False)
    uses = KeysField(required=False, help_text="What it was collected for.")
    notices = IdsField(required=False, help_text="The notices that told people about it.")

    class Meta:
        model = Dataset
        fields = [
            "id",
            "name",
            "status",
            "description",
            "owner",
            "owner_name",
            "steward",
            "steward_name",
            "categories",
            "subject_types",
            "uses",
            "notices",
            "obtained",
            "collected_from",
            "collected_until",
            "retention_months",
            "retention_promise",
            "record_count",
            "subject_count",
            "cohort",
            "created_at",
            "revision",
        ]
        read_only_fields = ["owner"]


class DatasetSerializer(GovernedSerializer, DatasetRowSerializer):
    class Meta(DatasetRowSerializer.Meta):
        fields = [*DatasetRowSerializer.Meta.fields, "transitions"]


class DatasetFilterSet(SearchFilterSet):
    search = search_filter("Text in the name or description.")
    search_fields = ("name", "description")
    ordering = OrderingFilter("name", "status", "record_count", "created_at", "id")

    class Meta:
        model = Dataset
        fields = ["status", "owner", "steward", "obtained"]


class DatasetViewSet(CheckedViewSet, EditableViewSet):
    """Bodies of data about people, with what they were told when it was collected."""

    queryset = Dataset.objects.select_related("owner", "steward").prefetch_related(
        "categories", "subject_types", "uses", "notices"
    )
    serializer_class = DatasetSerializer
    row_serializer_class = DatasetRowSerializer
    filterset_class = DatasetFilterSet
