"""What waits for the user through the API, as on the home page and in the daily mail."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import ErrorSerializer
from apps.core.requests import KnownQuery
from apps.core.waiting import Task
from apps.notifications.work import tasks_of


class TaskSerializer(serializers.Serializer[Task]):
    what = serializers.CharField(help_text="What to do.")
    title = serializers.CharField(source="name", help_text="With what.")
    kind = serializers.SerializerMethodField(help_text="The kind of the record; empty where it is about none.")
    record = serializers.SerializerMethodField(help_text="The id of the record.")
    url = serializers.CharField(help_text="The page on which it is done.")
    by = serializers.CharField(help_text="Who asked.")
    why = serializers.CharField(help_text="What they wrote, or what was found; empty where nothing was.")
    since = serializers.DateField()
    due_on = serializers.DateField(allow_null=True)
    is_late = serializers.BooleanField()

    def get_kind(self, task: Task) -> str:
        return "" if task.about is None else str(task.about._meta.model_name)

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_record(self, task: Task) -> int | None:
        return None if task.about is None else int(task.about.pk)


class WorkSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="As in the badge, on the home page and in the daily mail.")
    results = TaskSerializer(many=True)


class WorkView(KnownQuery):
    @extend_schema(
        operation_id="work_retrieve",
        responses={200: WorkSerializer, **dict.fromkeys((400, 401, 403, 406), ErrorSerializer)},
    )
    def get(self, request: Request) -> Response:
        """What waits for you, the most urgent first."""
        tasks = tasks_of(request.user)  # type: ignore[arg-type]
        return Response(WorkSerializer({"count": len(tasks), "results": tasks}).data)
