"""How long the tests of each file take: var/test-times.json, and the ten slowest at the end of a run.

CPU is that of the test process and of the children it has waited for; what the database server spends is in the sum of
the whole run, which `make test` adds.
"""

import json
import os
import time
from collections import defaultdict

import pytest
from django.conf import settings

SLOWEST = 10


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # workers measure, the process that started them writes
        config.pluginmanager.register(Times())


def cpu_seconds():
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    item.cpu_before = cpu_seconds()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    now = cpu_seconds()
    report.cpu, item.cpu_before = now - item.cpu_before, now
    return report


class Times:
    def __init__(self):
        self.started = time.monotonic()
        self.files = defaultdict(lambda: {"cases": 0, "wall": 0.0, "cpu": 0.0})

    def pytest_runtest_logreport(self, report):
        of_file = self.files[report.nodeid.partition("::")[0]]
        of_file["cases"] += report.when == "setup"
        of_file["wall"] += report.duration
        of_file["cpu"] += report.cpu

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter):
        slowest_first = sorted(self.files.items(), key=lambda file: -file[1]["wall"])
        write({"files": {name: rounded(of_file) for name, of_file in slowest_first}, "all": rounded(self.sum())})
        terminalreporter.section(f"the {SLOWEST} slowest files")
        for name, of_file in slowest_first[:SLOWEST]:
            terminalreporter.write_line(
                f"{of_file['wall']:6.1f} s  {of_file['cpu']:6.1f} s CPU  {of_file['cases']:4} cases  {name}"
            )

    def sum(self):
        return {
            "cases": sum(of_file["cases"] for of_file in self.files.values()),
            "wall": time.monotonic() - self.started,
            "cpu": cpu_seconds(),
            "cores": os.cpu_count(),
        }


def rounded(figures):
    return {name: round(value, 1) for name, value in figures.items()}


def write(times):
    path = settings.VAR_DIR / "test-times.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(times, indent=1) + "\n")
