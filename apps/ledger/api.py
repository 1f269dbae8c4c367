"""How a recorded model is read and written through the API."""

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, TypeVar

import django_filters
from django import forms
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms.models import model_to_dict
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import BoundedJSONParser, ErrorSerializer
from apps.core.exceptions import StaleEdit
from apps.core.forms import RecordForm
from apps.core.permissions import require
from apps.core.queries import FilterSet, OrderField
from apps.core.requests import Body, KnownQuery
from apps.core.scopes import Scope, scopes_for
from apps.core.search import holding
from apps.ledger.idempotency import HEADER, answer_once
from apps.ledger.models import RecordedModel
from apps.ledger.rows import rows_of
from apps.ledger.timeline import Event, changed_since, timeline

RecordT = TypeVar("RecordT", bound=RecordedModel)

LARGEST_ID = 2**63 - 1
LONGEST_LIST = 1000
LONGEST_KEY = 120


class IdField(serializers.PrimaryKeyRelatedField[Any]):
    """Another record by its id. What is not an integer is refused before the database is asked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pk_field=serializers.IntegerField(), **kwargs)

    def get_queryset(self) -> Any:
        """To whom a record is invisible, it does not exist. Of people one may name more than one sees accounts."""
        found: Any = super().get_queryset()
        among = getattr(found, "nameable_by", getattr(found, "visible_to", None))
        return among(self.context["request"].user) if among else found


class IdsField(serializers.ListField):
    """Other records by their ids."""

    key_of_each = "pk"

    def __init__(self, **kwargs: Any) -> None:
        child = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
        super().__init__(child=child, max_length=LONGEST_LIST, **kwargs)

    def to_representation(self, value: Any) -> list[int]:
        return [record.pk for record in value.all()]


class KeyField(serializers.SlugRelatedField[Any]):
    """A term of the taxonomy by its dotted key. What is no text is refused before the database is asked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="key", **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(serializers.CharField(max_length=LONGEST_KEY).run_validation(data))


class KeysField(serializers.ListField):
    """Terms of the taxonomy by their dotted keys."""

    key_of_each = "key"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=LONGEST_KEY), max_length=LONGEST_LIST, **kwargs)

    def to_representation(self, value: Any) -> list[str]:
        return [term.key for term in value.all()]


def name_of(source: str, *, null: bool = False) -> serializers.CharField:
    """The name of another record, beside its id."""
    return serializers.CharField(source=source, read_only=True, allow_null=null)


def choice_of(model: type[Model], name: str) -> serializers.ChoiceField:
    """A choice that is only read and may be empty, which the schema would not say by itself."""
    field: Any = model._meta.get_field(name)
    return serializers.ChoiceField(choices=field.choices, allow_blank=field.blank, read_only=True)


class FormSerializer(Body, serializers.ModelSerializer[RecordT]):
    """A record as JSON. Types are checked here; what may be written is asked of the form that the pages use.

    Subclasses name the `form_class`, whose `save_by(user)` writes.
    """

    serializer_related_field = IdField
    form_class: ClassVar[type[RecordForm[Any]]]

    revision = serializers.IntegerField(
        required=False, help_text="How often it was saved. Send it with an edit to be told when others were faster."
    )

    # What is read by the serializer itself and needs no field of the form.
    read_here: ClassVar[tuple[str, ...]] = ()

    def get_fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().get_fields()
        if self.instance is None and not self.partial:
            fields["revision"].read_only = True  # of what is new there is none
        return fields

    def create(self, validated_data: dict[str, Any]) -> RecordT:
        return self._write(self.new_record(), validated_data)

    def update(self, instance: RecordT, validated_data: dict[str, Any]) -> RecordT:
        return self._write(instance, validated_data)

    @property
    def user(self) -> Any:
        return self.context["request"].user

    def new_record(self) -> RecordT:
        """An unsaved record with what the form does not ask."""
        model: Any = self.Meta.model
        made: RecordT = model()
        return made

    def make_form(self, record: RecordT, values: dict[str, Any]) -> Any:
        return self.form_class(values, instance=record, user=self.user)

    def save_form(self, form: Any) -> RecordT:
        saved: RecordT = form.save_by(self.user)
        return saved

    def _write(self, record: RecordT, given: dict[str, Any]) -> RecordT:
        """Fill the form with what the record holds and what was sent. Raises ValidationError in the form's words."""
        held = model_to_dict(record, self.form_class._meta.fields)
        form = self.make_form(record, {name: _plain(value) for name, value in {**held, **given}.items()})
        if dropped := given.keys() - form.fields.keys() - {"revision", *self.read_here}:
            raise serializers.ValidationError({name: ["This cannot be set here."] for name in dropped})
        for name, field in self.fields.items():
            if isinstance(field, KeysField) and name in form.fields:
                form.fields[name].to_field_name = "key"
        if not form.is_valid():
            raise serializers.ValidationError(form_errors(form))
        return self.save_form(form)


