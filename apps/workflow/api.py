"""Steps, reviews and votes through the API."""

from __future__ import annotations

from functools import cache
from typing import Any

import django_filters
from django import forms
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import parsers, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.accounts.models import Role
from apps.core.api import BoundedJSONParser
from apps.ledger.api import LARGEST_ID, RecordSchema, RecordViewSet, SearchFilterSet, form_errors, name_of
from apps.workflow.forms import TransitionForm, transition_form
from apps.workflow.models import Ask, Condition, GovernedModel, Review, Seat, Transition, Vote, subject_models
from apps.workflow.models.review import ReviewQuerySet


class SubjectSerializer(serializers.Serializer[Any]):
    """What a review or finding is about."""

    kind = serializers.CharField(source="content_type.model")
    id = serializers.IntegerField(source="object_id")
    name = serializers.CharField(source="subject")
    url = serializers.SerializerMethodField()

    def get_url(self, about: Any) -> str:
        route = f"api:{about.content_type.model}-detail"
        return reverse(route, args=[about.object_id], request=self.context["request"])


class SubjectFilterSet(SearchFilterSet):
    """Filters of rows that speak about another record."""

    subject_kind = django_filters.ChoiceFilter(
        field_name="content_type__model",
        choices=lambda: [(model._meta.model_name, model._meta.verbose_name) for model in subject_models()],
        label="What kind of record it is about: agreement, dataset or organisation.",
    )
    subject_id = django_filters.NumberFilter(field_name="object_id", label="The id of the record it is about.")


# --- Steps ------------------------------------------------------------------------------------------------------------


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
    }
    return type(f"{model.__name__}StepSerializer", (serializers.Serializer,), fields)


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
            return []
        steps = list(self.view.queryset.model.transitions)
        return [OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH, enum=steps)]


class GovernedViewSet(RecordViewSet):
    """Adds POST <record>/transitions/<name>/ to the viewset of a governed model."""

    schema = GovernedSchema()

    @action(
        detail=True,
        methods=["post"],
        url_path=r"transitions/(?P<name>[a-z_]+)",
        parser_classes=[BoundedJSONParser, parsers.MultiPartParser],
    )
    def make_transition(self, request: Request, name: str, **kwargs: str) -> Response:
        """Take a step. The rules say who may; what it must be given is what its form on the page asks."""
        record: GovernedModel = self.get_object()
        step = record.transitions.get(name)
        if step is None:
            raise Http404(f"There is no step “{name}”.")
        form = self._filled_form(record, step, request)
        getattr(record, name)(by=self.user, **form.cleaned_data)
        return Response(self.represent(record.pk))

    def _filled_form(self, record: GovernedModel, step: Transition, request: Request) -> TransitionForm:
        """The valid form of the step. Whoever may not take it is told so before what is missing."""
        given = step_serializer(type(record), step.name)(data=request.data)
        errors: Any = None
        if given.is_valid():
            form = transition_form(type(record), step.name)(
                given.validated_data, given.validated_data, step=step, record=record
            )
            if form.is_valid():
                return form
            errors = form_errors(form)
        record.require_status(step)
        record.require_permission(step, self.user)
        raise serializers.ValidationError(errors or given.errors)


# --- Reviews ----------------------------------------------------------------------------------------------------------


class ConditionSerializer(serializers.ModelSerializer[Condition]):
    met_by_name = name_of("met_by", null=True)

    class Meta:
        model = Condition
        fields = ["id", "text", "due_on", "met_at", "met_by_name", "evidence"]


class VoteSerializer(serializers.ModelSerializer[Vote]):
    covering_name = name_of("covering", null=True)
    conditions = ConditionSerializer(many=True, read_only=True)

    class Meta:
        model = Vote
        fields = ["id", "role", "verdict", "by", "by_name", "covering_name", "reason", "conditions", "digest", "at"]


class UnableSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    reason = serializers.CharField()


