"""`python -m governance.launcher demo|test|check|bench`, called from the Makefile."""

import os
import sys
from pathlib import Path

from governance.environment import VAR_DIR
from governance.launcher.checks import run_bench, run_check, run_checks
from governance.launcher.demo import run_demo
from governance.launcher.processes import Failure, Processes, Stopped, only_one

COMMANDS = {"demo": run_demo, "test": run_checks, "check": run_check, "bench": run_bench}
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"Usage: python -m governance.launcher {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    name = arguments[0]
    var_dir = Path(VAR_DIR).resolve()
    os.environ["VAR_DIR"] = str(var_dir)
    processes = Processes()
    try:
        # Both work with one server.
        with only_one("test" if name == "check" else name, var_dir), processes:
            return COMMANDS[name](processes, var_dir)
    except Stopped:
        # Ending a demo is success; a test run that was cut short has shown nothing.
        return 0 if name == "demo" else INTERRUPTED
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"{error.filename} belongs to another user. Run as that user, or set VAR_DIR.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
