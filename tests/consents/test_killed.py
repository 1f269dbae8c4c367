"""An import that is killed in the middle leaves nothing behind, whichever end of the connection dies."""

import json
import os
import signal
import subprocess
import sys

import pytest
from django.db import connection

from apps.consents.models import ConsentEvent, ConsentImport, DataSubject, PermissionChunk
from apps.consents.sets.rebuilding import rebuild_permissions
from apps.ledger.verify import verify
from governance.environment import BASE_DIR
from tests.consents.conftest import csv_of
from tests.notifications.background import database_url, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.service, pytest.mark.whole]
ROWS = 60_000


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_bytes(csv_of(*(f"person-{number},analytics,given,2026-03-30" for number in range(ROWS))))
    return path


def start(file):
    command = [sys.executable, "manage.py", "import_consents", str(file), "--json"]
    env = os.environ | {"DATABASE_URL": database_url(), "PRODUCTION": "false"}
    return subprocess.Popen(command, cwd=BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def backend(doing):
    """The server process of the import, once it runs a statement that begins like this."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND state <> 'idle' AND ltrim(query, E' \\n') LIKE %s",
            [f"{doing}%"],
        )
        return [pid for (pid,) in cursor]


PLACES = ["COPY consents_stage", "INSERT INTO consents_consentevent"]


@pytest.mark.parametrize("doing", PLACES)
class TestKilled:
    def require_nothing_and_import_again(self, file):
        until(lambda: not backend(""), "The server process ends")
        for model in (ConsentEvent, DataSubject, PermissionChunk, ConsentImport):
            assert not model.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_class WHERE relname = 'consents_stage'")
            assert cursor.fetchone() == (0,)
        again = start(file)
        assert json.loads(again.communicate(timeout=120)[0])["rows"] == ROWS
        assert rebuild_permissions(verify=True).ok
        assert verify().ok

    def test_the_process(self, file, doing):
        process = start(file)
        until(lambda: backend(doing), f"The import comes to {doing}")
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        self.require_nothing_and_import_again(file)

    def test_its_connection(self, file, doing):
        process = start(file)
        [pid] = until(lambda: backend(doing), f"The import comes to {doing}")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        _, errors = process.communicate(timeout=60)
        assert process.returncode != 0
        assert b"person-" not in errors
        self.require_nothing_and_import_again(file)
