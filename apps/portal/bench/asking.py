"""The portal as its server asks it, and what it asks of the database."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import Client

from apps.accounts.models import ApiToken, User

BACKEND = "apps.accounts.authentication.SessionBackend"
HOST = "http://localhost"  # one that the settings allow
Statement = tuple[str, Any]


class Visitor:
    """Somebody who asks the portal for pages, or with a token its API, as a server would: without a test client."""

    def __init__(self, user: User, *, token: bool = False) -> None:
        self.handler: Any = WSGIHandler()
        if token:
            self.headers = {"HTTP_AUTHORIZATION": f"Token {ApiToken.issue(user, 'benchmark', by=user)[1]}"}
        else:
            client = Client()
            client.force_login(user, backend=BACKEND)
            key = client.cookies[settings.SESSION_COOKIE_NAME].value
            self.headers = {"HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={key}"}

    def get(self, url: str) -> bytes:
        parts, answered = urlsplit(url), []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **self.headers,
        }
        response = self.handler(environ, lambda status, headers: answered.append(status))
        body = b"".join(response)
        if not answered[0].startswith("200"):
            raise RuntimeError(f"{url} answered {answered[0]}.")
        return body


@dataclass
class Recorded:
    """The statements that were executed, with their values."""

    statements: list[Statement] = field(default_factory=list)

    @property
    def writes(self) -> list[Statement]:
        return [(sql, values) for sql, values in self.statements if sql.startswith(("INSERT", "UPDATE", "DELETE"))]

    def execute_again(self) -> None:
        execute(self.statements)


@contextmanager
def recording() -> Iterator[Recorded]:
    recorded = Recorded()

    def record(run: Callable[..., Any], sql: str, values: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "SET ")):
            recorded.statements.append((sql, values))
        return run(sql, values, many, context)

    with connection.execute_wrapper(record):
        yield recorded


def recorded(work: Callable[[], Any]) -> Recorded:
    with recording() as found:
        work()
    return found


def execute(statements: list[Statement]) -> None:
    with connection.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)
            if cursor.description:
                cursor.fetchall()


def scanned_whole(statements: list[Statement], rows: int) -> list[str]:
    """The tables of at least so many rows that these queries read from beginning to end, as the database plans them."""
    large = _large_tables(rows)
    found: set[str] = set()
    with connection.cursor() as cursor:
        for sql, values in statements:
            if sql.startswith(("SELECT", "WITH")):
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", values)
                plan = cursor.fetchone()[0]
                found.update(_scans(plan if isinstance(plan, list) else json.loads(plan)))
    return sorted(found & large)


def _scans(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for inner in part:
            yield from _scans(inner)
    elif isinstance(part, dict):
        if part.get("Node Type") == "Seq Scan":
            yield part["Relation Name"]
        for inner in part.values():
            yield from _scans(inner)


def _large_tables(rows: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [rows])
        return {name for (name,) in cursor.fetchall()}
