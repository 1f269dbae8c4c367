"""Whoever changes the past is found, and the row is named."""

import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model

from apps.core import clock
from apps.ledger.models import Entry
from apps.ledger.verify import verify
from apps.vendors.models import Organisation, Person
from apps.workflow.models import Decision, Vote
from tests.factories import make_person, write_ledger

pytestmark = pytest.mark.service
HISTORY = "vendors_historicalperson"
CHAIN_LINK = "(SELECT max(sequence) / 2 FROM ledger_entry)"


@pytest.fixture
def person(db):
    person = make_person("A. Marsh")
    person.name = "Ann Marsh"
    person.save()
    return person


@pytest.fixture
def vote(in_review, legal):
    return in_review.review.vote(by=legal, role="Legal", verdict="abstain", reason="I know them.")


def row_of(person):
    return person.history.earliest().history_id


class TestUntouched:
    def test_everything_fits(self, vote, person, verify_ledger):
        code, answer = verify_ledger()
        assert (code, answer["ok"], answer["problems"], answer["redactions"]) == (2, True, [], 0)
        assert answer["entries"] == Entry.objects.count() > 0

    def test_says_so_in_words(self, person):
        write_ledger()
        out = StringIO()
        with pytest.raises(SystemExit, match="2"):
            call_command("verify_ledger", stdout=out)
        assert "ledger entries fit the history" in out.getvalue()

    def test_an_empty_chain_fits(self, db, tamper):
        assert verify().ok

    @pytest.mark.django_db(transaction=True)
    def test_fits_after_real_commits(self, in_review, legal):
        in_review.review.vote(by=legal, role="Legal", verdict="abstain")
        report = verify()
        assert report.ok, report.problems
        assert report.entries > 100

    @pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
    def test_the_session_time_zone_does_not_matter(self, zone, vote, person):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL timezone = '{zone}'")
        write_ledger()
        assert verify().ok


