"""How the web process reads requests, tried with a small application in its place."""

import socket
import threading
import time
from contextlib import suppress

import pytest
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from governance.serving import bounds
from governance.serving.bounds import BoundedServer

SMALL, KNOWN = 1000, 3_000_000
COOKIE = "Cookie: sessionid=x"
# By then, what is cut off has been cut off, and what would have come has come.
SECONDS = 5


class Application:
    """Notes what it was given, and refuses like the portal what is larger than may be."""

    def __init__(self):
        self.bodies, self.asked = [], []
        self.known, self.is_broken = True, False

    def __call__(self, environ, start_response):
        length, body = int(environ.get("CONTENT_LENGTH") or 0), environ["wsgi.input"].read()
        self.bodies.append(body)
        status = "200 OK" if length <= self.most_bytes(environ) else "413 Too large"
        start_response(status, [("Content-Length", "2")])
        return [b"ok"]

    def most_bytes(self, environ):
        return KNOWN if self.known and environ.get("HTTP_COOKIE") else SMALL

    def ask(self, environ):
        if self.is_broken:
            raise RuntimeError("The database does not answer.")
        self.asked.append(environ["PATH_INFO"])
        return self.most_bytes(environ)


@pytest.fixture
def app():
    return Application()


@pytest.fixture
def port(app, monkeypatch):
    monkeypatch.setattr(bounds, "PATIENCE", 0.5)
    monkeypatch.setattr(bounds, "LINGERING", 1)
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(2)
    listening = socket.create_server(("127.0.0.1", 0))
    adjustments = Adjustments(
        sockets=[listening], max_request_body_size=SMALL + 1, asyncore_loop_timeout=0, cleanup_interval=0
    )
    place = (listening.family, listening.type, 0, listening.getsockname())
    sockets = {}
    server = BoundedServer(
        app, sockets, _sock=listening, dispatcher=dispatcher, adj=adjustments, sockinfo=place, bind_socket=False
    )
    server.most_bytes = app.ask
    ended = threading.Event()

    def run():
        while not ended.is_set():
            server.asyncore.loop(timeout=0.02, map=sockets, use_poll=True, count=1)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    ended.set()
    thread.join(SECONDS)
    dispatcher.shutdown()
    server.asyncore.close_all(sockets)


@pytest.fixture
def visitor(port):
    opened = []

    def visit():
        opened.append(socket.create_connection(("127.0.0.1", port), timeout=SECONDS))
        return opened[-1]

    yield visit
    for connection in opened:
        connection.close()


def head(*lines, path="/"):
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


def chunked(body, size=5000):
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def answer_to(connection, *sent):
    """All that the server says until it closes or has said everything."""
    for part in sent:
        connection.sendall(part)
    said = b""
    while not said.endswith(b"ok") and (more := connection.recv(65536)):
        said += more
    return said.decode()


class TestPace:
    @pytest.mark.parametrize("start", [b"POST / HTTP/1.1\r\nHost", head("Content-Length: 500") + b"x"])
    def test_who_sends_hardly_anything_is_cut_off(self, visitor, app, start):
        slow = visitor()
        slow.sendall(start)
        for _ in range(10):  # it never sends nothing for long
            time.sleep(0.1)
            with suppress(OSError):
                slow.sendall(b"x")
        with suppress(ConnectionResetError):
            assert slow.recv(1) == b""
        assert app.bodies == []

    def test_who_sends_at_a_fair_pace_may_take_longer(self, visitor, app, monkeypatch):
        monkeypatch.setattr(bounds, "SLOWEST_BYTES_A_SECOND", 10_000)
        fair = visitor()
        fair.sendall(head(COOKIE, "Content-Length: 100000"))
        for _ in range(10):
            time.sleep(0.12)
            fair.sendall(b"x" * 10_000)
        assert " 200 " in answer_to(fair)
        assert app.bodies == [b"x" * 100_000]

    def test_no_thread_waits_for_the_slow(self, visitor):
        for _ in range(20):
            visitor().sendall(head("Content-Length: 500") + b"x")
        began = time.monotonic()
        assert " 200 " in answer_to(visitor(), head("Content-Length: 2"), b"hi")
        assert time.monotonic() - began < 0.4