class PartSerializer(FormSerializer[RecordT]):
    """A part of another record, which `whole` names. It is given once and never changes."""

    whole: ClassVar[str]

    def create(self, validated_data: dict[str, Any]) -> RecordT:
        model: Any = self.Meta.model
        return self._write(model(**{self.whole: validated_data.pop(self.whole)}), validated_data)

    def update(self, instance: RecordT, validated_data: dict[str, Any]) -> RecordT:
        whole = validated_data.pop(self.whole, None)
        if whole is not None and whole != getattr(instance, self.whole):
            raise serializers.ValidationError({self.whole: ["This is given once and never changes."]})
        return self._write(instance, validated_data)


def shown_field(name: str) -> serializers.Field[Any, Any, Any, Any]:
    """The part of a decision that says which version of the record it is about."""
    help_text = f"The {name} of the record as you read it. If it has another one by now, the answer is 409."
    if name in ("digest", "facts"):
        return serializers.CharField(max_length=64, help_text=help_text)
    return serializers.IntegerField(min_value=0, max_value=LARGEST_ID, help_text=help_text)


class ShownSerializer(Body):
    """What a decision about a record is given at least: the version that it is about."""

    revision = shown_field("revision")


def form_errors(form: forms.BaseForm) -> dict[str, list[str]]:
    return {name: [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}


def _plain(value: Any) -> Any:
    """As a form takes it: terms by key, other records by id."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return getattr(value, "key", value.pk) if isinstance(value, Model) else value


class OrderingFilter(django_filters.OrderingFilter):
    """`ordering` by the fields named, a minus sign turns it round."""

    base_field_class = OrderField

    def __init__(self, *fields: str) -> None:
        super().__init__(fields=[(field, field) for field in fields], label="The order, such as -" + fields[0] + ".")


class SearchFilterSet(FilterSet):
    """Filters of a list. `search` looks for text in the fields named in `search_fields`."""

    search_fields: ClassVar[tuple[str, ...]] = ()

    def filter_search(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(holding(value, *self.search_fields))


def search_filter(label: str) -> django_filters.CharFilter:
    return django_filters.CharFilter(method="filter_search", max_length=200, label=label)


class RecordSchema(AutoSchema):
    """Says of every operation how it may be refused."""

    view: Any

    def get_description(self) -> str:  # type: ignore[override]
        needed = " and ".join(f"*{scope}*" for scope in Scope if scope in scopes_for(self.method, self.view))
        return f"{super().get_description()}\n\nA token needs {needed}."

    def get_override_parameters(self) -> list[Any]:
        if self.method != "POST" or self.view.action in self.view.shown_once:
            return []
        meaning = "Any text of your own. Whoever sends the same request with it again gets the first answer again."
        return [
            OpenApiParameter(HEADER, {"type": "string", "maxLength": 255}, OpenApiParameter.HEADER, description=meaning)
        ]

    def get_response_serializers(self) -> Any:
        done = status.HTTP_201_CREATED if self.view.action == "create" else status.HTTP_200_OK
        refused = {"GET": [400, 401, 403, 404, 406], "PATCH": [400, 401, 403, 404, 406, 409, 413, 415]}.get(
            self.method, [400, 401, 403, 404, 406, 409, 413, 415, 422]
        )
        return {done: super().get_response_serializers(), **dict.fromkeys(refused, ErrorSerializer)}


class ChangeSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class EventSerializer(serializers.Serializer[Any]):
    """One thing that happened to a record."""

    at = serializers.DateTimeField()
    who = serializers.CharField()
    what = serializers.CharField()
    reason = serializers.CharField(help_text="What was written with it, or why it was refused.")
    changes = ChangeSerializer(many=True)
    entry = serializers.IntegerField(allow_null=True, help_text="The number of its entry in the ledger.")


class ReadViewSet(KnownQuery, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Rows that the user may see; to others they do not exist. A list may give shorter rows than a single one."""

    http_method_names = ["get", "post", "patch", "head", "options"]
    # One address for each record: without zeros before it, and none that no key is as long as.
    lookup_value_regex = "[1-9][0-9]{0,18}"
    parser_classes = [BoundedJSONParser]
    schema = RecordSchema()
    queryset: Any
    filterset_class: ClassVar[type[FilterSet]]
    row_serializer_class: ClassVar[type[serializers.Serializer[Any]] | None] = None
    # Whether every field of a row is a column, so that a list makes no objects; see apps.ledger.rows.
    rows_are_columns: ClassVar[bool] = False
    # Actions whose answer must not be kept, and so cannot be given again.
    shown_once: ClassVar[tuple[str, ...]] = ()
    # Of actions that change something: the scope that a token needs. One without a name here needs `decide`.
    scopes: ClassVar[Mapping[str, Scope]] = {}

    @property
    def user(self) -> Any:
        return self.request.user

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "POST" or HEADER not in request.headers:
            return
        if self.action in self.shown_once:
            raise ParseError(f"The answer is shown once and not kept, so this request takes no {HEADER}.")
        handler = getattr(self, "post", None)
        if handler is not None:
            self.post = partial(answer_once, self, handler)

    def known_query(self, request: Request) -> tuple[str, Collection[str]]:
        if self.action != "list" or not hasattr(self, "filterset_class"):
            return super().known_query(request)
        pages: Any = self.paginator
        return "filter", [*self.filterset_class.base_filters, pages.page_query_param, pages.page_size_query_param]

    def get_queryset(self) -> QuerySet[Any]:
        visible: QuerySet[Any] = self.queryset.visible_to(self.user)
        return visible

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filters are for lists; a single row is found by its id."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    def get_serializer_class(self) -> Any:
        row = self.row_serializer_class if self.action == "list" else None
        return row or super().get_serializer_class()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not self.rows_are_columns:
            return super().list(request, *args, **kwargs)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(page)

    def read_page(self, queryset: QuerySet[Any], first: int, last: int) -> tuple[int, Iterable[Any]]:
        """How many there are, and what is shown of a page: rows, or the records of which the serializer makes them."""
        if not self.rows_are_columns:
            return queryset.count(), queryset[first:last]
        serializer = self.get_serializer_class()
        count, rows = rows_of(serializer).of(queryset, first, last)
        if hasattr(serializer, "complete"):
            serializer(context=self.get_serializer_context()).complete(rows)
        return count, rows

    def get_shown(self, given: serializers.Serializer[Any]) -> Any:
        """The record of the address, for a decision about the version that `given` names; see RecordedModel.lock."""
        record = self.get_object()
        given.is_valid(raise_exception=True)
        return record.as_shown(
            **{name: value for name, value in given.validated_data.items() if name in record.shown_by}
        )

    def stale(self, error: StaleEdit) -> dict[str, Any]:
        """What is told of a record that is not what was shown: what changed, and how it is now."""
        told = EventSerializer(changed_since(error.obj, error.shown, self.user), many=True).data
        same_kind = isinstance(error.obj, self.queryset.model)
        return {"changed": told} | ({"current": self.get_serializer(error.obj).data} if same_kind else {})

    def represent(self, pk: int) -> Any:
        """The record as it is now; also for somebody whose own edit just took it out of their sight."""
        return self.get_serializer(self.queryset.get(pk=pk)).data


class RecordViewSet(ReadViewSet):
    """Adds GET <record>/history/."""

    @extend_schema(
        responses={200: EventSerializer(many=True), **dict.fromkeys((400, 401, 403, 404, 406), ErrorSerializer)}
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def history(self, request: Request, **kwargs: str) -> Response:
        """Who changed the record, when and why, with each field before and after; newest first."""
        return Response(EventSerializer(self.events(self.get_object()), many=True).data)

    def events(self, record: Any) -> list[Event]:
        return timeline(record)


class RevisionSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField(required=False, allow_null=True)


class ChangeableViewSet(RecordViewSet):
    """Records that people edit, as far as the rules let them."""

    scopes = {"partial_update": Scope.WRITE}

    def require_permission(self, verb: str, record: Any = None) -> None:
        options = self.queryset.model._meta
        require(self.user, f"{options.app_label}.{verb}_{options.model_name}", record)

    def require_editable(self, record: Any) -> None:
        """Raise Conflict when the state of the record allows no edit."""
        if hasattr(record, "require_editable"):
            record.require_editable()

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the fields that are sent. With `revision`, a stale edit is refused and shows the present record."""
        pk, records = self.get_object().pk, self.queryset.model._default_manager
        opened_on = RevisionSerializer(data=request.data)
        with transaction.atomic():
            self.require_permission("change", records.locked(pk))
            opened_on.is_valid(raise_exception=True)
            record = records.locked(pk, revision=opened_on.validated_data.get("revision"))
            self.require_editable(record)
            serializer = self.get_serializer(record, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        return Response(self.represent(pk))


class EditableViewSet(ChangeableViewSet):
    """Records that people create, too."""

    scopes = {"create": Scope.WRITE, **ChangeableViewSet.scopes}

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.require_permission("add")
        with transaction.atomic():
            serializer = self.get_serializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            record = serializer.save()
        return Response(self.represent(record.pk), status=status.HTTP_201_CREATED)
