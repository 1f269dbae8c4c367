"""`make demo`: the portal with its demo case, from nothing to a printed address."""

import hashlib
import http.client
import os
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from governance.environment import BASE_DIR
from governance.launcher.database import given_database, start_server
from governance.launcher.env_files import kept_secrets, write_env
from governance.launcher.history import require_known_history
from governance.launcher.processes import Failure, Processes

MANAGE = [sys.executable, "manage.py"]
DOMAIN = "example.org"
LOGINS = {
    "engineer": "registers datasets and says where they came from",
    "requester": "asks for data and declares the purpose",
    "legal": "reviews agreements and votes",
    "privacy": "reviews purposes and votes, looks up people",
    "dpo": "advises; has no vote",
    "independent": "votes where others are barred by a conflict of interest",
    "executive": "gets what is escalated",
    "auditor": "reads nearly everything, changes nothing",
    "admin": "keeps users, roles and schedules; has no vote",
}
# Of the variables the settings read, those a second shell needs as well; docs/operating.md lists them all.
SHARED_SETTINGS = (
    "CELERY_BROKER_URL",
    "EMAIL_URL",
    "PORTAL_URL",
    "LEDGER_SIGNING_KEY_FILE",
    "LEDGER_CHECKPOINT_FOLDER",
    "LEDGER_ANCHOR_FOLDERS",
    "TIME_ZONE",
    "SUBJECTS",
)
READY_SECONDS = 60


def run_demo(processes: Processes, var_dir: Path) -> int:
    port = _free_port(os.environ.get("PORT") or "8000")
    portal_env = var_dir / "portal.env"
    try:
        password = _start(processes, var_dir, portal_env, port)
        _print_ready(port, password)
        processes.watch()
    finally:
        portal_env.unlink(missing_ok=True)
    return 0


def _start(processes: Processes, var_dir: Path, portal_env: Path, port: int) -> str:
    """Everything up to the answering portal; gives the password of the demo logins."""
    _say("Starting the database")
    given = given_database()
    database = given or start_server(processes, var_dir / "postgres")
    place = "Name an empty database" if given else f"Move the folder {var_dir} away"
    require_known_history(database, begin_anew=f"{place} and start again, to begin with a new demo.")
    secrets = _secrets(var_dir)
    shared = _shared_settings(port)
    write_env(portal_env, database.for_portal() | secrets | shared)
    # Plain HTTP on this machine only; the secrets are the demo's.
    base = os.environ | secrets | shared | {"PRODUCTION": "false"}
    env = base | database.for_portal()
    _say("Migrating")
    processes.require("The migration", [*MANAGE, "migrate", "--no-input", "-v", "0"], base | database.for_owner())
    _collect_static(processes, var_dir, env)
    _say("Loading the demo case")
    processes.require("Loading the demo case", [*MANAGE, "load_demo"], env)
    processes.require("Making the signing key", [*MANAGE, "ledger_key", "--new", "--unless-there", "-v", "0"], env)
    _say("Starting the portal")
    logs = var_dir / "log"
    processes.start("web", _web(port), env, log=logs / "web.log")
    _wait_until_ready(processes, port)
    # Afterwards, so that nobody waits for the first nightly run, which begins by itself.
    for name, command in _background().items():
        processes.start(name, command, env, log=logs / f"{name}.log", revive=True)
    return secrets["DEMO_PASSWORD"]


def _background() -> dict[str, list[str]]:
    """What works without anybody asking. Beat is a process of its own: inside a worker it would hang at the end."""
    celery = [sys.executable, "-m", "celery", "-A", "governance"]
    # There is one worker, so there are no others to talk to.
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return {
        "worker": [*celery, "worker", "--concurrency=1", "--loglevel=INFO", *alone],
        "beat": [*celery, "beat", "--loglevel=INFO", "--pidfile="],
        "signer": [*MANAGE, "sign_checkpoints"],
    }


def _web(port: int) -> list[str]:
    return [sys.executable, "-m", "governance.serving", f"--bind=127.0.0.1:{port}"]


def _shared_settings(port: int) -> dict[str, str]:
    own = {"PORTAL_URL": f"http://127.0.0.1:{port}"}
    return own | {name: os.environ[name] for name in SHARED_SETTINGS if os.environ.get(name)}


def _secrets(var_dir: Path) -> dict[str, str]:
    """The demo's secrets: those the shell names, otherwise made once and kept."""
    names = ("SECRET_KEY", "CONSENT_KEY", "WITHDRAWAL_KEYS", "DEMO_PASSWORD")
    kept = kept_secrets(var_dir / "secrets.env", *names)
    return {name: os.environ.get(name) or value for name, value in kept.items()}


def _free_port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Failure(f"PORT is {text!r}, which is no port number.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except PermissionError:
            raise Failure(f"Port {text} is open to root only. Choose another: make demo PORT=8001") from None
        except OSError:
            raise Failure(f"Port {text} is taken by another program. Choose another: make demo PORT=8001") from None
    return int(text)


def _collect_static(processes: Processes, var_dir: Path, env: Mapping[str, str]) -> None:
    done = Path(env.get("STATIC_ROOT") or var_dir / "static") / ".collected"
    print_of_now = _fingerprint(var_dir)
    if done.exists() and done.read_text() == print_of_now:
        return
    _say("Collecting static files")
    command = [*MANAGE, "collectstatic", "--no-input", "--clear", "-v", "0"]
    processes.require("Collecting static files", command, env)
    done.write_text(print_of_now)


def _fingerprint(var_dir: Path) -> str:
    """Changes when a static file of ours, or one of the packages and settings that bring others, does."""
    folders = [BASE_DIR / "static", var_dir / "assets", *BASE_DIR.glob("apps/*/static")]
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    files += [BASE_DIR / "requirements/run.txt", BASE_DIR / "governance/settings.py"]
    facts = [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in sorted(files)]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _wait_until_ready(processes: Processes, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        status, text = _health(port)
        if status == http.HTTPStatus.OK:
            return
        if time.monotonic() > deadline:
            raise Failure(f"The portal was not healthy within {READY_SECONDS} seconds: {text}")
        processes.pause()


def _health(port: int) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/healthz/web")
        response = connection.getresponse()
        return response.status, response.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


def _say(text: str) -> None:
    print(f"{text} …", flush=True)


def _print_ready(port: int, password: str) -> None:
    print(f"\nReady: http://127.0.0.1:{port}\n")
    for name, task in LOGINS.items():
        print(f"  {name + '@' + DOMAIN:<26}{task}")
    print(f"\n  Password of all: {password}\n\nCtrl-C ends it.", flush=True)
