"""Whether the portal can do its work, for balancers and for people who start it."""

import os
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.connection import Connection

from apps.consents.keys import problem_with_secrets

BROKER_SECONDS = 1.0


class Unhealthy(Exception):
    """What is wrong, as a sentence that anybody may read."""


def check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        raise Unhealthy("The database does not answer.") from None


@cache  # a pass is remembered, an exception is not: a running process cannot come to lack a migration
def check_migrations() -> None:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        raise Unhealthy("The database does not say which migrations it has.") from None
    if plan:
        raise Unhealthy(f"The database lacks {len(plan)} migrations.")


def check_secrets() -> None:
    try:
        problem = problem_with_secrets()
    except Error:
        raise Unhealthy("The database does not say with which secrets people's keys were digested.") from None
    if problem:
        raise Unhealthy(problem)


def check_broker() -> None:
    if settings.CELERY_BROKER_URL.startswith("filesystem://"):
        return _check_broker_folder()
    options = {"socket_connect_timeout": BROKER_SECONDS, "socket_timeout": BROKER_SECONDS}
    try:
        with Connection(
            settings.CELERY_BROKER_URL,
            connect_timeout=BROKER_SECONDS,
            transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS | options,
        ) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_SECONDS)
    except Exception:  # each transport raises its own kinds, and their texts may hold the password
        raise Unhealthy("The message broker does not answer.") from None


def _check_broker_folder() -> None:
    try:
        settings.BROKER_FOLDER.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise Unhealthy("The folder for messages cannot be made.") from None
    if not os.access(settings.BROKER_FOLDER, os.W_OK):
        raise Unhealthy("The folder for messages cannot be written to.")


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "keys": check_secrets,
    "broker": check_broker,
}


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    report = {}
    for name, check in CHECKS.items():
        try:
            check()
            report[name] = "ok"
        except Unhealthy as problem:
            report[name] = str(problem)
    return JsonResponse(report, status=200 if set(report.values()) == {"ok"} else 503)
