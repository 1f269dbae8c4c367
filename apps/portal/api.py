from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import ErrorSerializer
from apps.ledger.models import Verification
from apps.portal.ledger import begin, require_reader


class ProblemSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField(allow_null=True, help_text="Number of the ledger entry, where there is one.")
    table = serializers.CharField()
    row = serializers.IntegerField()
    what = serializers.CharField()
    words = serializers.CharField()


class VerificationSerializer(serializers.ModelSerializer[Verification]):
    ok = serializers.BooleanField(read_only=True, help_text="Whether it has ended and everything fits.")
    problems = ProblemSerializer(many=True, read_only=True)

    class Meta:
        model = Verification
        fields = [
            "id",
            "ok",
            "by_name",
            "started_at",
            "finished_at",
            "progress",
            "entries",
            "redactions",
            "head",
            "problems",
            "checkpoint",
            "checkpoint_problem",
        ]
        read_only_fields = fields


class VerificationView(APIView):
    """Whether the ledger fits the history."""

    @extend_schema(
        operation_id="ledger_verification_retrieve",
        responses={200: VerificationSerializer, 401: ErrorSerializer, 403: ErrorSerializer, 404: ErrorSerializer},
    )
    def get(self, request: Request) -> Response:
        """The newest verification."""
        require_reader(request.user)  # type: ignore[arg-type]
        newest = Verification.objects.first()
        if newest is None:
            raise NotFound("The ledger was not verified yet.")
        return Response(VerificationSerializer(newest).data)

    @extend_schema(
        operation_id="ledger_verification_create",
        request=None,
        responses={
            201: VerificationSerializer,
            202: VerificationSerializer,
            401: ErrorSerializer,
            403: ErrorSerializer,
            409: ErrorSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Verify the ledger now. 202 says that a worker does it; ask again for the result."""
        if not request.user.has_perm("portal.verify_ledger"):
            raise PermissionDenied("Auditors and administrators verify the ledger.")
        made = begin(request.user)  # type: ignore[arg-type]
        code = status.HTTP_201_CREATED if made.finished_at else status.HTTP_202_ACCEPTED
        return Response(VerificationSerializer(made).data, status=code)
