"""A room that a test made up gets everything that its description promises."""

import os
import subprocess
import sys

import pytest

from governance.environment import BASE_DIR

pytestmark = pytest.mark.whole


def test_a_kind_of_record_gets_its_doors_from_its_description(django_db_setup):
    """In a process of its own: descriptions, models and addresses are loaded once in each."""
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.madeup.settings"}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_ADDOPTS", "TEST_TIMES"):
        env.pop(name, None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/madeup/garden_checks.py"]
    done = subprocess.run(command, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