class SeatSerializer(serializers.Serializer[Seat]):
    """One required role: whether it has decided, and who can and cannot vote for it."""

    role = serializers.CharField()
    state = serializers.CharField()
    by_independent = serializers.BooleanField(help_text="Everybody is barred, so an independent reviewer decides.")
    able = serializers.ListField(child=serializers.CharField())
    unable = serializers.SerializerMethodField()

    @extend_schema_field(UnableSerializer(many=True))
    def get_unable(self, seat: Seat) -> list[dict[str, str]]:
        return [{"name": str(user), "reason": reason} for user, reason in seat.unable.items()]


class ReviewRowSerializer(serializers.ModelSerializer[Review]):
    subject = SubjectSerializer(source="*", read_only=True)
    requester_name = name_of("requester")

    class Meta:
        model = Review
        fields = [
            "id",
            "number",
            "status",
            "subject",
            "requester",
            "requester_name",
            "required_roles",
            "due_on",
            "digest",
            "created_at",
            "revision",
        ]


class ReviewSerializer(GovernedSerializer, ReviewRowSerializer):
    content = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        read_only=True,
        help_text="The material facts as [label, value, identity]; the digest is of exactly this.",
    )
    seats = SeatSerializer(many=True, read_only=True)
    votes = serializers.SerializerMethodField(help_text="Every version of every vote, oldest first.")

    class Meta(ReviewRowSerializer.Meta):
        fields = [*ReviewRowSerializer.Meta.fields, "content", "seats", "votes", "transitions"]

    @extend_schema_field(VoteSerializer(many=True))
    def get_votes(self, review: Review) -> list[dict[str, Any]]:
        """Reasons and conditions may tell of a path of interests, so somebody with such a path reads only verdicts."""
        user = self.context["request"].user
        votes = list(review.votes.select_related("covering").prefetch_related("conditions__met_by"))
        shown: list[dict[str, Any]] = [dict(row) for row in VoteSerializer(votes, many=True).data]
        if review.subject.hides_remarks_from(user):
            for vote in shown:
                vote.update({"reason": "", "conditions": []} if vote["by"] != user.pk else {})
        return shown


class AskSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=1000)
    due_on = serializers.DateField(
        required=False, allow_null=True, help_text="Without a date it must be met before activation."
    )


class CastVoteSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=[(role.value, role.value) for role in Role])
    verdict = serializers.ChoiceField(choices=Vote.Verdict.choices)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    conditions = serializers.ListField(child=AskSerializer(), required=False, max_length=100)


class ReviewFilterSet(SubjectFilterSet):
    role = django_filters.ChoiceFilter(
        choices=[(role.value, role.value) for role in Role],
        method="filter_role",
        label="Reviews that need this role.",
    )

    class Meta:
        model = Review
        fields = ["status", "requester"]

    def filter_role(self, queryset: ReviewQuerySet, name: str, value: str) -> ReviewQuerySet:
        return queryset.of_roles([value])


class ReviewViewSet(GovernedViewSet):
    """Requests for approval. They begin with the step `submit` of a record."""

    queryset = Review.objects.select_related("requester", "content_type").prefetch_related("subject")
    serializer_class = ReviewSerializer
    row_serializer_class = ReviewRowSerializer
    filterset_class = ReviewFilterSet

    @extend_schema(request=CastVoteSerializer)
    @action(detail=True, methods=["post"], url_path="votes")
    def vote(self, request: Request, **kwargs: str) -> Response:
        """Vote for a role. The last required approval approves what is reviewed."""
        review: Review = self.get_object()
        given = CastVoteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        vote = given.validated_data
        review.vote(
            by=self.user,
            role=Role(vote["role"]),
            verdict=vote["verdict"],
            reason=vote.get("reason", ""),
            conditions=[Ask(ask["text"], ask.get("due_on")) for ask in vote.get("conditions", [])],
        )
        return Response(self.represent(review.pk))

    @extend_schema(request=None)
    @vote.mapping.get
    def votes(self, request: Request, **kwargs: str) -> Response:
        """The review with its votes."""
        return Response(self.get_serializer(self.get_object()).data)
