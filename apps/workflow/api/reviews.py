"""Reviews, votes and conditions through the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import Role
from apps.core.queries import BooleanFilter
from apps.core.requests import Body
from apps.ledger.api import OrderingFilter, ReadViewSet, ShownSerializer, name_of, search_filter, shown_field
from apps.workflow.api.steps import GovernedSerializer, GovernedViewSet
from apps.workflow.api.subjects import OneSubjectFilterSet, SubjectFilterSet, SubjectSerializer
from apps.workflow.models import Ask, Condition, GovernedModel, Review, Seat, Vote
from apps.workflow.models.review import ReviewQuerySet


class ConditionSerializer(serializers.ModelSerializer[Condition]):
    met_by_name = name_of("met_by", null=True)

    class Meta:
        model = Condition
        fields = ["id", "text", "due_on", "met_at", "met_by_name", "evidence"]


class VoteSerializer(serializers.ModelSerializer[Vote]):
    acting_for_name = name_of("acting_for", null=True)
    conditions = ConditionSerializer(many=True, read_only=True)

    class Meta:
        model = Vote
        fields = ["id", "role", "verdict", "by", "by_name", "acting_for_name", "reason", "conditions", "digest", "at"]


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
    seats = serializers.SerializerMethodField(
        help_text="The required roles. Nobody is named in them to those whose own interests the review is about."
    )
    votes = serializers.SerializerMethodField(help_text="Every version of every vote, oldest first.")
    facts = serializers.SerializerMethodField(
        help_text="Digest of what the checks find now, which a vote names; empty once nobody votes any more."
    )

    class Meta(ReviewRowSerializer.Meta):
        fields = [*ReviewRowSerializer.Meta.fields, "facts", "content", "seats", "votes", "transitions"]

    def get_facts(self, review: Review) -> str:
        return review.facts if review.status == Review.Status.OPEN else ""

    @extend_schema_field(SeatSerializer(many=True))
    def get_seats(self, review: Review) -> list[dict[str, Any]]:
        hides = review.subject.hides_remarks_from(self.context["request"].user)
        unnamed: dict[str, Any] = {"able": [], "unable": []} if hides else {}
        return [{**SeatSerializer(seat).data, **unnamed} for seat in review.seats()]

    @extend_schema_field(VoteSerializer(many=True))
    def get_votes(self, review: Review) -> list[dict[str, Any]]:
        """Reasons and conditions may tell of a path of interests, so somebody with such a path reads only verdicts."""
        user = self.context["request"].user
        votes = list(review.votes.select_related("acting_for").prefetch_related("conditions__met_by"))
        shown: list[dict[str, Any]] = [dict(row) for row in VoteSerializer(votes, many=True).data]
        if review.subject.hides_remarks_from(user):
            for vote in shown:
                vote.update({"reason": "", "conditions": []} if vote["by"] != user.pk else {})
        return shown


class AskSerializer(Body):
    text = serializers.CharField(max_length=1000)
    due_on = serializers.DateField(
        required=False, allow_null=True, help_text="Without a date it must be met before activation."
    )


class CastVoteSerializer(Body):
    role = serializers.ChoiceField(choices=[(role.value, role.value) for role in Role])
    verdict = serializers.ChoiceField(choices=Vote.Verdict.choices)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    conditions = serializers.ListField(child=AskSerializer(), required=False, max_length=100)
    digest = shown_field("digest")
    facts = shown_field("facts")


class ReviewFilterSet(SubjectFilterSet):
    role = django_filters.ChoiceFilter(
        choices=[(role.value, role.value) for role in Role],
        method="filter_role",
        label="Reviews that need this role.",
    )

    search = search_filter("Text in the name of the requester.")
    search_fields = ("requester__full_name",)
    ordering = OrderingFilter("due_on", "created_at", "status", "number", "id")

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
        given = CastVoteSerializer(data=request.data)
        review: Review = self.get_shown(given)
        vote = given.validated_data
        review.as_shown(digest=vote["digest"], facts=vote["facts"])
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


# --- Conditions -------------------------------------------------------------------------------------------------------


class ConditionDetailSerializer(ConditionSerializer):
    review = serializers.IntegerField(source="vote.review_id", read_only=True)
    role = serializers.CharField(
        source="vote.role", read_only=True, help_text="The role that set it and says it is met."
    )

    class Meta(ConditionSerializer.Meta):
        fields = [*ConditionSerializer.Meta.fields, "review", "role", "created_at", "revision"]


class MeetSerializer(ShownSerializer):
    evidence = serializers.CharField(max_length=10_000, help_text="How it was met.")


class ConditionFilterSet(OneSubjectFilterSet):
    search = search_filter("Text in the condition.")
    search_fields = ("text",)
    ordering = OrderingFilter("due_on", "met_at", "id")
    met = BooleanFilter(field_name="met_at", lookup_expr="isnull", exclude=True, label="Whether it is met.")

    class Meta:
        model = Condition
        fields: list[str] = []

    def of(self, subject: GovernedModel, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if subject.hides_remarks_from(self.request.user):
            return queryset.none()
        return queryset.filter(vote__review__in=Review.objects.about(subject))


class ConditionViewSet(ReadViewSet):
    """What approvals depend on, listed for one record."""

    queryset = Condition.objects.select_related("met_by", "vote__review")
    serializer_class = ConditionDetailSerializer
    filterset_class = ConditionFilterSet

    def get_object(self) -> Condition:
        condition: Condition = super().get_object()
        if condition.vote.review.subject.hides_remarks_from(self.user):
            raise NotFound
        return condition

    @extend_schema(request=MeetSerializer)
    @action(detail=True, methods=["post"])
    def meet(self, request: Request, **kwargs: str) -> Response:
        """Say that the condition is met. Only somebody of the role that set it can."""
        given = MeetSerializer(data=request.data)
        condition: Condition = self.get_shown(given)
        condition.meet(by=self.user, evidence=given.validated_data["evidence"])
        return Response(self.represent(condition.pk))
