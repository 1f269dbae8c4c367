"""What rows that speak about another record say of it through the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.reverse import reverse

from apps.accounts.models import User
from apps.core.queries import WholeNumberFilter
from apps.ledger.api import SearchFilterSet
from apps.workflow.models import GovernedModel, subject_models


class SubjectSerializer(serializers.Serializer[Any]):
    """What a review or finding is about."""

    kind = serializers.CharField(source="content_type.model")
    id = serializers.IntegerField(source="object_id")
    name = serializers.CharField(source="subject")
    url = serializers.SerializerMethodField()

    def get_url(self, about: Any) -> str:
        return SubjectUrls(self.context["request"]).url(about.content_type.model, about.object_id)


class SubjectUrls:
    """The addresses of many subjects, which are those of the list of their kind and their number."""

    def __init__(self, request: Request) -> None:
        self.request, self.lists = request, dict[str, str]()

    def url(self, kind: str, pk: int) -> str:
        if kind not in self.lists:
            self.lists[kind] = reverse(f"api:{kind}-list", request=self.request)
        return f"{self.lists[kind]}{pk}/"


KIND_LABEL = "What kind of record it is about."


class SubjectFilterSet(SearchFilterSet):
    """Filters of rows that speak about another record."""

    subject_kind = django_filters.ChoiceFilter(
        field_name="content_type__model",
        choices=lambda: [(model._meta.model_name, model._meta.verbose_name) for model in subject_models()],
        label=KIND_LABEL,
    )
    subject_id = WholeNumberFilter(field_name="object_id", label="The id of the record it is about.")


def models_with_thread() -> list[type[GovernedModel]]:
    """Every model that comments, files and conditions may be about. Of a person, findings alone speak."""
    return [model for model in subject_models() if issubclass(model, GovernedModel)]


def visible_subject(kind: str, pk: int, user: User) -> GovernedModel | None:
    """The record of that kind that comments and files may be about, if this user sees it."""
    model: Any = next((model for model in models_with_thread() if model._meta.model_name == kind), None)
    found: GovernedModel | None = model._default_manager.visible_to(user).filter(pk=pk).first() if model else None
    return found


class OneSubjectFilterSet(SearchFilterSet):
    """Filters of what is listed for one record only, because who reads it depends on that record."""

    subject_kind = django_filters.ChoiceFilter(
        choices=SubjectFilterSet.base_filters["subject_kind"].extra["choices"],
        required=True,
        method="keep",
        label=KIND_LABEL,
    )
    subject_id = WholeNumberFilter(required=True, method="keep", label="The id of the record it is about.")

    def keep(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """Both together name the record, see `filter_queryset`."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.form.cleaned_data
        subject = visible_subject(given["subject_kind"], given["subject_id"], self.request.user)
        found = super().filter_queryset(queryset)
        return self.of(subject, found) if subject else found.none()

    def of(self, subject: GovernedModel, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """What this user may read about the record."""
        raise NotImplementedError
