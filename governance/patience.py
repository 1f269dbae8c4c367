"""How long a process waits for its database before it gives up, so that one who holds a lock does not hold everybody.

`governance.wsgi` says that its process answers people; all others work: workers, migrations, imports, benchmarks.
"""

import os
from dataclasses import dataclass
from typing import Any

PROCESS = "PORTAL_PROCESS"
WEB = "web"
CONNECT_SECONDS = 5


@dataclass(frozen=True)
class Patience:
    """In seconds: for a statement, for a lock, and for a transaction in which nothing is asked."""

    statement: int
    lock: int
    idle: int


ANSWERS = Patience(statement=60, lock=5, idle=60)
# A statement may take as long as the longest task; whoever holds a lock for a minute is stuck.
WORKS = Patience(statement=4 * 60 * 60, lock=60, idle=30 * 60)


def is_web() -> bool:
    return os.environ.get(PROCESS) == WEB


def of_this_process() -> Patience:
    return ANSWERS if is_web() else WORKS


def connection_options(patience: Patience) -> dict[str, Any]:
    """For libpq. The server also looks whether a client is still there: what a killed one began holds no locks."""
    limits = {
        "statement_timeout": f"{patience.statement}s",
        "lock_timeout": f"{patience.lock}s",
        "idle_in_transaction_session_timeout": f"{patience.idle}s",
        "client_connection_check_interval": "10s",
    }
    return {
        "connect_timeout": CONNECT_SECONDS,
        "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
    }