class TestTampering:
    @pytest.fixture
    def found(self, verify_ledger):
        """What verify_ledger names first, as (table, row, what)."""

        def found():
            code, answer = verify_ledger()
            assert (code, answer["ok"]) == (1, False)
            first = answer["first_broken"]
            return first["table"], first["row"], first["what"]

        return found

    def test_one_changed_character_in_a_history_row(self, person, tamper, found):
        tamper(f"UPDATE {HISTORY} SET name = 'A. Marsch' WHERE history_id = %s", row_of(person))
        assert found() == (HISTORY, row_of(person), "the field “name” was changed")

    def test_a_changed_actor_of_a_history_row(self, person, legal, tamper, found):
        tamper(f"UPDATE {HISTORY} SET history_user_id = %s WHERE history_id = %s", legal.pk, row_of(person))
        assert found() == (HISTORY, row_of(person), "the field “history_user_id” was changed")

    def test_a_changed_date_of_a_history_row(self, person, tamper, found):
        tamper(
            f"UPDATE {HISTORY} SET history_date = history_date - interval '1 day' WHERE history_id = %s", row_of(person)
        )
        assert found()[1:] == (row_of(person), "the field “history_date” was changed")

    def test_a_changed_decision(self, in_review, tamper, found):
        decision = Decision.objects.about(in_review).get()
        tamper("UPDATE workflow_decision SET note = 'In a hurry' WHERE id = %s", decision.pk)
        assert found() == ("workflow_decision", decision.pk, "the field “note” was changed")

    @pytest.mark.parametrize(("field", "value"), [("verdict", "approve"), ("by_id", None), ("reason", "I know them!")])
    def test_a_changed_vote(self, vote, requester, tamper, found, field, value):
        tamper(f"UPDATE workflow_vote SET {field} = %s WHERE id = %s", value or requester.pk, vote.pk)
        assert found() == ("workflow_vote", vote.pk, f"the field “{field}” was changed")

    @pytest.mark.parametrize("field", ["actor", "table_name", "kind"])
    def test_a_changed_entry(self, person, tamper, found, field):
        middle = Entry.objects.order_by("sequence")[5] if write_ledger() is None else None
        tamper(f"UPDATE ledger_entry SET {field} = 'x' WHERE sequence = %s", middle.sequence)
        table = "x" if field == "table_name" else middle.table_name
        assert found() == (table, middle.row_id, "the entry itself was changed")

    def test_a_commitment_changed_with_its_row(self, person, tamper, found):
        write_ledger()
        tamper(
            'UPDATE ledger_entry SET fields = fields || \'{"name": "00"}\' WHERE table_name = %s AND row_id = %s',
            HISTORY,
            row_of(person),
        )
        assert found() == (HISTORY, row_of(person), "the entry itself was changed")

    def test_an_entry_rewritten_with_a_hash_of_its_own(self, person, tamper, found):
        """The entries after it still name the old hash."""
        write_ledger()
        entry = Entry.objects.order_by("sequence")[3]
        tamper(
            "UPDATE ledger_entry e SET actor = 'user 1', hash = ledger_entry_hash(e.sequence, e.kind, e.table_name, "
            "e.row_id, 'user 1', e.at, e.fields, e.previous_hash) WHERE sequence = %s",
            entry.sequence,
        )
        follower = Entry.objects.get(sequence=entry.sequence + 1)
        assert found() == (follower.table_name, follower.row_id, "it does not follow the entry before it")

    def test_a_changed_salt(self, person, tamper, found):
        write_ledger()
        entry = Entry.objects.get(table_name=HISTORY, row_id=row_of(person))
        tamper(
            "UPDATE ledger_salt SET salts = salts || jsonb_build_object('name', repeat('0', 64)) WHERE entry_id = %s",
            entry.sequence,
        )
        assert found() == (HISTORY, row_of(person), "the field “name” was changed")

    def test_a_removed_salt(self, person, tamper, found):
        write_ledger()
        entry = Entry.objects.get(table_name=HISTORY, row_id=row_of(person))
        tamper("UPDATE ledger_salt SET salts = salts - 'name' WHERE entry_id = %s", entry.sequence)
        assert found() == (HISTORY, row_of(person), "the salt of “name” is missing")

    def test_removed_salts(self, person, tamper, found):
        write_ledger()
        entry = Entry.objects.get(table_name=HISTORY, row_id=row_of(person))
        tamper("DELETE FROM ledger_salt WHERE entry_id = %s", entry.sequence)
        table, row, what = found()
        assert (table, row, what.startswith("the salt of")) == (HISTORY, row_of(person), True)

    @pytest.mark.parametrize("table", ["workflow_vote", "workflow_decision"])
    def test_a_removed_row(self, vote, tamper, found, table):
        row = (Vote if table == "workflow_vote" else Decision).objects.latest("pk").pk
        tamper(f"DELETE FROM {table} WHERE id = %s", row)
        assert found() == (table, row, "the row is missing")

    def test_a_removed_history_row(self, person, tamper, found):
        row = row_of(person)
        tamper(f"DELETE FROM {HISTORY} WHERE history_id = %s", row)
        assert found() == (HISTORY, row, "the row is missing")

    def test_an_emptied_table(self, person, tamper, found):
        row = row_of(person)
        tamper(f"TRUNCATE {HISTORY}", rows=-1)
        assert found() == (HISTORY, row, "the row is missing")

    def test_a_row_slipped_in_without_an_entry(self, vote, tamper, found):
        tamper(
            "INSERT INTO workflow_vote (review_id, by_id, by_name, role, verdict, reason, digest, facts, at) "
            "SELECT review_id, by_id, by_name, 'Privacy', 'approve', '', digest, facts, at FROM workflow_vote"
        )
        assert found() == ("workflow_vote", Vote.objects.latest("pk").pk, "no ledger entry speaks of this row")

    def test_a_removed_entry_in_the_middle(self, person, tamper, found):
        write_ledger()
        entry = Entry.objects.order_by("sequence")[5]
        tamper("DELETE FROM ledger_entry WHERE sequence = %s", entry.sequence)
        follower = Entry.objects.get(sequence=entry.sequence + 1)
        assert found() == (follower.table_name, follower.row_id, "an entry before it is missing")

    def test_a_removed_first_entry(self, person, tamper, found):
        write_ledger()
        tamper("DELETE FROM ledger_entry WHERE sequence = 1")
        assert found()[2] == "an entry before it is missing"

    def test_a_removed_tail_leaves_rows_without_an_entry(self, person, tamper, found):
        write_ledger()
        last = Entry.objects.latest("sequence")
        tamper("DELETE FROM ledger_entry WHERE sequence = %s", last.sequence)
        assert found() == (last.table_name, last.row_id, "no ledger entry speaks of this row")

    def test_a_record_changed_past_its_history(self, cloudy, tamper, found):
        write_ledger()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE vendors_organisation SET risk_tier = 'high' WHERE id = %s", [cloudy.pk])
        assert found() == ("vendors_organisation", cloudy.pk, "the record differs from its last history row")

    def test_a_record_added_past_its_history(self, db, found):
        person = Person.objects.bulk_create([Person(name="Nobody")])[0]
        assert found() == ("vendors_person", person.pk, "the record has no history")

    def test_a_record_removed_past_its_history(self, person, found):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM vendors_person WHERE id = %s", [person.pk])
        assert found()[2] == "the record is gone, and no history tells of its removal"

    def test_a_record_brought_back_past_its_history(self, person, found):
        copy = Person.objects.get()
        Model.delete(person)
        Person.objects.bulk_create([copy])
        assert found() == ("vendors_person", copy.pk, "the record exists although its history tells of its removal")

    def test_the_first_on_the_chain_is_named_and_all_are_listed(self, vote, person, tamper, verify_ledger):
        tamper("UPDATE workflow_vote SET verdict = 'approve'")
        tamper(f"UPDATE {HISTORY} SET name = 'B' WHERE history_id = %s", row_of(person))
        _, answer = verify_ledger()
        found = {problem["table"]: problem["sequence"] for problem in answer["problems"]}
        assert found.keys() == {"workflow_vote", HISTORY}
        assert answer["first_broken"]["sequence"] == min(found.values())

    def test_is_said_in_words(self, person, tamper):
        tamper(f"UPDATE {HISTORY} SET name = 'B. Marsh' WHERE history_id = %s", row_of(person))
        out = StringIO()
        with pytest.raises(SystemExit) as end:
            call_command("verify_ledger", stdout=out)
        assert end.value.code == 1
        assert f"First row that does not fit: row {row_of(person)} of {HISTORY}" in out.getvalue()

    def test_with_the_record_and_its_history_changed_alike(self, cloudy, tamper, found):
        row = cloudy.history.latest().history_id
        tamper("UPDATE vendors_historicalorganisation SET jurisdiction = 'US' WHERE history_id = %s", row)
        tamper("UPDATE vendors_organisation SET jurisdiction = 'US' WHERE id = %s", cloudy.pk)
        assert found() == ("vendors_historicalorganisation", row, "the field “jurisdiction” was changed")


@pytest.mark.django_db(transaction=True)
def test_a_process_that_verifies_ends_with_code_1(settings):
    """As a scheduler sees it: another process, a changed row, and its exit code."""
    person = make_person("A. Marsh")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"UPDATE {HISTORY} SET name = 'B. Marsh'")
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'], name = sys.argv[1:];"
        "from django.conf import settings; settings.DATABASES['default']['NAME'] = name; django.setup();"
        "from django.core.management import call_command; call_command('verify_ledger')"
    )
    command = [sys.executable, "-c", code, settings.SETTINGS_MODULE, connection.settings_dict["NAME"]]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert f"First row that does not fit: row {person.history.get().history_id} of {HISTORY}" in ended.stdout


def test_ledger_time_is_real_even_when_the_portal_travels(db):
    with clock.travel_to(clock.now().replace(year=2014)):
        organisation = Organisation(name="Old")
        organisation.save()
    write_ledger()
    assert organisation.created_at.year == 2014
    assert Entry.objects.latest("sequence").at.year > 2014
