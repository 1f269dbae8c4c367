import json
from io import StringIO

import pytest
from django.core.management import call_command

from tests.factories import write_ledger
from tests.roles import triggers_off


@pytest.fixture
def tamper():
    """Run one SQL statement past every trigger. It must change exactly one row, or as many as said."""

    def tamper(statement, *params, rows=1):
        with triggers_off() as cursor:
            cursor.execute(statement, params)
            assert cursor.rowcount == rows

    return tamper


@pytest.fixture
def verify_ledger():
    """The command's exit code and its answer as JSON."""

    def run(*args):
        write_ledger()
        out = StringIO()
        try:
            call_command("verify_ledger", "--json", *args, stdout=out)
        except SystemExit as end:
            return end.code, json.loads(out.getvalue())
        return 0, json.loads(out.getvalue())

    return run
