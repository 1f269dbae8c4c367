"""How long the tests of each file take: the ten slowest at the end of a run, and all in the file that TEST_TIMES names.

CPU is that of the test process and of the children it has waited for. `make test` adds what the whole run has taken,
with the database server.
"""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

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
        self.files = defaultdict(lambda: {"cases": 0, "wall": 0.0, "cpu": 0.0})

    def pytest_runtest_logreport(self, report):
        of_file = self.files[report.nodeid.partition("::")[0]]
        of_file["cases"] += report.when == "setup"
        of_file["wall"] += report.duration
        of_file["cpu"] += getattr(report, "cpu", 0)  # nobody measured what a crash ended

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter):
        slowest_first = sorted(self.files.items(), key=lambda file: -file[1]["wall"])
        if "TEST_TIMES" in os.environ:
            write(Path(os.environ["TEST_TIMES"]), slowest_first)
        terminalreporter.section(f"the {SLOWEST} slowest files")
        for name, of_file in slowest_first[:SLOWEST]:
            terminalreporter.write_line(
                f"{of_file['wall']:6.1f} s  {of_file['cpu']:6.1f} s CPU  {of_file['cases']:4} cases  {name}"
            )


def write(path, files):
    times = {
        "all": {"cases": sum(of_file["cases"] for _, of_file in files)},
        "files": {name: {key: round(value, 1) for key, value in of_file.items()} for name, of_file in files},
    }
    path.write_text(json.dumps(times))
