"""What every API endpoint shares: paging, the parser of bodies and one shape of errors."""

import json
import re
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, ValidationError
from django.core.paginator import InvalidPage, Paginator
from rest_framework import exceptions, parsers, serializers, status
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as drf_exception_handler

from apps.core.exceptions import Blocked, Conflict, NotAsRecorded, StaleEdit, as_conflict
from apps.core.names import SentTwice, one_of_each, shown
from apps.core.queries import in_full_order
from apps.core.unavailable import RETRY_SECONDS, as_unavailable
from apps.core.uploads import has_more_values
from apps.core.withheld import withheld_line

NUMBER = re.compile("[1-9][0-9]{0,8}")


class PagePagination(PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        sizes = f"a number from 1 to {self.max_page_size}"
        number = self._require_number(request, self.page_query_param, "a number from 1 on")
        if self._require_number(request, self.page_size_query_param, sizes) > self.max_page_size:
            raise exceptions.ValidationError({self.page_size_query_param: [f"This is {sizes}."]})
        self.request, self.withheld = request, withheld_line(getattr(queryset, "model", None), request.user)
        size = self.get_page_size(request) or self.page_size
        first, last, queryset = (number - 1) * size, number * size, in_full_order(queryset)
        count, rows = view.read_page(queryset, first, last)  # some count and read in one statement
        try:
            self.page = Paginator(range(count), size).page(number)
        except InvalidPage as error:
            raise exceptions.NotFound(self.invalid_page_message.format(message=error)) from error
        return list(rows)

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        response.data["withheld"] = self.withheld
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described = super().get_paginated_response_schema(schema)
        described["properties"]["withheld"] = {
            "type": "string",
            "description": "Says that something is kept from this reader for a time, and until when; usually empty.",
        }
        described["required"] = [*described["required"], "withheld"]
        return described

    def _require_number(self, request: Request, name: str, what: str) -> int:
        given = request.query_params.get(name, "1")
        if not NUMBER.fullmatch(given):
            raise exceptions.ValidationError({name: [f"This is {what}."]})
        return int(given)


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request is larger than the portal accepts."


class BoundedJSONParser(parsers.JSONParser):
    """JSON of bounded size, in UTF-8 whatever the header says. Too deep is as malformed as a missing bracket."""

    most_values = 100_000

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit or has_more_values(body, self.most_values):
            raise BodyTooLarge
        try:
            content = json.loads(
                body.decode("utf-8-sig"), parse_constant=_refuse_constant, object_pairs_hook=one_of_each
            )
            if b"\\u" in body:
                json.dumps(content, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except SentTwice as error:
            detail = f"One object has the name “{shown(error)}” more than once, so it is unclear which value counts."
            raise exceptions.ParseError(detail) from error
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError("The body is not valid JSON.") from error
        return content


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


class ErrorSerializer(serializers.Serializer[Any]):
    """What every refusal looks like; empty parts are left out."""

    detail = serializers.CharField(help_text="What is wrong and what to do, as a sentence.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="What is wrong with single fields; one inside a list is named conditions.0.text.",
    )
    facts = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What stands in the way when adopted rules object."
    )
    current = serializers.DictField(required=False, help_text="The record as it is now, when it is not what you read.")
    changed = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="What happened to it since: at, who, what, reason, and changes with label, before and after.",
    )


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Errors as {"detail": sentence, "fields": {name: [sentence]}, "facts": [sentence], "current": {record}}."""
    if conflict := as_conflict(exc):
        return Response(_conflict_body(conflict, context), status=status.HTTP_409_CONFLICT)
    if unavailable := as_unavailable(exc):
        headers = {"Retry-After": str(RETRY_SECONDS)}
        return Response({"detail": str(unavailable)}, status=status.HTTP_503_SERVICE_UNAVAILABLE, headers=headers)
    if isinstance(exc, ValidationError):
        exc = exceptions.ValidationError(as_serializer_error(exc))
    elif isinstance(exc, RequestDataTooBig):
        exc = BodyTooLarge()
    elif isinstance(exc, SuspiciousOperation):
        exc = exceptions.ParseError()
    response = drf_exception_handler(exc, context)
    if response is not None and isinstance(exc, exceptions.ValidationError):
        response.data = _invalid_body(exc.detail)
    return response


def _conflict_body(exc: Conflict, context: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"detail": str(exc)}
    if isinstance(exc, Blocked):
        user = context["request"].user
        body |= {"detail": exc.words_for(user), "facts": exc.facts_for(user)}
    if isinstance(exc, NotAsRecorded):
        body["detail"] = exc.in_full
    if isinstance(exc, StaleEdit):
        body |= context["view"].stale(exc)
    return body


def _invalid_body(detail: Any) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    _collect(detail, "", fields)
    general = fields.pop("", [])
    body: dict[str, Any] = {"detail": " ".join(general) or "Some fields need your attention."}
    if fields:
        body["fields"] = fields
    return body


def _collect(detail: Any, name: str, fields: dict[str, list[str]]) -> None:
    """Put every sentence under the dotted name of its field; what concerns no single field under ""."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = "" if key in (api_settings.NON_FIELD_ERRORS_KEY, "__all__") else str(key)
            _collect(value, ".".join(part for part in (name, inner) if part), fields)
    elif isinstance(detail, list) and any(isinstance(item, dict) for item in detail):
        for index, item in enumerate(detail):
            _collect(item, f"{name}.{index}", fields)
    else:
        sentences = detail if isinstance(detail, list) else [detail]
        fields.setdefault(name, []).extend(str(sentence) for sentence in sentences)
