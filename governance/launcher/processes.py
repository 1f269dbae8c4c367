"""Child processes that end with the launcher, however it ends."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

import psutil

POLL_SECONDS = 0.1
SURVIVOR_SECONDS = 2
# What ran for so long and then ended may be started again; what ends sooner would only end again.
RAN_WELL_SECONDS = 5
PR_SET_PDEATHSIG = 1
# Loaded before any fork: a forked child must not import or allocate more than it needs.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Failure(Exception):
    """Why the launcher gave up, as a sentence for the person who started it."""


class Stopped(Exception):
    """The launcher was asked to end."""


@dataclass(frozen=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    grace: float
    # The database goes last: the others still need it to end in good order.
    last: bool
    log: Path | None
    # Starts it anew, where the others can do without it for a moment.
    again: Callable[[], "Child"] | None = None
    started_at: float = field(default_factory=time.monotonic)


class Processes:
    """The children of the launcher. Leaving the `with` block ends every one of them and what they started."""

    def __init__(self) -> None:
        self._services: list[Child] = []
        self._stop_asked = False
        self._parent = os.getppid()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup, on purpose
            signal.signal(signal.SIGHUP, self._ask_to_stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end_services()

    def end_services(self) -> None:
        """End everything that was started to run as long as the launcher does."""
        self._end([child for child in self._services if not child.last])
        self._end([child for child in self._services if child.last])
        self._services.clear()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        # Only a flag: an exception thrown from here could fall between starting a child and noting that it runs.
        self._stop_asked = True

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        *,
        log: Path | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace: float = 10,
        last: bool = False,
        revive: bool = False,
    ) -> Child:
        """Start a child that is to run as long as the launcher does; `revive` it when it ends by itself."""

        def spawn() -> Child:
            child = _spawn(name, command, env, log=log, user=user, stop_signal=stop_signal, grace=grace, last=last)
            return replace(child, again=spawn) if revive else child

        child = spawn()
        self._services.append(child)
        return child

    def run(
        self,
        name: str,
        command: Sequence[str | Path],
        env: Mapping[str, str],
        *,
        log: Path | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> int:
        """Run a command to its end and give its exit code."""
        child = _spawn(name, command, env, log=log, user=user, stop_signal=stop_signal, grace=10, last=False)
        try:
            while child.process.poll() is None:
                self.pause()
        finally:
            self._end([child])
        return child.process.returncode

    def run_together(
        self, commands: Mapping[str, Sequence[str | Path]], env: Mapping[str, str], *, loud: str, logs: Path
    ) -> Iterator[tuple[str, int]]:
        """Run commands at the same time; give the name and exit code of each as it ends.

        What the loud one says is heard at once. What the others say is printed when they end, so that it is not mixed.
        """
        started = {
            name: _spawn(
                name,
                command,
                env,
                log=None if name == loud else _emptied(logs / f"{name.lower().replace(' ', '-')}.log"),
                user=None,
                # The interrupt lets pytest tear down what it started.
                stop_signal=signal.SIGINT,
                grace=10,
                last=False,
            )
            for name, command in commands.items()
        }
        try:
            while started:
                self.pause()
                for name, child in list(started.items()):
                    if child.process.poll() is not None:
                        del started[name]
                        self._end([child])
                        if child.log:
                            print(f"\n== {name}\n{child.log.read_text(errors='replace')}".rstrip(), flush=True)
                        yield name, child.process.returncode
        finally:
            self._end(list(started.values()))

    def require(self, name: str, command: Sequence[str | Path], env: Mapping[str, str]) -> None:
        """Run a command that has to succeed."""
        code = self.run(name, command, env)
        if code:
            raise Failure(f"{name} failed with exit code {code}; the lines above say why.")

    def watch(self) -> None:
        """Wait until the launcher is asked to end or a service dies."""
        while True:
            self.pause()

    def pause(self) -> None:
        """Wait a moment, then see whether there is reason to give up."""
        time.sleep(POLL_SECONDS)
        # Whoever started the launcher may be killed in a way that gives it no time to tell.
        if self._stop_asked or os.getppid() != self._parent:
            raise Stopped
        for number, child in enumerate(self._services):
            code = child.process.poll()
            if code is None:
                continue
            if child.again and time.monotonic() - child.started_at > RAN_WELL_SECONDS:
                print(f"{child.name} ended by itself with exit code {code} and is started again.", flush=True)
                self._services[number] = child.again()
                continue
            hint = f"; its last words are in {child.log}" if child.log else ""
            raise Failure(f"{child.name} ended by itself with exit code {code}{hint}.")

    def _end(self, children: list[Child]) -> None:
        """Ask them to end, and kill what is left of them and their descendants after the time of grace."""
        families = [(child, _family(child)) for child in children]
        for child in children:
            if child.process.poll() is None:
                child.process.send_signal(child.stop_signal)
        for child, family in families:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(child.grace)
            _end_survivors(family)
            child.process.wait()


def _emptied(log: Path) -> Path:
    log.unlink(missing_ok=True)
    return log


def _end_survivors(family: list[psutil.Process]) -> None:
    """End what did not end by itself or with its parent, politely first."""
    for step in (psutil.Process.terminate, psutil.Process.kill):
        for process in family:
            with suppress(psutil.NoSuchProcess):
                step(process)
        _, family = psutil.wait_procs(family, timeout=SURVIVOR_SECONDS)
        if not family:
            return


def _spawn(
    name: str,
    command: Sequence[str | Path],
    env: Mapping[str, str],
    *,
    log: Path | None,
    user: str | None,
    stop_signal: signal.Signals,
    grace: float,
    last: bool,
) -> Child:
    output: IO[bytes] | None = None
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        output = log.open("ab")

    def die_with_launcher() -> None:
        # What is left when the launcher itself is killed outright; Linux only.
        if LIBC:
            LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal))

    try:
        process = subprocess.Popen(
            [str(word) for word in command],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            # A session of its own: Ctrl-C reaches the launcher only, which ends the children in the right order.
            start_new_session=True,
            preexec_fn=die_with_launcher,
        )
    finally:
        if output:
            output.close()
    return Child(name, process, stop_signal, grace, last, log)


def _family(child: Child) -> list[psutil.Process]:
    try:
        leader = psutil.Process(child.process.pid)
        return [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


@contextmanager
def only_one(name: str, var_dir: Path) -> Iterator[None]:
    """Refuse a second launcher on the same folder; the lock ends with this process, even if that is killed."""
    var_dir.mkdir(parents=True, exist_ok=True)
    with (var_dir / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(f"`make {name}` already runs with {var_dir}; end it first or set VAR_DIR.") from None
        yield
