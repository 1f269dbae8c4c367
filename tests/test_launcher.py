"""The launcher without its servers: its files, its refusals, and that nothing it started outlives it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import environ
import psutil
import pytest

from governance.environment import BASE_DIR
from governance.launcher import changes, demo, memory, processes
from governance.launcher.database import given_database
from governance.launcher.env_files import kept_secrets, read_env, write_env
from governance.launcher.memory import in_memory
from governance.launcher.processes import Failure, Processes, only_one

AUTHOR = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
AWKWARD = {"PLAIN": "postgres://a:b@127.0.0.1:1/c", "QUOTED": 'say "hi" #1', "SLASHED": "a\\b\\\\c", "SINGLE": "'x'"}

# A launcher with one child that itself has a child, like a server with its workers.
SCRIPT = """
import os, sys
from governance.launcher.processes import Processes, Stopped
with Processes() as processes:
    child = processes.start("sleeper", ["sh", "-c", "sleep 600 & wait"], os.environ)
    print(child.process.pid, flush=True)
    try:
        processes.watch()
    except Stopped:
        sys.exit(0)
"""


class TestEnvFile:
    def test_reads_back_what_it_wrote(self, tmp_path: Path) -> None:
        write_env(tmp_path / "portal.env", AWKWARD)
        assert read_env(tmp_path / "portal.env") == AWKWARD

    def test_django_environ_reads_the_same(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        found: dict[str, str] = {}
        monkeypatch.setattr(environ.Env, "ENVIRON", found)
        write_env(tmp_path / "portal.env", AWKWARD)
        environ.Env.read_env(str(tmp_path / "portal.env"))
        assert found == AWKWARD

    def test_is_for_its_owner_only(self, tmp_path: Path) -> None:
        write_env(tmp_path / "portal.env", {"SECRET_KEY": "x"})
        assert (tmp_path / "portal.env").stat().st_mode & 0o777 == 0o600

    def test_refuses_a_line_break(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="DEMO_PASSWORD may not hold a line break"):
            write_env(tmp_path / "portal.env", {"DEMO_PASSWORD": "a\nDEBUG=true"})


class TestKeptSecrets:
    def test_are_the_same_at_the_next_start(self, tmp_path: Path) -> None:
        first = kept_secrets(tmp_path / "secrets.env", "SECRET_KEY", "DEMO_PASSWORD")
        assert kept_secrets(tmp_path / "secrets.env", "SECRET_KEY", "DEMO_PASSWORD") == first

    def test_a_new_name_leaves_the_others_alone(self, tmp_path: Path) -> None:
        first = kept_secrets(tmp_path / "secrets.env", "SECRET_KEY")
        assert kept_secrets(tmp_path / "secrets.env", "SECRET_KEY", "OTHER")["SECRET_KEY"] == first["SECRET_KEY"]


class TestPort:
    def test_a_taken_one_is_named(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(Failure, match=f"Port {port} is taken by another program"):
                demo._free_port(str(port))

    @pytest.mark.parametrize("text", ["abc", "0", "70000", "-1"])
    def test_must_be_a_port_number(self, text: str) -> None:
        with pytest.raises(Failure, match="no port number"):
            demo._free_port(text)


class TestWhatEndsByItself:
    def test_is_started_again_when_it_ran_well(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(processes, "RAN_WELL_SECONDS", 0.3)
        with Processes() as running:
            child = running.start("worker", ["sleep", "600"], os.environ, revive=True)
            self.pause(running, 0.5)
            child.process.kill()
            self.pause(running, 0.5)
            [again] = psutil.Process().children()
            assert again.pid != child.process.pid
        assert not again.is_running()

    @pytest.mark.parametrize("revive", [True, False])
    def test_ends_the_launcher_when_it_would_only_end_again(self, revive: bool) -> None:
        with Processes() as running:
            running.start("worker", ["sh", "-c", "exit 3"], os.environ, revive=revive)
            with pytest.raises(Failure, match="worker ended by itself with exit code 3"):
                self.pause(running, 10)

    def pause(self, running: Processes, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            running.pause()


class TestBackground:
    def test_worker_beat_and_signer_are_processes_of_their_own(self) -> None:
        commands = demo._background()
        assert set(commands) == {"worker", "beat", "signer"}
        assert not {"-B", "--beat"} & set(commands["worker"])

    def test_links_in_mails_lead_to_the_port(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PORTAL_URL", raising=False)
        assert demo._shared_settings(8123)["PORTAL_URL"] == "http://127.0.0.1:8123"
        monkeypatch.setenv("PORTAL_URL", "https://portal.example.org")
        assert demo._shared_settings(8123)["PORTAL_URL"] == "https://portal.example.org"


class TestGivenDatabase:
    def test_serves_as_owner_too_when_it_is_the_only_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgres://portal@db.test/governance")
        monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
        monkeypatch.delenv("DATABASE_APP_ROLE", raising=False)
        database = given_database()
        assert database is not None
        assert database.for_owner()["DATABASE_URL"] == "postgres://portal@db.test/governance"
        assert "DATABASE_APP_ROLE" not in database.for_owner()

    def test_migrates_as_the_owner_and_grants_the_portals_role(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgres://portal@db.test/governance")
        monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://owner@db.test/governance")
        monkeypatch.delenv("DATABASE_APP_ROLE", raising=False)
        database = given_database()
        assert database is not None
        assert database.for_owner()["DATABASE_URL"] == "postgres://owner@db.test/governance"
        assert database.for_owner()["DATABASE_APP_ROLE"] == "portal"


def commit_all(repository: Path) -> None:
    for command in (["add", "."], [*AUTHOR, "commit", "-q", "-m", "All"]):
        subprocess.run(["git", *command], cwd=repository, check=True)


class TestChanges:
    @pytest.fixture
    def repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A repository with one commit, in place of the project's own."""
        (tmp_path / "pyproject.toml").write_text((BASE_DIR / "pyproject.toml").read_text())
        for room in ("portal", "agreements", "vendors", "core"):
            for folder in ("apps", "tests"):
                (tmp_path / folder / room).mkdir(parents=True)
                (tmp_path / folder / room / "kept.py").touch()
        monkeypatch.setattr(changes, "BASE_DIR", tmp_path)
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        commit_all(tmp_path)
        return tmp_path

    def test_ask_for_the_tests_of_the_room_and_of_those_above(self, repository: Path) -> None:
        (repository / "apps/agreements/new.py").touch()
        chosen = changes.chosen_tests("HEAD")
        assert chosen.words == "Tests of portal, notifications, agreements."
        assert {"tests/portal", "tests/agreements"} < set(chosen.tests or ())
        assert "tests/vendors" not in (chosen.tests or ())

    @pytest.mark.parametrize("path", ["pyproject.toml", "tests/conftest.py", "apps/core/kept.py"])
    def test_of_what_all_rooms_use_ask_for_all(self, repository: Path, path: str) -> None:
        (repository / path).write_text(f"{(repository / path).read_text() if path.endswith('toml') else ''}\n")
        assert {"tests/portal", "tests/vendors", "tests/core"} < set(changes.chosen_tests("HEAD").tests or ())

    def test_of_tests_beside_the_rooms_are_asked_themselves(self, repository: Path) -> None:
        (repository / "tests/test_something.py").touch()
        assert "tests/test_something.py" in (changes.chosen_tests("HEAD").tests or ())

    def test_of_a_file_that_moved_ask_for_the_room_that_it_left(self, repository: Path) -> None:
        (repository / "apps/vendors/kept.py").write_text("RULES = 1\n" * 9)
        commit_all(repository)
        (repository / "apps/vendors/kept.py").rename(repository / "apps/portal/moved.py")
        subprocess.run(["git", "add", "."], cwd=repository, check=True)
        assert "tests/vendors" in (changes.chosen_tests("HEAD").tests or ())

    def test_of_papers_ask_for_what_holds_for_all_rooms_only(self, repository: Path) -> None:
        (repository / "README.md").touch()
        assert changes.chosen_tests("HEAD").words == "Tests that hold for all rooms."

    def test_that_are_none_ask_for_no_tests(self, repository: Path) -> None:
        assert changes.chosen_tests("HEAD").tests is None

    def test_since_no_commit_are_a_failure_in_words(self, repository: Path) -> None:
        with pytest.raises(Failure, match=r"git says: .*nowhere"):
            changes.chosen_tests("nowhere")


