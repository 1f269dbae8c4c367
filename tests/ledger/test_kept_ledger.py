"""A ledger that an earlier release left loads into this one, goes on verifying, and lives through renames."""

import pytest
from django.apps import apps
from django.db import connection, migrations
from django.db.migrations.loader import MigrationLoader

from apps.disclosures.models import Notice
from apps.ledger import verify as verification
from apps.ledger.models import Entry
from apps.ledger.operations import RenameRecordedField, RetireModel
from apps.ledger.verify import schema, verify
from apps.ledger.verify.chain import read_chain
from apps.ledger.verify.reading import opened
from tests.factories import write_ledger
from tests.roles import triggers_off

pytestmark = [pytest.mark.django_db, pytest.mark.world("kept"), pytest.mark.service, pytest.mark.whole]
NOTICES, CONDITIONS = "disclosures_historicalnotice", "workflow_historicalcondition"
# What a release to come might do: a field of a record and its history is renamed, and a table is taken out of the code.
NEXT_RELEASE = {
    "disclosures": [
        migrations.RenameField("notice", "product", "service"),
        RenameRecordedField("historicalnotice", "product", "service"),
    ],
    "workflow": [RetireModel("HistoricalCondition")],
}


def problems():
    return [(problem.table, problem.what) for problem in verify(rows_only=True).problems]


def first_row(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(history_id) FROM {table}")
        return cursor.fetchone()[0]


def change(statement, *values):
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def upgraded(monkeypatch, tmp_path):
    """The kept ledger as the release to come has it, which lists what it made of the columns."""
    state = MigrationLoader(connection).project_state()
    write_ledger()
    for app, operations in NEXT_RELEASE.items():
        migration = migrations.Migration("to_come", app)
        migration.operations = operations
        with connection.schema_editor() as editor:
            state = migration.apply(state, editor)
    with opened(connection.connection) as reader:
        made = schema.digests(read_chain(reader, ()))
    known = tmp_path / "schemas.txt"
    known.write_text("\n".join([*schema.KNOWN.read_text().splitlines(), *made]))
    monkeypatch.setattr(schema, "KNOWN", known)
    # The code of this release still has the record under its old name.
    monkeypatch.setattr(verification, "recorded_models", lambda: [m for m in recorded_models() if m is not Notice])


recorded_models = verification.recorded_models


class TestInThisRelease:
    def test_it_is_the_whole_demo(self):
        assert Entry.objects.count() > 1000
        missing = {"agreements.agreement", "vendors.organisation", "consents.consentimport", "findings.finding"}
        assert {label for label in missing if not apps.get_model(label).objects.exists()} == set()

    def test_it_verifies(self):
        assert problems() == []

    def test_a_row_that_was_changed_is_found(self):
        change(f"UPDATE {NOTICES} SET product = 'Other' WHERE history_id = %s", first_row(NOTICES))
        assert (NOTICES, "the field “product” was changed") in problems()

    def test_what_is_added_follows_what_was_kept(self):
        notice = Notice.objects.first()
        notice.product = "Renamed"
        notice.on_behalf(None, "renamed").save()
        write_ledger()
        assert problems() == []


@pytest.mark.usefixtures("upgraded")
class TestInTheNextRelease:
    def test_a_column_is_renamed_and_a_table_is_retired(self):
        assert problems() == []

    def test_a_row_that_was_changed_is_found_under_its_old_name(self):
        change(f"UPDATE {NOTICES} SET service = 'Other' WHERE history_id = %s", first_row(NOTICES))
        assert problems() == [(NOTICES, "the field “product” was changed")]

    def test_a_row_of_the_retired_table_too(self):
        change(f"UPDATE {CONDITIONS} SET history_change_reason = 'x' WHERE history_id = %s", first_row(CONDITIONS))
        assert problems() == [(CONDITIONS, "the field “history_change_reason” was changed")]
