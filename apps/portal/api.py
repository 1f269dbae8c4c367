"""The ledger through the API, to read and to verify."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import ErrorSerializer
from apps.core.queries import WholeNumberFilter
from apps.core.requests import Body, KnownQuery, takes_nothing
from apps.core.scopes import Scope
from apps.ledger.api import LARGEST_ID, OrderingFilter, ReadViewSet, SearchFilterSet, search_filter
from apps.ledger.models import Entry, Verification
from apps.ledger.proofs import prove_consistency, prove_entry
from apps.portal.ledger import begin, require_reader
from apps.portal.proofs import provable_entries


class EntryRowSerializer(serializers.ModelSerializer[Entry]):
    hash = serializers.SerializerMethodField(help_text="SHA-256, hex.")
    previous_hash = serializers.SerializerMethodField(help_text="SHA-256 of the entry before it, hex.")

    class Meta:
        model = Entry
        fields = ["sequence", "kind", "table_name", "row_id", "actor", "at", "hash", "previous_hash"]

    def get_hash(self, entry: Entry) -> str:
        return bytes(entry.hash).hex()

    def get_previous_hash(self, entry: Entry) -> str:
        return bytes(entry.previous_hash).hex()


class EntrySerializer(EntryRowSerializer):
    fields_committed = serializers.DictField(
        source="fields", child=serializers.CharField(), help_text="The commitment to each field of the row."
    )

    class Meta(EntryRowSerializer.Meta):
        fields = [*EntryRowSerializer.Meta.fields, "fields_committed"]


class EntryFilterSet(SearchFilterSet):
    search = search_filter("Text in the name of the table or of the actor.")
    search_fields = ("table_name", "actor")
    ordering = OrderingFilter("sequence", "at", "table_name")
    row_id = WholeNumberFilter(min_value=0, max_value=2**63 - 1, label="The id of the row.")

    class Meta:
        model = Entry
        fields = ["table_name", "row_id", "actor", "kind"]


class ProvenSerializer(serializers.Serializer[Any]):
    statement = serializers.CharField(help_text="What its hash is made of, after the hash of the entry before it.")
    previous_hash = serializers.CharField(allow_blank=True, help_text="Hex.")


class InclusionSerializer(serializers.Serializer[Any]):
    """That an entry is in the signed ledger. The command verify_proof says so with nothing but a key."""

    type = serializers.CharField(help_text="inclusion")
    entry = ProvenSerializer()
    index = serializers.IntegerField(help_text="The leaf of the tree, from 0.")
    size = serializers.IntegerField(help_text="So many entries are signed.")
    path = serializers.ListField(child=serializers.CharField(), help_text="Hashes from the leaf up to the root, hex.")
    checkpoint = serializers.CharField(help_text="The signed note.")


class ConsistencySerializer(serializers.Serializer[Any]):
    """That the ledger of the newer checkpoint goes on from that of the older one."""

    type = serializers.CharField(help_text="consistency")
    old = serializers.CharField(help_text="The older signed note.")
    new = serializers.CharField(help_text="The newer signed note.")
    path = serializers.ListField(child=serializers.CharField(), help_text="Hashes, hex.")


class SizesSerializer(Body):
    """Two checkpoints, named by their numbers of entries."""

    old = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, help_text="Entries of the older checkpoint.")
    new = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        required=False,
        default=None,
        help_text="Entries of the newer one; by default the newest.",
    )


class EntryViewSet(ReadViewSet):
    """The links of the chain: one for each change of any record."""

    queryset: Any = Entry.objects.all()
    serializer_class = EntrySerializer
    row_serializer_class = EntryRowSerializer
    filterset_class = EntryFilterSet

    def get_queryset(self) -> QuerySet[Any]:
        require_reader(self.user)
        entries: QuerySet[Any] = self.queryset.all()
        return entries.defer("fields") if self.action == "list" else entries

    @extend_schema(
        responses={200: InclusionSerializer, **dict.fromkeys((400, 401, 403, 404, 406, 409), ErrorSerializer)}
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def proof(self, request: Request, pk: str) -> Response:
        """Prove that the entry is in the signed ledger. Also for those who see the record that it speaks of."""
        if not provable_entries(self.user, [int(pk)]):
            raise NotFound
        return Response(prove_entry(int(pk)))


class ConsistencyView(APIView):
    @extend_schema(
        operation_id="ledger_consistency_retrieve",
        parameters=[SizesSerializer],
        responses={200: ConsistencySerializer, **dict.fromkeys((400, 401, 403, 409), ErrorSerializer)},
    )
    def get(self, request: Request) -> Response:
        """Prove that nothing was rewritten between two checkpoints."""
        require_reader(request.user)  # type: ignore[arg-type]
        asked = SizesSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        sizes = asked.validated_data
        return Response(prove_consistency(sizes["old"], sizes["new"]))


class ProblemSerializer(serializers.Serializer[Any]):
    sequence = serializers.IntegerField(allow_null=True, help_text="Number of the ledger entry, where there is one.")
    table = serializers.CharField()
    row = serializers.IntegerField()
    what = serializers.CharField()
    words = serializers.CharField()


class ComparedSerializer(serializers.Serializer[Any]):
    """What came of a checkpoint."""

    name = serializers.CharField()
    holder = serializers.CharField()
    size = serializers.IntegerField(help_text="So many entries it covers.")
    time = serializers.DateTimeField(allow_null=True)
    outside = serializers.BooleanField(help_text="Whether it is held where nobody of the portal can change it.")
    problem = serializers.CharField(allow_null=True, help_text="What does not fit; null when it fits.")


class VerificationSerializer(serializers.ModelSerializer[Verification]):
    ok = serializers.BooleanField(read_only=True, help_text="Whether it has ended and everything fits.")
    problems = ProblemSerializer(many=True, read_only=True)
    checked = serializers.ListField(child=serializers.CharField(), read_only=True)
    compared = ComparedSerializer(many=True, read_only=True)
    anchored = ComparedSerializer(
        read_only=True,
        allow_null=True,
        help_text="The longest chain held outside that fits. Null says that the ledger is only consistent with itself.",
    )

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
            "compared",
            "anchored",
            "checked",
        ]
        read_only_fields = fields


class VerificationView(KnownQuery):
    """Whether the ledger fits the history."""

    scopes = {"post": Scope.WRITE}

    @extend_schema(
        operation_id="ledger_verification_retrieve",
        responses={200: VerificationSerializer, **dict.fromkeys((400, 401, 403, 404), ErrorSerializer)},
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
        responses={
            201: VerificationSerializer,
            202: VerificationSerializer,
            **dict.fromkeys((400, 401, 403, 409, 413, 415), ErrorSerializer),
        },
    )
    @takes_nothing
    def post(self, request: Request) -> Response:
        """Verify the ledger now. 202 says that a worker does it; ask again for the result."""
        made = begin(request.user)  # type: ignore[arg-type]
        code = status.HTTP_201_CREATED if made.finished_at else status.HTTP_202_ACCEPTED
        return Response(VerificationSerializer(made).data, status=code)
