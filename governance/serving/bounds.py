"""How long and how large a request may be before the portal has to do with it.

waitress reads requests without a thread, keeps what is small in memory and the rest in a file, and hands a request on
when it is whole. Added here: a request has to arrive at a fair pace, and one that is large is read only when somebody
is signed in who may send as much.
"""

from __future__ import annotations

import copy
import logging
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask
from waitress.utilities import RequestEntityTooLarge

logger = logging.getLogger(__name__)

# A request that is not whole after so long is given up, unless what has arrived of it came at this pace.
PATIENCE = 20.0
SLOWEST_BYTES_A_SECOND = 16 * 1024
# How long a refused visitor may go on sending: browsers show the answer only when they are done.
LINGERING = 10.0
READ_AT_ONCE = 64 * 1024


class BoundedParser(HTTPRequestParser):
    """One request as it comes in. What is too large is handed on without its body, and refused by the portal."""

    adj: Any
    expect_continue: bool
    # There is more than strangers may send, from somebody who claims to be signed in.
    asks = False
    refused = False
    wants_continue = False

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        is_large = self.chunked or self.content_length >= self.adj.max_request_body_size
        if is_large and self._claims_to_be_known():
            self.asks = True
            self.take_at_most(sys.maxsize - 1)
            # "100 Continue" is said when it is known that it may.
            self.wants_continue, self.expect_continue = self.expect_continue, False

    def received(self, data: bytes) -> int:
        taken: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.refuse()
            return len(data)  # what stands behind the headers is no other request
        return taken

    def take_at_most(self, size: int) -> None:
        self.adj = copy.copy(self.adj)
        self.adj.max_request_body_size = size + 1

    def refuse(self) -> None:
        """Let the portal say so, for which a length without end is too much at every address."""
        self.headers["CONTENT_LENGTH"] = str(sys.maxsize)
        self.headers["CONNECTION"] = "close"
        self.close()
        self.body_rcv = self.error = None
        self.expect_continue = self.asks = False
        self.completed = self.refused = True

    def _claims_to_be_known(self) -> bool:
        return "AUTHORIZATION" in self.headers or settings.SESSION_COOKIE_NAME in self.headers.get("COOKIE", "")


class Asking:
    """Asks, in a thread, how much of its body may be read. Nothing more is read meanwhile."""

    def __init__(self, channel: BoundedChannel, request: BoundedParser) -> None:
        self.channel, self.request = channel, request

    def service(self) -> None:
        most = 0
        try:
            most = self.channel.server.most_bytes(WSGITask(self.channel, self.request).get_environment())
        except Exception:
            logger.exception("It could not be found out how much may be sent.")
        self.channel.go_on(self.request, most)

    def cancel(self) -> None:
        self.channel.cancel()


class BoundedChannel(HTTPChannel):
    """One connection."""

    parser_class = BoundedParser
    asking = False
    was_refused = False
    began = 0.0  # when the request began that is coming in
    lingers_since = 0.0

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.began = time.monotonic()
        taken: bool = super().received(data)
        request = self.request
        if request is not None and request.asks:
            self.asking, request.asks = True, False
            self.server.add_task(Asking(self, request))
        return taken

    def go_on(self, request: BoundedParser, most: int) -> None:
        """Read the rest of the request, or have it refused."""
        with self.requests_lock:
            if max(request.content_length, request.body_bytes_received) > most:
                request.refuse()
                self.request = None
                self.requests.append(request)
                if len(self.requests) == 1:
                    self.server.add_task(self)
            else:
                request.take_at_most(most)
                request.expect_continue = request.wants_continue
                if request.wants_continue and not self.requests:
                    self.send_continue()
            self.asking = False
        self.server.pull_trigger()

    def service(self) -> None:
        self.was_refused = self.requests[0].refused
        super().service()

    def readable(self) -> bool:
        return bool(self.lingers_since) or (not self.asking and super().readable())

    def writable(self) -> bool:
        return bool(self.will_close or (not self.lingers_since and super().writable()))

    def handle_read(self) -> None:
        if self.lingers_since:
            with suppress(OSError):
                self.recv(READ_AT_ONCE)  # and forget it
        else:
            super().handle_read()

    def handle_close(self) -> None:
        """Closing with bytes unread would take the answer away from the visitor before it was seen."""
        if self.was_refused and not self.lingers_since and self.connected:
            self.lingers_since, self.will_close = time.monotonic(), False
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                super().handle_close()
        else:
            super().handle_close()

    def is_overdue(self) -> bool:
        now = time.monotonic()
        if self.lingers_since:
            return now > self.lingers_since + LINGERING
        if self.request is None or self.asking:
            return False
        return now > self.began + PATIENCE + self.request.body_bytes_received / SLOWEST_BYTES_A_SECOND


class BoundedServer(TcpWSGIServer):
    channel_class = BoundedChannel
    # Given the environment of a request, how large its body may be.
    most_bytes: Callable[[dict[str, Any]], int]

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in list(self.active_channels.values()):
            if channel.is_overdue():
                channel.will_close = True
