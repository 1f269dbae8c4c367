"""The taxonomy through the API, to read."""

from __future__ import annotations

from typing import Any, TypeVar

from rest_framework import serializers

from apps.ledger.api import OrderingFilter, RecordViewSet, SearchFilterSet, search_filter
from apps.taxonomy.models import DataCategory, DataUse, SubjectType, Term

TermT = TypeVar("TermT", bound=Term)


class TermSerializer(serializers.ModelSerializer[TermT]):
    parent = serializers.SlugRelatedField[Any](slug_field="key", read_only=True, allow_null=True)  # type: ignore[assignment]

    class Meta:
        fields = ["id", "key", "name", "description", "parent", "origin"]


class DataCategorySerializer(TermSerializer[DataCategory]):
    class Meta(TermSerializer.Meta):
        model = DataCategory
        fields = [*TermSerializer.Meta.fields, "sensitive"]


class DataUseSerializer(TermSerializer[DataUse]):
    class Meta(TermSerializer.Meta):
        model = DataUse
        fields = [*TermSerializer.Meta.fields, "asked_separately"]


class SubjectTypeSerializer(TermSerializer[SubjectType]):
    class Meta(TermSerializer.Meta):
        model = SubjectType


class TermFilterSet(SearchFilterSet):
    search = search_filter("Text in the key, the name or the description.")
    search_fields = ("key", "name", "description")
    ordering = OrderingFilter("key", "name", "id")


class DataCategoryFilterSet(TermFilterSet):
    class Meta:
        model = DataCategory
        fields = ["key", "origin", "sensitive"]


class DataUseFilterSet(TermFilterSet):
    class Meta:
        model = DataUse
        fields = ["key", "origin", "asked_separately"]


class SubjectTypeFilterSet(TermFilterSet):
    class Meta:
        model = SubjectType
        fields = ["key", "origin"]


class DataCategoryViewSet(RecordViewSet):
    """What kinds of data there are. Other records name them by their keys."""

    queryset: Any = DataCategory.objects.select_related("parent")
    serializer_class = DataCategorySerializer
    filterset_class = DataCategoryFilterSet


class DataUseViewSet(RecordViewSet):
    """What data is used for."""

    queryset: Any = DataUse.objects.select_related("parent")
    serializer_class = DataUseSerializer
    filterset_class = DataUseFilterSet


class SubjectTypeViewSet(RecordViewSet):
    """Whom data is about."""

    queryset: Any = SubjectType.objects.select_related("parent")
    serializer_class = SubjectTypeSerializer
    filterset_class = SubjectTypeFilterSet
