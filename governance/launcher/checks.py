"""`make test` and `make bench`, each with a database server of its own."""

import os
import shlex
import signal
import sys
import time
from pathlib import Path

from governance.launcher.database import CARELESS, Database, given_database, start_server
from governance.launcher.processes import Failure, Processes

BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
CHECKS: dict[str, list[str | Path]] = {
    "Formatting": [BIN / "ruff", "format", "--check", "."],
    "Lint": [BIN / "ruff", "check", "."],
    "Types": [BIN / "mypy", "governance", "apps"],
    "Import contracts": [BIN / "lint-imports"],
    "Missing migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "Tests": [sys.executable, "-m", "pytest", "-n", "auto"],
}


def run_checks(processes: Processes, var_dir: Path) -> int:
    # Each test process opens several connections, and each may start a live server.
    settings = ("max_connections=200", *CARELESS)
    env = _owner_environment(given_database() or start_server(processes, var_dir / "postgres-test", settings))
    failed = [name for name in CHECKS if not _passes(processes, name, env)]
    if failed:
        raise Failure(f"\nFailed: {', '.join(failed)}.")
    print("\nAll checks passed.")
    return 0


def run_bench(processes: Processes, var_dir: Path) -> int:
    env = _owner_environment(given_database() or start_server(processes, var_dir / "postgres-bench"))
    processes.require("The migration", [*MANAGE, "migrate", "--no-input", "-v", "0"], env)
    return processes.run("The benchmark", [*MANAGE, "bench", *shlex.split(os.environ.get("BENCH_ARGS", ""))], env)


def _owner_environment(database: Database) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": database.owner_url, "PRODUCTION": "false"}


def _passes(processes: Processes, name: str, env: dict[str, str]) -> bool:
    command = list(CHECKS[name])
    if name == "Tests":
        command += shlex.split(os.environ.get("PYTEST_ARGS", ""))
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    # The interrupt lets pytest tear down what it started.
    code = processes.run(name, command, env, stop_signal=signal.SIGINT)
    print(f"-- {name}: {'failed' if code else 'passed'} after {time.monotonic() - started:.0f} s", flush=True)
    return code == 0