class TestStrangers:
    def test_may_send_what_is_small(self, visitor, app):
        assert " 200 " in answer_to(visitor(), head(f"Content-Length: {SMALL}"), b"x" * SMALL)
        assert " 200 " in answer_to(visitor(), head("Transfer-Encoding: chunked"), chunked(b"y" * 500))
        assert app.bodies == [b"x" * SMALL, b"y" * 500]

    def test_are_answered_before_they_have_sent_what_is_large(self, visitor, app):
        assert " 413 " in answer_to(visitor(), head("Content-Length: 200000000"), b"x")
        assert (app.bodies, app.asked) == ([b""], [])

    def test_are_answered_when_chunks_become_too_many(self, visitor, app):
        assert " 413 " in answer_to(visitor(), head("Transfer-Encoding: chunked"), chunked(b"x" * 20_000))
        assert app.bodies == [b""]

    def test_see_the_answer_even_if_they_send_everything_first(self, visitor, app):
        assert " 413 " in answer_to(visitor(), head("Content-Length: 9000000"), *[b"x" * 1_000_000] * 9)

    def test_cannot_hide_a_request_in_a_body(self, visitor, app):
        hidden = head("Content-Length: 0", path="/hidden")
        assert " 413 " in answer_to(visitor(), head(f"Content-Length: {SMALL + 1}"), hidden * 40)
        assert len(app.bodies) == 1


class TestWhoClaimsToBeKnown:
    def test_is_read_when_it_is_true(self, visitor, app):
        body = bytes(range(250)) * 10_000
        assert " 200 " in answer_to(visitor(), head(COOKIE, f"Content-Length: {len(body)}"), body)
        assert " 200 " in answer_to(visitor(), head(COOKIE, "Transfer-Encoding: chunked", path="/b"), chunked(body))
        assert app.bodies == [body, body]
        assert app.asked == ["/", "/b"]

    def test_is_refused_when_it_is_not(self, visitor, app):
        app.known = False
        assert " 413 " in answer_to(visitor(), head(COOKIE, "Content-Length: 2000000"), b"x" * 500_000)
        assert " 413 " in answer_to(visitor(), head(COOKIE, "Transfer-Encoding: chunked"), chunked(b"x" * 60_000))
        assert app.bodies == [b"", b""]

    def test_is_refused_what_is_too_large_for_anybody(self, visitor, app):
        assert " 413 " in answer_to(visitor(), head(COOKIE, f"Content-Length: {KNOWN + 1}"), b"x")
        said = answer_to(visitor(), head("Authorization: Token x", "Transfer-Encoding: chunked"), chunked(b"x" * 9000))
        assert " 413 " in said  # a token where the application knows cookies only
        assert app.bodies == [b"", b""]

    def test_is_not_asked_about_what_is_small(self, visitor, app):
        assert " 200 " in answer_to(visitor(), head(COOKIE, "Content-Length: 2"), b"hi")
        assert app.asked == []

    def test_is_told_to_go_on_only_then(self, visitor, app):
        connection = visitor()
        connection.sendall(head(COOKIE, "Content-Length: 5000", "Expect: 100-continue"))
        assert b"100 Continue" in connection.recv(1000)
        assert " 200 " in answer_to(connection, b"x" * 5000)
        app.known = False
        said = answer_to(visitor(), head(COOKIE, "Content-Length: 5000", "Expect: 100-continue"))
        assert " 413 " in said
        assert "100 Continue" not in said

    def test_is_refused_when_it_cannot_be_found_out(self, visitor, app):
        app.is_broken = True
        assert " 413 " in answer_to(visitor(), head(COOKIE, "Content-Length: 2000000"), b"x")


def test_requests_behind_each_other_are_answered_in_order(visitor, app):
    connection = visitor()
    body = b"x" * 5000
    connection.sendall(head("Content-Length: 1") + b"a" + head(COOKIE, "Content-Length: 5000") + body)
    said = b""
    while said.count(b"ok") < 2:
        said += connection.recv(65536)
    assert said.count(b" 200 ") == 2
    assert app.bodies == [b"a", body]
