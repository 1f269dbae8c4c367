"""Where the settings of a running demo are left for other shells."""

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
PORTAL_ENV = VAR_DIR / "portal.env"


def load_portal_env() -> None:
    """Read var/portal.env, which `make demo` writes; what the shell has set already wins.

    A shell that names its own database is left alone: half of one setting and half of another helps nobody.
    """
    if PORTAL_ENV.exists() and "DATABASE_URL" not in os.environ:
        environ.Env.read_env(str(PORTAL_ENV))
