"""What the environment says, and where the settings of a running demo are left for other shells."""

import os
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR", BASE_DIR / "var"))
PORTAL_ENV = VAR_DIR / "portal.env"
YES_AND_NO = {
    **dict.fromkeys(("true", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "no", "n", "off", "0"), False),
}


def load_portal_env() -> None:
    """Read var/portal.env, which `make demo` writes; what the shell has set already wins.

    A shell that names its own database is left alone: half of one setting and half of another helps nobody.
    """
    if PORTAL_ENV.exists() and "DATABASE_URL" not in os.environ:
        environ.Env.read_env(str(PORTAL_ENV))


def switch(name: str, *, default: bool) -> bool:
    """A variable that is on or off. Any other word stops the start: read as off, it would open what it shuts."""
    text = os.environ.get(name)
    if text is None:
        return default
    if text.strip().lower() not in YES_AND_NO:
        raise ValueError(f"{name} is {text!r}, which is neither true nor false. Set it to true or false.")
    return YES_AND_NO[text.strip().lower()]
