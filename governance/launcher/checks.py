"""`make test`, `make check` and `make bench`, each with a database server of its own."""

import json
import os
import resource
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from governance.launcher.changes import Choice, chosen_tests
from governance.launcher.database import Database, given_database, start_server
from governance.launcher.memory import in_memory
from governance.launcher.processes import Failure, Processes

BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
TESTS = "Tests"
# A test waits a third of its time for its database or for processes of its own, so one more than there are cores.
TEST_PROCESSES = (os.cpu_count() or 1) + 1
# Each test process opens several connections, and each may start a live server. The data are thrown away: they may be
# lost when the machine crashes, and nothing has to be cleaned up, replicated, or planned for long queries.
FOR_TESTS = (
    "max_connections=200",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "jit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=256MB",
)
CHECKS: dict[str, Sequence[str | Path]] = {
    "Formatting": [BIN / "ruff", "format", "--check", "."],
    "Lint": [BIN / "ruff", "check", "."],
    "Types": [BIN / "mypy", "governance", "apps"],
    "Import contracts": [BIN / "lint-imports"],
    "Missing migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    TESTS: [sys.executable, "-m", "pytest", "-n", str(TEST_PROCESSES), "--dist", "loadgroup"],
}


def run_checks(processes: Processes, var_dir: Path) -> int:
    """Everything, for whoever hands in."""
    chosen = Choice(shlex.split(os.environ.get("PYTEST_ARGS", "")))
    _pass_all(processes, var_dir, chosen, times=var_dir / "test-times.json")
    print("\nAll checks passed.")
    return 0


def run_check(processes: Processes, var_dir: Path) -> int:
    """What a change asks for, every day."""
    choice = chosen_tests(os.environ.get("SINCE") or "HEAD")
    print(choice.words, flush=True)
    _pass_all(processes, var_dir, choice)
    print("\nThese checks passed. `make test` runs all of them.")
    return 0


def run_bench(processes: Processes, var_dir: Path) -> int:
    env = _owner_environment(given_database() or start_server(processes, var_dir / "postgres-bench"))
    processes.require("The migration", [*MANAGE, "migrate", "--no-input", "-v", "0"], env)
    return processes.run("The benchmark", [*MANAGE, "bench", *shlex.split(os.environ.get("BENCH_ARGS", ""))], env)


def _pass_all(processes: Processes, var_dir: Path, choice: Choice, *, times: Path | None = None) -> None:
    """Run the checks side by side, with the chosen tests. Failure when one of them fails."""
    started = time.monotonic()
    with _database(processes, var_dir) as database:
        env = _owner_environment(database)
        # Every test process would compile all sources for itself.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        if times:
            times.unlink(missing_ok=True)
            env["TEST_TIMES"] = str(times)
        commands = {name: command for name, command in CHECKS.items() if name != TESTS}
        if choice.tests is not None:
            commands[TESTS] = [*CHECKS[TESTS], *choice.tests]
        failed = []
        for name, code in processes.run_together(commands, env, loud=TESTS, logs=var_dir / "log"):
            print(f"-- {name}: {'failed' if code else 'passed'} after {time.monotonic() - started:.0f} s", flush=True)
            failed += [name] if code else []
    _say_what_it_took(times, time.monotonic() - started)
    if failed:
        raise Failure(f"\nFailed: {', '.join(failed)}.")


@contextmanager
def _database(processes: Processes, var_dir: Path) -> Iterator[Database]:
    """The database that is given, or a server of our own until the end of the block."""
    given = given_database()
    if given:
        yield given
        return
    with in_memory(var_dir / "postgres-test") as folder:
        try:
            yield start_server(processes, folder, FOR_TESTS, logs=var_dir / "log")
        finally:
            processes.end_services()


def _say_what_it_took(times: Path | None, wall: float) -> None:
    """With the other checks and a database server of our own. Added to the times of the tests, which pytest wrote."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = spent.ru_utime + spent.ru_stime
    print(f"\nIn all {wall:.0f} s, {cpu:.0f} s CPU on {os.cpu_count()} cores.")
    if times and times.exists():
        found = json.loads(times.read_text())
        found["all"] = {"wall": round(wall, 1), "cpu": round(cpu, 1), "cores": os.cpu_count(), **found["all"]}
        times.write_text(as_lines(found))
        print(f"{times} has it file by file.")


def as_lines(times: dict[str, Any]) -> str:
    """JSON with a line for each file."""
    files = ",\n".join(f"  {json.dumps(name)}: {json.dumps(of_file)}" for name, of_file in times["files"].items())
    return f'{{\n "all": {json.dumps(times["all"])},\n "files": {{\n{files}\n }}\n}}\n'


def _owner_environment(database: Database) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": database.owner_url, "PRODUCTION": "false"}
