"""Keys of people stand nowhere but in the file that they come with: not in the database, a log, an answer or a list."""

import io
import logging

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from apps.consents.intake.importing import import_consents
from apps.consents.ledger.recording import record_event, withdraw
from apps.consents.models import State
from apps.consents.screening.cohorts import import_members
from apps.consents.screening.running import exclusions, screen
from apps.taxonomy.models import DataUse
from tests.consents.conftest import csv_of
from tests.factories import write_ledger

KEY = "anna.zqxwvk@example.org"
TRACES = ("zqxwvk", b"zqxwvk".hex())  # as it is, and as hex


def require_no_trace(text):
    assert not any(trace in text for trace in TRACES)


def dump():
    """Every row of every table, as text."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')
            found += [row for (row,) in cursor]
    return "\n".join(found)


@pytest.fixture
def _everything(db):
    import_consents(io.BytesIO(csv_of(f"{KEY},analytics,given,2026-03-30")), file_name="answers.csv")
    import_members(io.BytesIO(KEY.encode()), name="All")
    record_event(KEY, DataUse.objects.get(key="marketing"), State.GIVEN, by=None)
    withdraw(KEY, DataUse.objects.get(key="marketing"))


@pytest.mark.usefixtures("_everything")
class TestNothingIsLeft:
    def test_in_the_database(self):
        write_ledger()
        rows = dump()
        assert "answers.csv" in rows
        require_no_trace(rows)

    def test_in_an_exclusion_list(self):
        screening = screen(apps.get_model("consents.Cohort").objects.get(), ["marketing"], "opt_in", by=None)
        require_no_trace(str(list(exclusions(screening))))


BAD = [
    f"{KEY},shopping,given,2026-03-30",
    f"analytics,{KEY},given,2026-03-30",
    f"analytics,analytics,{KEY},2026-03-30",
    f"analytics,analytics,given,{KEY}",
    f"{KEY},analytics,given,2026-03-30,x",
    f'"{KEY}"x,analytics,given,2026-03-30',
    f"{KEY}\0,analytics,given,2026-03-30",
]


@pytest.mark.django_db
@pytest.mark.parametrize("row", BAD)
def test_none_is_in_what_the_command_says_or_writes(row, tmp_path, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    file, out = tmp_path / "answers.csv", io.StringIO()
    file.write_bytes(csv_of(row))
    with pytest.raises(SystemExit):
        call_command("import_consents", str(file), "--skip-invalid", "--json", stdout=out)
    written = "".join(path.read_text() for path in tmp_path.iterdir() if path != file)
    require_no_trace(out.getvalue() + written + caplog.text + "".join(capsys.readouterr()))


@pytest.mark.django_db
def test_none_is_in_what_goes_wrong_in_the_database(monkeypatch, caplog):
    """Neither the message of an error nor its trace speaks of rows of the stage."""
    monkeypatch.setattr("apps.consents.ledger.writer.STAGED", "SELECT 1 / 0 FROM {stage}")
    with pytest.raises(Exception, match="division by zero") as failed:
        import_consents(io.BytesIO(csv_of(f"{KEY},analytics,given,2026-03-30")), file_name="answers.csv")
    require_no_trace(str(failed.value) + caplog.text)
