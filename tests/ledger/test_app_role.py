"""The role that the running portal connects as: it works through the portal, and cannot change or forge the past."""

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from apps.ledger.grants import grant_app_role
from apps.ledger.models import Entry, maintenance
from apps.ledger.verify import verify
from apps.workflow.models import Redaction
from tests.factories import make_organisation, make_person, write_ledger

pytestmark = pytest.mark.service
APPEND_ONLY = ["vendors_historicalorganisation", "workflow_decision", "workflow_vote", "ledger_entry"]


def execute(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def as_app(cloudy, settings):
    """Go on as the portal's role, which exists for this test only."""
    settings.DATABASE_APP_ROLE = f"app_of_{connection.settings_dict['NAME']}"
    write_ledger()
    execute(f'CREATE ROLE "{settings.DATABASE_APP_ROLE}"')
    grant_app_role()
    execute(f'SET LOCAL ROLE "{settings.DATABASE_APP_ROLE}"')


@pytest.mark.usefixtures("as_app")
class TestAppRole:
    def test_writes_records_history_and_entries_through_the_portal(self, requester):
        write_ledger()
        before = Entry.objects.count()
        organisation = make_organisation("Cloudier")
        organisation.propose(by=requester)
        write_ledger()
        assert Entry.objects.count() == before + 3  # two history rows and a decision
        assert verify().ok

    def test_redacts_through_the_portal(self, legal, privacy):
        person = make_person("A. Marsh")
        Redaction.request(person, "name", by=legal, reason="Asked").carry_out(by=privacy)
        write_ledger()
        assert person.history.get().name.startswith("[redacted")
        assert verify().ok

    @pytest.mark.parametrize("table", APPEND_ONLY)
    @pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_has_no_right_to_change_what_is_append_only(self, table, change):
        column = "history_date" if "historical" in table else "at"
        with pytest.raises(ProgrammingError, match="permission denied"):
            execute(change.format(table, column, column))

    @pytest.mark.parametrize("table", APPEND_ONLY)
    def test_maintenance_does_not_help(self, table):
        with maintenance(), pytest.raises(ProgrammingError, match="permission denied"):
            execute(f"DELETE FROM {table}")

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO ledger_entry SELECT * FROM ledger_entry",
            "INSERT INTO ledger_salt SELECT * FROM ledger_salt",
            "UPDATE ledger_salt SET salts = salts",
            "DELETE FROM ledger_salt",
            "SELECT ledger_add_entry('row', 'workflow_vote', 1, 'user 1', '{}')",
            "CREATE TEMP TABLE workflow_vote (id bigint, by_id bigint);"
            "CREATE TRIGGER forge AFTER INSERT ON pg_temp.workflow_vote FOR EACH ROW "
            "EXECUTE FUNCTION ledger_append('id', 'by_id')",
        ],
    )
    def test_cannot_write_the_ledger_itself(self, statement):
        with pytest.raises(ProgrammingError, match="permission denied"):
            execute(statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "SET LOCAL session_replication_role = replica",
            "ALTER TABLE workflow_vote DISABLE TRIGGER ALL",
            "DROP TABLE workflow_vote",
            "CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
        ],
    )
    def test_cannot_switch_the_guards_off(self, statement):
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
            execute(statement)

    def test_cannot_take_the_chain_out_of_a_transaction(self):
        """A search path of one's own does not lead the trigger elsewhere."""
        execute("CREATE TEMP TABLE ledger_entry (LIKE public.ledger_entry)")
        execute("SET LOCAL search_path = pg_temp, public")
        make_organisation("Cloudier")
        write_ledger()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_temp.ledger_entry")
            assert cursor.fetchone() == (0,)


def test_nothing_is_granted_without_a_role(db, settings, django_assert_num_queries):
    settings.DATABASE_APP_ROLE = ""
    with django_assert_num_queries(0):
        grant_app_role()
