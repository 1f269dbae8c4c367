"""A command as a process of its own, with what it takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import psutil
from django.conf import settings
from django.db import connection

from apps.portal.bench.figures import milliseconds
from governance.environment import BASE_DIR


def run_command(*words: str) -> tuple[float, float]:
    """A command in a process of its own: milliseconds, and the megabytes that it had at most."""
    command = [sys.executable, "manage.py", *words]
    most = [0.0]

    def run() -> None:
        process = psutil.Popen(command, cwd=BASE_DIR, env=_environment(), stdout=subprocess.PIPE)
        watch = threading.Thread(target=_watch, args=(process, most))
        watch.start()
        said = process.communicate()[0]
        watch.join()
        # A ledger without a checkpoint held outside ends with 2, although all of it fits.
        if process.returncode not in (0, 2) or not json.loads(said)["ok"]:
            raise RuntimeError(f"{words[0]} failed: {said.decode()[-2000:]}")

    return milliseconds(run), most[0]


def _watch(process: psutil.Popen, most: list[float]) -> None:
    while process.poll() is None:
        try:
            most[0] = max(most[0], process.memory_info().rss / 2**20)
            process.wait(0.05)
        except (psutil.NoSuchProcess, psutil.TimeoutExpired):
            continue


def _environment() -> dict[str, str]:
    of = connection.settings_dict
    password = f":{of['PASSWORD']}" if of["PASSWORD"] else ""
    url = f"postgres://{of['USER']}{password}@{of['HOST']}:{of['PORT'] or 5432}/{of['NAME']}"
    given = {"DATABASE_APP_ROLE": settings.DATABASE_APP_ROLE, "LEDGER_ACCEPTED": ";".join(settings.LEDGER_ACCEPTED)}
    return os.environ | given | {"DATABASE_URL": url}
