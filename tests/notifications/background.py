"""Worker and beat as processes of their own, and a mail server that writes down what it accepts."""

import asyncio
import os
import socket
import sys
import threading
import time
from contextlib import contextmanager
from email import message_from_bytes, policy

import psutil
from aiosmtpd.controller import Controller
from django.db import connection

from governance.environment import BASE_DIR

PATIENCE = 120
# Settings of whoever runs the tests, which the processes must not take over.
OTHERS = ("CELERY_BROKER_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE", "LEDGER_SIGNING_KEY_FILE")
ALONE = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


def until(true, what, seconds=PATIENCE):
    """Wait until it is so; fail when it takes too long."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, f"{what} within {seconds} seconds"
        time.sleep(0.05)
    return found


def database_url():
    """The test database, as a child process has to be told of it."""
    of = connection.settings_dict
    password = f":{of['PASSWORD']}" if of["PASSWORD"] else ""
    return f"postgres://{of['USER']}{password}@{of['HOST']}:{of['PORT'] or 5432}/{of['NAME']}"


class Background:
    """Celery processes with one environment, of which only what is named here is set. Leaving the block ends them."""

    def __init__(self, folder, **env):
        self.folder, self.started = folder, []
        kept = {name: value for name, value in os.environ.items() if name not in OTHERS}
        self.env = kept | {"DATABASE_URL": database_url(), "VAR_DIR": str(folder), "PRODUCTION": "false"} | env

    def start(self, *words):
        log = (self.folder / f"{words[0]}-{len(self.started)}.log").open("wb")
        command = [sys.executable, "-m", "celery", "-A", "governance", *words, "--loglevel=INFO"]
        with log:
            process = psutil.Popen(command, cwd=BASE_DIR, env=self.env, stdout=log, stderr=log, start_new_session=True)
        self.started.append(process)
        return process

    def worker(self):
        return self.start("worker", "--concurrency=1", f"--hostname=w{len(self.started)}@test", *ALONE)

    def beat(self):
        return self.start("beat", "--pidfile=", "--max-interval=1")

    def kill(self, process):
        """SIGKILL to the process and its children, as when the machine loses its power."""
        for victim in (process, *children_of(process)):
            victim.kill()
        psutil.wait_procs([process], timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        family = [member for process in self.started for member in (process, *children_of(process))]
        for step in (psutil.Process.terminate, psutil.Process.kill):
            for process in self.started if step is psutil.Process.terminate else family:
                if process.is_running():
                    step(process)
            _, family = psutil.wait_procs(family, timeout=10)


def children_of(process):
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


class Postbox:
    """What an SMTP server accepted.

    After `hold_after` mails it stops answering, until `release` is called. It refuses the address `unknown` for good,
    and everybody with `answer`.
    """

    def __init__(self):
        self.mails, self.hold_after, self._free = [], None, threading.Event()
        self.unknown = self.answer = ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - named by aiosmtpd
        if self.answer or address == self.unknown:
            return self.answer or "550 No such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - named by aiosmtpd
        mail = message_from_bytes(envelope.content, policy=policy.default)
        mail.to = envelope.rcpt_tos
        self.mails.append(mail)
        if self.hold_after is not None and len(self.mails) > self.hold_after:
            # Accepted and never answered: the worker waits inside its transaction.
            while not self._free.is_set():
                await asyncio.sleep(0.05)
        return "250 OK"

    def release(self):
        self.hold_after = None
        self._free.set()

    @property
    def ids(self):
        return [mail["Message-ID"] for mail in self.mails]


@contextmanager
def smtp_server():
    postbox = Postbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    postbox.url = f"smtp://127.0.0.1:{port}"
    try:
        yield postbox
    finally:
        postbox.release()
        controller.stop()
