"""Every table of the database is compared by a verification, or said not to be."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from apps.ledger.models import chained_models
from apps.ledger.state import NAMED
from apps.ledger.verify import recorded_models, verify
from apps.ledger.verify.left_out import LEFT_OUT
from tests.factories import write_ledger

OPERATING = Path(__file__).parents[2] / "docs/operating.md"
# What a verification reads otherwise than row by row.
READ = {
    *("ledger_entry", "ledger_salt"),
    *("consents_consentevent", "consents_cohortchunk", "consents_datasubject"),
    *(f"django_celery_beat_{name}" for name in ("periodictask", "crontabschedule", "intervalschedule")),
}


def left_out():
    return [table for one in LEFT_OUT for table in one.tables]


def test_every_table_is_compared_or_named(db):
    compared = {model._meta.db_table for model, _ in chained_models()} | {m._meta.db_table for m in recorded_models()}
    known = [*compared, *NAMED, *READ, *left_out()]
    assert sorted(known) == sorted(set(known))
    assert set(known) == set(connection.introspection.table_names())


class TestIsSaid:
    def test_by_the_command(self, db, capsys):
        write_ledger()
        with pytest.raises(SystemExit):
            call_command("verify_ledger")
        said = capsys.readouterr().out
        assert all(one.words in said for one in LEFT_OUT)
        assert verify().not_covered == [one.words for one in LEFT_OUT]

    @pytest.mark.parametrize("name", ["ledger", "verification"])
    def test_on_the_pages(self, sign_in, auditor, name):
        client = sign_in(auditor)
        page = client.get("/ledger/") if name == "ledger" else client.post("/ledger/verify/", follow=True)
        assert all(one.words.replace("'", "&#x27;") in page.content.decode() for one in LEFT_OUT)

    def test_in_the_manual(self):
        manual = re.sub(r"\s+", " ", OPERATING.read_text())
        assert [one.words for one in LEFT_OUT if one.words not in manual] == []


@pytest.mark.parametrize(
    ("change", "table"),
    [
        (
            "UPDATE django_celery_beat_periodictask SET enabled = false WHERE name = 'Verification of the ledger'",
            "periodictask",
        ),
        (
            "UPDATE django_celery_beat_crontabschedule SET hour = '5' WHERE id = (SELECT min(id) FROM {table})",
            "crontabschedule",
        ),
        ("UPDATE django_celery_beat_intervalschedule SET every = 86400", "intervalschedule"),
    ],
)
def test_a_schedule_that_was_changed_past_the_portal_is_named(db, tamper, change, table):
    table = f"django_celery_beat_{table}"
    tamper(change.format(table=table))
    assert [(problem.table, problem.what) for problem in verify().problems] == [
        (table, "the record differs from its last history row")
    ]


def test_that_a_task_ran_is_no_change(db, tamper):
    tamper(
        "UPDATE django_celery_beat_periodictask SET last_run_at = now(), total_run_count = 7 WHERE name = 'Daily mail'"
    )
    assert verify().ok
