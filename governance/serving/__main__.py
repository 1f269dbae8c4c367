"""The web process: `python -m governance.serving [--bind HOST:PORT] [--processes N] [--threads N]`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

# First, because it makes Django ready for what follows, and says that this process answers people.
from governance.wsgi import application

# isort: split
from django.db import connections

from governance.serving.server import make_server

logger = logging.getLogger("governance.serving")
BACKLOG = 1024
ENDINGS = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m governance.serving", description="Serve the portal.")
    parser.add_argument("--bind", default="127.0.0.1:8000", help="HOST:PORT (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=4, help="of each process (default: %(default)s)")
    given = parser.parse_args()
    host, _, port = given.bind.rpartition(":")
    with socket.create_server((host, int(port)), backlog=BACKLOG) as listening:
        return Family(listening, given.threads).keep(given.processes)


class Family:
    """Processes that accept from one socket. One that dies is replaced; when the first one ends, all do."""

    def __init__(self, listening: socket.socket, threads: int) -> None:
        self.listening, self.threads = listening, threads
        self.children: set[int] = set()
        self.is_ending = False
        # Nobody writes to it. It is at its end for the children when the parent is gone, however that came.
        self.alive = os.pipe()

    def keep(self, wanted: int) -> int:
        for number in ENDINGS:
            signal.signal(number, self._end)
        while not self.is_ending or self.children:
            while not self.is_ending and len(self.children) < wanted:
                self._start()
            pid, status = os.waitpid(-1, 0)
            self.children.discard(pid)
            if not self.is_ending:
                logger.error("Web process %d ended with status %d and is replaced.", pid, status)
                time.sleep(1)
        return 0

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.is_ending = True
        for pid in self.children:
            os.kill(pid, signal.SIGTERM)

    def _start(self) -> None:
        # What was opened while the portal was loaded belongs to one process.
        connections.close_all()
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        if pid := os.fork():
            self.children.add(pid)
        else:
            self._serve()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)

    def _serve(self) -> NoReturn:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal; the parent passes on what it means
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        os.close(self.alive[1])
        threading.Thread(target=self._end_with_the_parent, daemon=True).start()
        make_server(application, self.listening, self.threads).run()
        os._exit(0)

    def _end_with_the_parent(self) -> None:
        os.read(self.alive[0], 1)
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
