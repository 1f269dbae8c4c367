"""Files of KEY=VALUE lines that only their owner may read."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

LINE = re.compile(r'([A-Za-z_]\w*)="(.*)"')


def write_env(path: Path, values: Mapping[str, str]) -> None:
    """Write the values, quoted the way django-environ reads them."""
    for name, value in values.items():
        if "\n" in value or "\r" in value:
            raise ValueError(f"{name} may not hold a line break.")
    lines = [f'{name}="{_escaped(value)}"\n' for name, value in values.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(lines)
    draft.replace(path)


def read_env(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    found = [LINE.fullmatch(line) for line in path.read_text().splitlines()]
    return {match[1]: re.sub(r"\\(.)", r"\1", match[2]) for match in found if match}


def kept_secrets(path: Path, *names: str) -> dict[str, str]:
    """The secrets of these names, each made once and kept in the file."""
    kept = read_env(path)
    made = {name: secrets.token_hex(8 if name == "DEMO_PASSWORD" else 32) for name in names if name not in kept}
    if made:
        write_env(path, kept | made)
    return {name: (kept | made)[name] for name in names}


def _escaped(value: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", value)
