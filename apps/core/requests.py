"""What may come with a request of the API: a name that means nothing is refused, and never dropped."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from apps.core import clock
from apps.core.names import no_such, repeated, shown
from apps.core.text import clean_line, clean_text

# A form of the browser may carry it beside what it is about.
CSRF = "csrfmiddlewaretoken"
# What may be longer has lines.
LONGEST_LINE = 300


# What may be sent: a name that is no field, or that only the portal sets, is refused. Without a docstring, since the
# description of the API would repeat it at each body.
class Body(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        refused = dict(self._refused(data)) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except exceptions.ValidationError as error:
            if not refused or not isinstance(error.detail, dict):
                raise
            raise exceptions.ValidationError({**error.detail, **refused}) from error
        refused |= dict(self._unwritable(values))
        if refused:
            raise exceptions.ValidationError(refused)
        return values

    def _unwritable(self, values: Any) -> Any:
        """Texts get their one form; (name, sentences) of those that hold what no text may hold."""
        for name, field in self.fields.items():
            if type(field) is serializers.CharField and isinstance(values.get(field.source), str):
                clean = clean_text if field.max_length is None or field.max_length > LONGEST_LINE else clean_line
                try:
                    values[field.source] = clean(values[field.source])
                except ValidationError as error:
                    yield name, error.messages

    def _refused(self, data: Any) -> Any:
        """(name, sentences) of what cannot be taken."""
        writable = [name for name, field in self.fields.items() if not field.read_only]
        for name in data:
            if name == CSRF and hasattr(data, "lists"):
                continue
            if name in self.fields and name not in writable:
                yield name, [f"“{name}” is set by the portal and cannot be sent."]
            elif name not in writable:
                yield shown(name), [no_such("field", name, writable, all_of_them=False)]
        if hasattr(data, "lists"):
            several = [name for name in writable if isinstance(self.fields[name], serializers.ListField)]
            yield from ((name, [sentence]) for name, sentence in repeated(data, several=several))


class MomentField(serializers.DateTimeField):
    """A moment. An hour that comes twice or never in the portal's time zone is refused, and the offset asked for."""

    def enforce_timezone(self, value: datetime) -> datetime:
        try:
            return super().enforce_timezone(clock.placed(value))
        except clock.UnclearHour as error:
            raise exceptions.ValidationError(str(error)) from error


def takes_nothing(handler: Callable[..., Response]) -> Callable[..., Response]:
    """A POST that needs no more than its address: a body with anything in it is refused."""

    @wraps(handler)
    def handle(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        Body(data=request.data).is_valid(raise_exception=True)
        return handler(view, request, *args, **kwargs)

    described: Callable[..., Response] = extend_schema(request=None)(handle)
    return described


class KnownQuery(APIView):
    """Refuses names in the address that mean nothing to what is asked, and those that are there twice."""

    # Of actions that are no lists, what their address may carry.
    queries: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        kind, known = self.known_query(request)
        format_name = api_settings.URL_FORMAT_OVERRIDE
        refused = {
            shown(name): [no_such(kind, name, known)]
            for name in request.query_params
            if name not in known and name != format_name
        }
        refused |= {shown(name): [sentence] for name, sentence in repeated(request.query_params)}
        if refused:
            raise exceptions.ValidationError(refused)

    def known_query(self, request: Request) -> tuple[str, Collection[str]]:
        """What a name in the address is called, and those that mean something."""
        action = getattr(self, "action", None) or (request.method or "").lower()
        return "parameter", self.queries.get(action, ())


def close_bodies(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Say of each object in a body that it takes no other names. A hook of the description of the API."""
    components = result["components"]["schemas"]
    bodies = [
        media["schema"]
        for methods in result["paths"].values()
        for operation in methods.values()
        for media in operation.get("requestBody", {}).get("content", {}).values()
    ]
    for found in _objects(bodies, components, set()):
        found.setdefault("additionalProperties", False)
    return result


def _objects(part: Any, components: dict[str, Any], seen: set[str]) -> Iterator[dict[str, Any]]:
    """Each object with named fields in this part of the description, and in what it refers to."""
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    if isinstance(part, dict) and "properties" in part:
        yield part
    for inner in parts:
        yield from _objects(inner, components, seen)
    name = part.get("$ref", "").rpartition("/")[2] if isinstance(part, dict) else ""
    if name and name not in seen:
        seen.add(name)
        yield from _objects(components[name], components, seen)
