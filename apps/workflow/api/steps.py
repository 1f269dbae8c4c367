"""Steps of governed records through the API."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import parsers, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import BoundedJSONParser
from apps.core.requests import Body
from apps.ledger.api import LARGEST_ID, RecordSchema, RecordViewSet, form_errors, shown_field
from apps.ledger.timeline import Event
from apps.workflow.forms import TransitionForm, transition_form
from apps.workflow.models import GovernedModel, Transition
from apps.workflow.timeline import events_of


class GovernedSerializer(serializers.Serializer[Any]):
    """Adds the steps that the user may take now."""

    transitions = serializers.SerializerMethodField(help_text="The steps that you may take now.")

    def get_transitions(self, record: GovernedModel) -> list[str]:
        return [step.name for step in record.transitions_for(self.context["request"].user)]


@cache
def step_serializer(model: type[GovernedModel], *names: str) -> type[serializers.Serializer[Any]]:
    """The types of what these steps may be given. Which of it is required, the form of the step says."""
    fields = {
        name: _typed(field)
        for step in names
        for name, field in transition_form(model, step)(step=model.transitions[step]).fields.items()
    } | {name: shown_field(name) for name in model.shown_by}
    return type(f"{model.__name__}StepSerializer", (Body,), fields)


def _typed(field: forms.Field) -> serializers.Field[Any, Any, Any, Any]:
    options: dict[str, Any] = {"required": False, "help_text": str(field.label or "")}
    if isinstance(field, forms.FileField):
        return serializers.FileField(**options)
    if isinstance(field, forms.DateField):
        return serializers.DateField(allow_null=True, **options)
    if isinstance(field, forms.IntegerField):
        return serializers.IntegerField(allow_null=True, min_value=1, max_value=LARGEST_ID, **options)
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return serializers.ChoiceField(choices=list(choices), **options)
    return serializers.CharField(allow_blank=True, max_length=getattr(field, "max_length", None), **options)


class GovernedSchema(RecordSchema):
    """Names the steps of the model and what they may be given."""

    def get_request_serializer(self) -> Any:
        if self.view.action == "make_transition":
            model = self.view.queryset.model
            return step_serializer(model, *model.transitions)()
        return super().get_request_serializer()

    def get_override_parameters(self) -> list[Any]:
        if self.view.action != "make_transition":
            return super().get_override_parameters()
        steps = list(self.view.queryset.model.transitions)
        return [
            *super().get_override_parameters(),
            OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH, enum=steps),
        ]


class GovernedViewSet(RecordViewSet):
    """Adds POST <record>/transitions/<name>/ to the viewset of a governed model."""

    schema = GovernedSchema()

    def events(self, record: GovernedModel) -> list[Event]:
        return events_of(record, self.user)

    @action(
        detail=True,
        methods=["post"],
        url_path=r"transitions/(?P<name>[a-z_]+)",
        parser_classes=[BoundedJSONParser, parsers.MultiPartParser],
    )
    def make_transition(self, request: Request, name: str, **kwargs: str) -> Response:
        """Take a step of the version that you were shown. The rules say who may; what else it must be given is what its
        form on the page asks."""
        record: GovernedModel = self.get_object()
        step = record.transitions.get(name)
        if step is None:
            raise Http404(f"There is no step “{name}”.")
        form = self._filled_form(record, step, request)
        getattr(record.as_shown(**form.shown), name)(by=self.user, **form.decided)
        return Response(self.represent(record.pk))

    def _filled_form(self, record: GovernedModel, step: Transition, request: Request) -> TransitionForm:
        """The valid form of the step. Whoever may not take it is told so before what is missing."""
        given = step_serializer(type(record), step.name)(data=request.data)
        errors: Any = None
        if given.is_valid():
            form = transition_form(type(record), step.name)(
                given.validated_data, given.validated_data, step=step, record=record, user=self.user
            )
            if form.is_valid():
                return form
            errors = form_errors(form)
        record.require_status(step)
        record.require_permission(step, self.user)
        raise serializers.ValidationError(errors or given.errors)
