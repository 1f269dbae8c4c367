"""The portal's web process, started as `make demo` starts it, and a browser without a picture."""

import json
import os
import socket
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode

import psutil
from django.conf import settings
from django.test import Client

from governance.environment import BASE_DIR
from governance.launcher import demo
from tests.notifications.background import children_of, database_url, until

TOKEN = "t" * 32


class Browser:
    """Somebody signed in, or nobody, at the web process on that port."""

    def __init__(self, port, user=None):
        self.port = port
        client = Client()
        if user:
            client.force_login(user)
        cookies = {name: morsel.value for name, morsel in client.cookies.items()} | {settings.CSRF_COOKIE_NAME: TOKEN}
        self.headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}

    def get(self, path):
        return self._ask("GET", path)

    def post(self, path, fields):
        return self._ask("POST", path, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})

    def post_json(self, path, body):
        return self._ask("POST", path, json.dumps(body), {"Content-Type": "application/json"})

    def _ask(self, method, path, body=None, headers=None):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, self.headers | {"X-CSRFToken": TOKEN} | (headers or {}))
        response = connection.getresponse()
        response.text = response.read().decode()
        connection.close()
        return response

    def health(self):
        answer = self.get("/healthz")
        return answer.status, json.loads(answer.text)


@contextmanager
def web_process(folder, command=(), **env):
    """The port on which it listens. `command` is put before the words that start it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Static files need not be collected for these settings.
    own = {"DJANGO_SETTINGS_MODULE": "governance.settings_test", "DATABASE_URL": database_url()}
    env = os.environ | own | {"VAR_DIR": str(folder), "PRODUCTION": "false"} | env
    with (folder / "web.log").open("wb") as log:
        words = [*command, *demo._web(port)]
        process = psutil.Popen(words, cwd=BASE_DIR, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        until(lambda: answers(port) or process.poll() is not None, "The web process answers")
        assert process.poll() is None, (folder / "web.log").read_text()
        yield port
    finally:
        family = [process, *children_of(process)]
        for member in family:
            if member.is_running():
                member.terminate()
        _, left = psutil.wait_procs(family, timeout=10)
        for member in left:
            member.kill()


def answers(port):
    try:
        return Browser(port).get("/healthz/web").status == 200
    except OSError:
        return False
