"""Which tests a change asks for: those of the rooms that changed, and of all rooms above them."""

import subprocess
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from governance.environment import BASE_DIR
from governance.launcher.processes import Failure

# Where a file lies that belongs to one room.
FOLDERS_OF_ROOMS = ("apps", "templates", "tests")
# Nothing that runs: only conventions are asked of these, and they always run.
PAPERS = ("docs/", "README.md", "CONTRIBUTING.md", ".gitignore")


@dataclass(frozen=True)
class Choice:
    """Arguments for pytest, or None for no tests, and what is chosen in words."""

    tests: list[str] | None
    words: str = ""


def chosen_tests(since: str) -> Choice:
    """The tests for what has changed since that commit, with everything that is not committed yet."""
    changed = changed_files(since)
    if not changed:
        return Choice(None, f"Nothing has changed since {since}, so no tests are chosen. SINCE=… names another commit.")
    rooms = rooms_above(changed)
    folders = [f"tests/{room}" for room in rooms if (BASE_DIR / "tests" / room).is_dir()]
    # Beside the rooms lie conventions, which are quick, and tests of all rooms together, which are marked `whole`.
    beside = sorted(f"tests/{path.name}" for path in (BASE_DIR / "tests").glob("test_*.py"))
    words = f"Tests of {', '.join(rooms)}." if rooms else "Tests that hold for all rooms."
    return Choice(["-m", "not (browser or broker or whole)", *beside, *folders], words)


def changed_files(since: str) -> list[str]:
    """Paths of files that were changed, added or removed. A moved file is both: the room that it left changed too."""
    named = (
        _git("diff", "--name-only", "--no-renames", "-z", since),
        _git("ls-files", "--others", "--exclude-standard", "-z"),
    )
    return sorted({path for paths in named for path in paths.split("\0") if path})


def rooms_above(changed: Iterable[str]) -> list[str]:
    """The lowest room that changed and all above it, highest first; all of them for what belongs to no room."""
    rooms, lowest = layers(), -1
    for path in changed:
        parts = Path(path).parts
        if path.startswith(PAPERS):
            continue
        of_room = len(parts) > 2 and parts[0] in FOLDERS_OF_ROOMS and parts[1] in rooms
        lowest = max(lowest, rooms.index(parts[1]) if of_room else len(rooms) - 1)
    return rooms[: lowest + 1]


def layers() -> list[str]:
    """The rooms, highest first, as the import contract names them."""
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())
    [contract] = [c for c in project["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    return [layer.removeprefix("apps.") for layer in contract["layers"]]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"`make check` asks git what has changed, and git says: {done.stderr.strip()}")
    return done.stdout
