"""Whether the portal can do its work, for balancers, for those who watch it, and for people who start it.

The checks run in a thread of their own with a connection of their own, so that an answer never waits longer than
`ANSWER_SECONDS`, whatever hangs.
"""

import logging
import os
from collections.abc import Callable
from functools import cache
from tempfile import TemporaryFile
from threading import Lock, Thread

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.connection import Connection

from apps.consents.keys import problem_with_secrets
from apps.core import clock
from apps.notifications import heartbeat

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
BROKER_SECONDS = 1.0
# Somebody who saves holds the ledger for a moment only.
SAVING_SECONDS = 2
NO_ANSWER = f"There was no answer within {ANSWER_SECONDS:.0f} seconds."


class Unhealthy(Exception):
    """What is wrong, as a sentence that anybody may read."""


def check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{ANSWER_SECONDS:.0f}s"])
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


def check_saving() -> None:
    """Every step ends with an entry of the ledger: whoever holds its lock lets nobody save."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{SAVING_SECONDS}s"])
            cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext('ledger chain'))")
    except Error:
        raise Unhealthy("Nothing can be saved: something holds the lock of the ledger.") from None


def check_files() -> None:
    """Whether the largest upload would find room."""
    try:
        settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=settings.MEDIA_ROOT, buffering=0) as file:
            file.write(b"?")
        room = os.statvfs(settings.MEDIA_ROOT)
    except OSError:
        raise Unhealthy("The folder for files cannot be written to, or its disk is full.") from None
    if room.f_bavail * room.f_frsize < settings.UPLOAD_MAX_BYTES:
        raise Unhealthy("The disk for files is nearly full: the largest file that may be uploaded does not fit.")


def check_clock() -> None:
    ahead = clock.ahead_of_database()
    if not clock.is_right(ahead):
        raise Unhealthy(f"The clock of this machine is {clock.difference_words(ahead)} the database's.")


def check_worker() -> None:
    if problem := heartbeat.problem_with_worker():
        raise Unhealthy(problem)


def check_beat() -> None:
    if problem := heartbeat.problem_with_beat():
        raise Unhealthy(problem)


def check_nights() -> None:
    if problem := heartbeat.problem_with_nights():
        raise Unhealthy(problem)


# What this process needs to answer people.
WEB: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "keys": check_secrets,
    "clock": check_clock,
}
ALL: dict[str, Callable[[], None]] = {
    "broker": check_broker,
    "files": check_files,
    **WEB,
    "worker": check_worker,
    "beat": check_beat,
    "nights": check_nights,
    "saving": check_saving,
}


class Examination:
    """Some checks, asked one after the other by one thread at a time; whoever comes meanwhile waits for the same."""

    def __init__(self, checks: dict[str, Callable[[], None]]) -> None:
        self.checks = checks
        self._lock = Lock()
        self._thread: Thread | None = None
        self._found: dict[str, str] = {}

    def report(self) -> dict[str, str]:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._found = {}
                self._thread = Thread(target=self._ask, args=(self._found,), daemon=True)
                self._thread.start()
            thread, found = self._thread, self._found
        thread.join(ANSWER_SECONDS)
        return {name: found.get(name, NO_ANSWER) for name in self.checks}

    def _ask(self, found: dict[str, str]) -> None:
        for name, check in self.checks.items():
            try:
                check()
                found[name] = "ok"
            except Unhealthy as problem:
                found[name] = str(problem)
            except Exception as error:  # whatever it is, the other checks are asked as well
                logger.error("The check of %s failed: %s", name, type(error).__name__)
                found[name] = "It could not be asked; the log says more."
            finally:
                if found[name] != "ok":
                    connection.close()
        connection.close()


_all, _web = Examination(ALL), Examination(WEB)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Everything, for whoever watches the portal."""
    return _answer(_all)


@never_cache
@require_safe
def healthz_web(request: HttpRequest) -> JsonResponse:
    """Whether this process can answer people, for balancers."""
    return _answer(_web)


def _answer(examination: Examination) -> JsonResponse:
    report = examination.report()
    return JsonResponse(report, status=200 if set(report.values()) == {"ok"} else 503)
