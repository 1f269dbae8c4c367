"""The web process as it runs, with visitors who are slow, send very much, or are very many."""

import http.client
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import psutil
import pytest

from apps.accounts.models import ApiToken, User
from apps.core.scopes import Scope
from governance.environment import BASE_DIR
from tests.consents.files import ANSWERS
from tests.notifications.background import database_url, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.whole]

PASSWORD = "a long and unusual one"
LOGIN = "/accounts/login/"
FORM = "application/x-www-form-urlencoded"
# Of the cookie that the check for forged forms wants; with it, the body of a form is read.
TOKEN = "a" * 32
MB = 1024 * 1024


class Web:
    """A web process and what it answers."""

    def __init__(self, folder, **env):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if name not in ("CELERY_BROKER_URL", "EMAIL_URL")}
        env = kept | {"DATABASE_URL": database_url(), "VAR_DIR": str(folder), "PRODUCTION": "false"} | env
        command = [sys.executable, "-m", "governance.serving", f"--bind=127.0.0.1:{self.port}"]
        env["DJANGO_SETTINGS_MODULE"] = "tests.served_settings"
        with (folder / f"web-{self.port}.log").open("wb") as log:
            self.process = psutil.Process(
                subprocess.Popen([*command, "--threads=2"], cwd=BASE_DIR, env=env, stdout=log, stderr=log).pid
            )

    def ask(self, method, url, body=None, timeout=30, **headers):
        """Its status and what it says."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, url, body, named, encode_chunked="Transfer-Encoding" in named)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def is_well(self):
        try:
            return self.ask("GET", "/healthz/web", timeout=5)[0] == 200
        except OSError:
            return False

    def log_in(self, address, email, password="wrong password"):
        form = urlencode({"login": email, "password": password, "csrfmiddlewaretoken": TOKEN})
        headers = {"Content_Type": FORM, "Cookie": f"csrftoken={TOKEN}", "X_Forwarded_For": address}
        return self.ask("POST", LOGIN, form, **headers)

    def open(self, *lines, body=b""):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall("\r\n".join([*lines, "Host: localhost", "", ""]).encode() + body)
        return connection

    def memory(self):
        return sum(process.memory_info().rss for process in self.process.children())

    def end(self):
        family = [self.process, *self.process.children()]
        self.process.terminate()
        for left in psutil.wait_procs(family, timeout=15)[1]:
            left.kill()


@pytest.fixture
def start(tmp_path):
    started = []

    def start(**env):
        web = Web(tmp_path, **env)
        started.append(web)
        until(web.is_well, "The portal answers")
        return web

    yield start
    for web in started:
        web.end()


def seconds(call):
    began = time.monotonic()
    assert call()
    return time.monotonic() - began


def test_slow_and_many_visitors_hold_up_nobody(start):
    web = start()
    person = User.objects.create_user("person@example.org", PASSWORD, full_name="Person")
    headers = [f"Content-Type: {FORM}", f"Cookie: csrftoken={TOKEN}", "Content-Length: 5000"]
    slow = [web.open(f"POST {LOGIN} HTTP/1.1", *headers, body=b"x") for _ in range(20)]
    slow += [web.open("GET / HTTP/1.1\r\nX-Slow: ") for _ in range(20)]
    for _ in range(3):
        assert seconds(web.is_well) < 2
        assert seconds(lambda: web.ask("GET", "/healthz")) < 5
        for connection in slow:
            connection.sendall(b"y")
    with ThreadPoolExecutor(50) as visitors:
        many = [visitors.submit(web.ask, "GET", LOGIN) for _ in range(100)]
        assert seconds(web.is_well) < 20
        assert {visit.result()[0] for visit in many} == {200}
    assert web.log_in("", person.email, PASSWORD)[0] == 302
    for connection in slow:
        connection.close()


def test_what_is_large_is_neither_kept_nor_remembered_without_login(start):
    web = start()
    assert web.ask("GET", LOGIN)[0] == 200
    before = web.memory()
    form = "Content-Type: multipart/form-data; boundary=x"
    for claim in ("X-Nothing: x", "Cookie: sessionid=guessed", "Authorization: Token guessed"):
        for length in ("Content-Length: 200000000", "Transfer-Encoding: chunked"):
            body = b"100000\r\n" + b"x" * MB + b"\r\n" if "chunked" in length else b"x" * MB
            with web.open("POST /vendors/bods/ HTTP/1.1", form, claim, length, body=body) as connection:
                assert connection.recv(12) == b"HTTP/1.1 413"
    body = b"[" + b"[]," * 6_000_000 + b"[]]"
    status, said = web.ask("POST", "/api/v1/datasets/", body, Content_Type="application/json")
    assert (status, said[:10]) == (413, '{"detail":')
    assert list((web.folder / "incoming").iterdir()) == []
    assert web.memory() < before + 30 * MB


def test_somebody_signed_in_sends_a_large_file_as_before(start, privacy):
    web = start()
    _, key = ApiToken.issue(privacy, "tests", by=privacy, scopes=[Scope.WRITE])
    filler = "\n" * 2 * MB
    parts = ["--x", 'Content-Disposition: form-data; name="file"; filename="a.csv"', "", ANSWERS + filler, "--x--", ""]
    body = "\r\n".join(parts).encode()
    headers = {"Content_Type": "multipart/form-data; boundary=x", "Authorization": f"Token {key}"}
    status, said = web.ask("POST", "/api/v1/consent-imports/", body, **headers)
    assert status in (201, 202), said
    pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
    status, said = web.ask("POST", "/api/v1/consent-imports/", pieces, **headers, Transfer_Encoding="chunked")
    assert status in (201, 202), said


def test_processes_count_wrong_tries_together_and_by_visitor(start):
    one, other = (start(BEHIND_PROXY="true") for _ in range(2))
    person = User.objects.create_user("person@example.org", PASSWORD, full_name="Person")
    for number in range(12):
        web = (one, other)[number % 2]
        said = web.log_in(f"203.0.113.{number}, 198.51.100.7", f"account{number}@example.org")[1]
        assert ("Too many failed login attempts" in said) == (number >= 10)
    assert one.log_in("198.51.100.7", person.email, PASSWORD)[0] == 200
    assert other.log_in("203.0.113.5", person.email, PASSWORD)[0] == 302


def test_a_process_that_is_killed_is_replaced_and_none_outlives_the_first(start):
    web = start()
    first, second = web.process.children()
    first.kill()
    assert web.is_well()
    until(lambda: len(web.process.children()) == 2, "Two processes")
    family = web.process.children()
    assert first not in family
    assert second in family
    web.process.kill()
    assert psutil.wait_procs(family, timeout=15)[1] == []