class TestDataInMemory:
    @pytest.fixture
    def disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A folder of a server that has one database, and a place that stands for memory."""
        (tmp_path / "memory").mkdir()
        monkeypatch.setattr(memory, "SHARED_MEMORY", tmp_path / "memory")
        monkeypatch.setattr(memory, "ROOM", 0)
        (tmp_path / "disk/server/data/base/1").mkdir(parents=True)
        return tmp_path / "disk/server"

    def test_are_kept_when_databases_were_made(self, disk: Path) -> None:
        with in_memory(disk) as folder:
            assert (folder / "data/base/1").is_dir()
            (folder / "data/base/2").mkdir()
            assert not (disk / "data/base/2").exists()
        assert (disk / "data/base/2").is_dir()
        assert not list(memory.SHARED_MEMORY.iterdir())

    def test_leave_the_folder_alone_when_none_were_made_or_the_run_failed(self, disk: Path) -> None:
        with in_memory(disk) as folder:
            (folder / "data/scratch").touch()
        with pytest.raises(ZeroDivisionError):
            fail_after_making_a_database(disk)
        assert [path.name for path in disk.rglob("*")] == ["data", "base", "1"]
        assert not list(memory.SHARED_MEMORY.iterdir())

    def test_stay_where_they_are_without_room(self, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(memory, "ROOM", 1 << 60)
        with in_memory(disk) as folder:
            assert folder == disk


def fail_after_making_a_database(disk: Path) -> None:
    with in_memory(disk) as folder:
        (folder / "data/base/2").mkdir()
        raise ZeroDivisionError


def test_commands_run_together_and_say_how_each_has_ended(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    commands = {
        "Long check": ["sh", "-c", "sleep 0.5; echo quiet words"],
        "Bad": ["sh", "-c", "echo why >&2; exit 3"],
        "Loud": ["echo", "loud words"],
    }
    with Processes() as processes:
        ended = list(processes.run_together(commands, os.environ, loud="Loud", logs=tmp_path))
    assert sorted(ended) == [("Bad", 3), ("Long check", 0), ("Loud", 0)]
    assert ended[-1] == ("Long check", 0)
    said = capfd.readouterr().out
    assert "== Bad\nwhy" in said
    assert "== Long check\nquiet words" in said
    assert "loud words" in said


def test_a_second_launcher_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with only_one("demo", tmp_path), pytest.raises(Failure, match="already runs"), only_one("demo", tmp_path):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_children_and_theirs(number: signal.Signals) -> None:
    launcher, family = start_launcher()
    launcher.send_signal(number)
    assert launcher.wait(timeout=10) == 0
    assert not psutil.wait_procs(family, timeout=5)[1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_killed_launcher_takes_its_children_with_it() -> None:
    launcher, family = start_launcher()
    launcher.kill()
    launcher.wait()
    assert not psutil.wait_procs(family[:1], timeout=5)[1]
    for orphan in psutil.wait_procs(family[1:], timeout=0)[1]:
        orphan.kill()


def start_launcher() -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    command = [sys.executable, "-c", SCRIPT]
    launcher = subprocess.Popen(command, cwd=BASE_DIR, env=dict(os.environ), stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    with launcher.stdout as output:
        child = psutil.Process(int(output.readline()))
    deadline = time.monotonic() + 5
    while not child.children() and time.monotonic() < deadline:
        time.sleep(0.02)
    return launcher, [child, *child.children()]
