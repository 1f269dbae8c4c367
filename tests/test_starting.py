"""Web, worker, beat and signer do not run in production as a role that could switch off what guards the ledger."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from apps.ledger.grants import grant_app_role
from governance.environment import BASE_DIR
from governance.launcher import history
from governance.launcher.database import Database
from governance.launcher.processes import Failure
from tests.notifications.background import database_url
from tests.test_settings import GOOD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.service, pytest.mark.whole]
WEB = ["-c", "import governance.wsgi"]
CELERY = ["-m", "celery", "-A", "governance"]
BEGINNINGS = {
    "web": WEB,
    "worker": [*CELERY, "worker", "--pool=solo"],
    "beat": [*CELERY, "beat", "--pidfile="],
    "signer": ["manage.py", "sign_checkpoints", "--once"],
}


@pytest.fixture
def role(settings):
    """The name of a role that may do what the portal does, and can log in."""
    name = settings.DATABASE_APP_ROLE = f"app_of_{connection.settings_dict['NAME']}"
    execute("CREATE ROLE {role} LOGIN PASSWORD 'of-a-test'", role=name)
    grant_app_role()
    yield name
    execute("DROP OWNED BY {role}", role=name)
    execute("DROP ROLE {role}", role=name)


def execute(statement, **names):
    with psycopg.connect(database_url(), autocommit=True) as admin:
        admin.execute(sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()}))


def url_of(role):
    owner = urlsplit(database_url())
    return owner._replace(netloc=f"{role}:of-a-test@{owner.hostname}:{owner.port}").geturl()


def start(words, url, folder):
    env = os.environ | GOOD | {"DATABASE_URL": url, "VAR_DIR": str(folder)}
    return subprocess.Popen([sys.executable, *words], cwd=BASE_DIR, env=env, stderr=subprocess.PIPE, text=True)


def refusal(words, url, folder):
    process = start(words, url, folder)
    _, said = process.communicate(timeout=120)
    assert process.returncode not in (0, -15)
    return said


@pytest.mark.parametrize("what", BEGINNINGS)
def test_the_owner_of_the_tables_is_refused(what, tmp_path):
    start(["manage.py", "ledger_key", "--new"], database_url(), tmp_path).communicate(timeout=120)  # for the signer
    said = refusal(BEGINNINGS[what], database_url(), tmp_path)
    assert "The portal does not run in production as the database role" in said


def test_a_role_that_owns_nothing_starts(role, tmp_path):
    process = start(WEB, url_of(role), tmp_path)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said


@pytest.fixture
def owner_of_a_table(role):
    """Somebody else than the owner of all of them, because who may act for that one concerns every database here."""
    name, whole = f"owner_of_{role}", connection.settings_dict["USER"]
    execute("CREATE ROLE {name}", name=name)
    execute("ALTER TABLE workflow_vote OWNER TO {name}", name=name)
    yield name
    execute("ALTER TABLE workflow_vote OWNER TO {whole}", whole=whole)
    execute("DROP ROLE {name}", name=name)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("ALTER TABLE workflow_vote OWNER TO {role}", "owns tables of the portal"),
        ("ALTER ROLE {role} CREATEROLE", "may make roles"),
        ("GRANT {owner} TO {role}", "or may act for"),
    ],
)
def test_a_role_that_can_become_the_owner_is_refused(role, owner_of_a_table, tmp_path, statement, why):
    execute(statement, role=role, owner=owner_of_a_table)
    assert why in refusal(WEB, url_of(role), tmp_path)


def test_migrations_run_as_the_owner(tmp_path):
    process = start(["manage.py", "migrate", "--check"], database_url(), tmp_path)
    process.communicate(timeout=120)
    assert process.returncode == 0


class TestDataOfAnotherVersion:
    @pytest.fixture
    def database(self):
        return Database(database_url(), database_url(), "")

    def test_are_refused_with_the_way_to_begin_anew(self, database, monkeypatch, tmp_path):
        migrations = tmp_path / "apps" / "ledger" / "migrations"
        migrations.mkdir(parents=True)
        (migrations / "0001_of_another_version.py").touch()
        monkeypatch.setattr(history, "BASE_DIR", tmp_path)
        with pytest.raises(Failure, match=r"another version .* Move the folder var away"):
            history.require_known_history(database, begin_anew="Move the folder var away.")

    def test_of_this_one_are_carried_on(self, database):
        history.require_known_history(database, begin_anew="")

    def test_so_is_a_new_database(self, database, monkeypatch):
        monkeypatch.setattr(history, "MIGRATIONS", "not_made_yet")
        history.require_known_history(database, begin_anew="")
