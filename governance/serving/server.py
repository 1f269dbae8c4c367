"""The portal as waitress serves it."""

from __future__ import annotations

import io
import socket
import tempfile
import time
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from apps.accounts import bodies
from governance.environment import VAR_DIR
from governance.serving.bounds import BoundedServer

DAY = 24 * 60 * 60


def make_server(application: WSGIHandler, listening: socket.socket, threads: int) -> BoundedServer:
    _use_incoming_folder()
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(threads)
    bounds = Adjustments(
        sockets=[listening],
        max_request_header_size=32 * 1024,
        max_request_body_size=settings.STRANGERS_MAX_BYTES + 1,
        connection_limit=500,
        channel_timeout=30,
        cleanup_interval=1,
        asyncore_use_poll=True,
        log_socket_errors=False,
        clear_untrusted_proxy_headers=not settings.BEHIND_PROXY,
        ident="",
    )
    place = (listening.family, listening.type, listening.proto, listening.getsockname())
    server = BoundedServer(
        application, {}, _sock=listening, dispatcher=dispatcher, adj=bounds, sockinfo=place, bind_socket=False
    )
    server.most_bytes = most_bytes
    return server


def most_bytes(environ: dict[str, Any]) -> int:
    """The largest body that is taken with these headers. Asked in a thread, before the body is read."""
    request = WSGIRequest(environ | {"wsgi.input": io.BytesIO()})
    close_old_connections()
    try:
        SessionMiddleware(_nothing).process_request(request)
        AuthenticationMiddleware(_nothing).process_request(request)
        return bodies.most_bytes(request)
    finally:
        close_old_connections()


def _use_incoming_folder() -> None:
    """Files wait beside the portal's data while they come in: a container's /tmp is memory."""
    folder = VAR_DIR / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tempfile.tempdir = str(folder)
    for left in folder.iterdir():  # by a process that was killed
        if time.time() - left.stat().st_mtime > DAY:
            left.unlink(missing_ok=True)


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
