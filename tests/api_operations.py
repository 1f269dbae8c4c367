"""Every operation of the API, as its schema names them."""

import re
from functools import cache

from drf_spectacular.generators import SchemaGenerator

PREFIX = "/api/v1/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@cache
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations():
    """(method, path, operation) of everything in the schema; each step of a life cycle has a path of its own."""
    for path, methods in schema()["paths"].items():
        for method, operation in methods.items():
            for name in steps_of(operation) or [""]:
                address = path.removeprefix(PREFIX).replace("{name}", name)
                yield method.upper(), re.sub(r"{\w+}", "{id}", address), operation


def steps_of(operation):
    return next((p["schema"]["enum"] for p in operation.get("parameters", []) if p["name"] == "name"), [])
