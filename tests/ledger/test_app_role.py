"""The role that the running portal connects as: it works through the portal, and cannot change or forge the past."""

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from apps.ledger.grants import grant_app_role
from apps.ledger.models import Entry
from apps.ledger.verify import verify
from apps.workflow.models import Redaction
from tests.factories import make_organisation, make_person, write_ledger
from tests.roles import as_owner

pytestmark = pytest.mark.service
APPEND_ONLY = ["vendors_historicalorganisation", "workflow_decision", "workflow_vote", "ledger_entry"]


def execute(statement, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params or None)
        return cursor.fetchall() if cursor.description else cursor.rowcount


@pytest.fixture
def as_app(cloudy, as_portal):
    write_ledger()


@pytest.mark.usefixtures("as_app")
class TestAppRole:
    def test_writes_records_history_and_entries_through_the_portal(self, requester):
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

    @pytest.mark.parametrize("setting", ["ledger.maintenance", "pgtrigger.ignore"])
    def test_no_setting_of_a_session_opens_what_is_kept(self, setting, confirmed):
        execute("SELECT set_config(%s, 'on', true)", setting)
        for statement in ("DELETE FROM workflow_decision", "UPDATE agreements_transfer SET ground = 'emergency'"):
            with pytest.raises(ProgrammingError):
                execute(statement)
        with as_owner(), pytest.raises(ProgrammingError, match="neither removed nor edited"):
            execute("UPDATE agreements_transfer SET ground = 'emergency'")

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO ledger_entry SELECT * FROM ledger_entry",
            "INSERT INTO ledger_salt SELECT * FROM ledger_salt",
            "UPDATE ledger_salt SET salts = salts",
            "DELETE FROM ledger_salt",
            "INSERT INTO ledger_redactablefield SELECT * FROM ledger_redactablefield",
            "UPDATE ledger_redactablefield SET field = 'verdict'",
            "SELECT ledger_add_entry('row', 'workflow_vote', 1, 'user 1', '{}')",
            "SELECT ledger_redact_field(NULL, 1, 1, '[redacted 1]', 'user 1')",
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
            "DROP TRIGGER pgtrigger_append_only_37a0e ON workflow_vote",
            "DROP TABLE workflow_vote",
            "CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
            "ALTER FUNCTION ledger_append() RESET ALL",
            "CREATE TABLE public.mine (id int)",
            "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE VIEW public.mine AS SELECT 1",
            "CREATE SCHEMA mine",
        ],
    )
    def test_cannot_switch_the_guards_off(self, statement):
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner|no privileges|does not exist"):
            execute(statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE auth_group SET name = CASE name WHEN 'Legal' THEN 'Engineer' ELSE name || '.' END",
            "INSERT INTO auth_group (name) VALUES ('Legal too')",
            "DELETE FROM auth_group",
            "UPDATE django_content_type SET model = 'vote' WHERE model = 'decision'",
            "INSERT INTO django_migrations (app, name, applied) VALUES ('ledger', '0099', now())",
            "DELETE FROM accounts_rolegrant",
            "DELETE FROM agreements_transfer",
            "DELETE FROM workflow_comment",
            "UPDATE consents_datasubject SET key_digest = NULL",
            "DELETE FROM consents_datasubject",
            "DELETE FROM ledger_verification",
            "SELECT setval('workflow_vote_id_seq', 1)",
        ],
    )
    def test_has_no_right_to_what_the_portal_does_not_do(self, statement):
        with pytest.raises(ProgrammingError, match="permission denied"):
            execute(statement)

    @pytest.mark.parametrize("number", [-7, 0, 2**40])
    def test_chooses_no_number_of_a_row_on_the_chain(self, number, in_review, legal):
        """A vote before all others, or in the place of one to come."""
        vote = in_review.review.vote(by=legal, role="Legal", verdict="abstain")
        columns = ", ".join(field.column for field in vote._meta.concrete_fields if not field.primary_key)
        copy = "INSERT INTO workflow_vote ({0}{1}) SELECT {2}{1} FROM workflow_vote"
        with pytest.raises(ProgrammingError, match="permission denied"):
            execute(copy.format("id, ", columns, f"{number}, "))
        with pytest.raises(ProgrammingError, match="permission denied"):
            execute("INSERT INTO workflow_historicalreview SELECT * FROM workflow_historicalreview")
        assert execute(copy.format("", columns, "")) == 1

    @pytest.mark.parametrize(
        "change",
        [
            "role_id = (SELECT id FROM auth_group WHERE name = 'Privacy')",
            "user_id = (SELECT id FROM accounts_user WHERE email = 'stranger@example.org')",
            "granted_by_id = NULL, id = id + 1000",
            "effective_at = '2020-01-01'",
            "confirmed_by_id = (SELECT id FROM accounts_user WHERE email = 'stranger@example.org')",
        ],
    )
    def test_exchanges_neither_person_nor_role_of_a_grant(self, legal, change):
        with pytest.raises(ProgrammingError, match="neither removed nor edited"):
            execute(f"UPDATE accounts_rolegrant SET {change} WHERE user_id = %s", legal.pk)

    def test_brings_no_role_back_that_has_ended(self, legal, administrator):
        legal.grants.get().end(by=administrator)
        with pytest.raises(ProgrammingError, match="neither removed nor edited"):
            execute("UPDATE accounts_rolegrant SET ended_at = NULL WHERE user_id = %s", legal.pk)

    @pytest.mark.parametrize("column", ["granted_by_id", "confirmed_by_id"])
    def test_grants_nobody_a_role_by_themselves(self, stranger, column):
        with pytest.raises(IntegrityError, match="role_"):
            execute(
                "INSERT INTO accounts_rolegrant (user_id, role_id, created_at, updated_at, revision, effective_at, "
                f"{column}) SELECT %s, id, now(), now(), 1, now(), %s FROM auth_group WHERE name = 'Legal'",
                stranger.pk,
                stranger.pk,
            )

    def test_cannot_take_the_chain_out_of_a_transaction(self):
        """A search path of one's own does not lead the trigger elsewhere."""
        execute("CREATE TEMP TABLE ledger_entry (LIKE public.ledger_entry)")
        execute("SET LOCAL search_path = pg_temp, public")
        make_organisation("Cloudier")
        write_ledger()
        assert execute("SELECT count(*) FROM pg_temp.ledger_entry") == [(0,)]


@pytest.mark.usefixtures("as_app")
class TestRedactions:
    """What the function does without the portal's code before it."""

    @pytest.fixture
    def person(self):
        person = make_person("A. Marsh")
        write_ledger()
        return person

    @pytest.fixture
    def redaction(self, person, legal):
        redaction = Redaction.request(person, "name", by=legal, reason="Asked")
        write_ledger()
        return redaction

    def write_down(self, redaction, by, **changes):
        """Say that it was carried out, as the portal does, with other facts."""
        history = redaction.history.model._meta.db_table
        redaction.targets = [["vendors_historicalperson", redaction.subject.history.get().pk, "name"]]
        redaction.status = "carried_out"
        for name, value in changes.items():
            setattr(redaction, name, value)
        redaction.on_behalf(by, "carry out").save()
        execute(
            "INSERT INTO workflow_decision (content_type_id, object_id, transition, from_status, to_status, by_id, "
            "by_name, note, refusal, at) "
            "SELECT id, %s, 'carry_out', 'requested', 'carried_out', %s, 'x', '', '', now() "
            "FROM django_content_type WHERE model = 'redaction'",
            redaction.pk,
            by.pk,
        )
        return history

    def redact(self, redaction, by):
        return execute("SELECT ledger_redact(%s, %s)", redaction.pk, by.pk)

    def test_take_no_words_of_the_caller(self):
        with pytest.raises(ProgrammingError, match="does not exist"):
            execute(
                "SELECT ledger_redact('workflow_vote', 'id', 'id', 1, 'reason', 'I agree with everything', "
                "'user 1', true)"
            )

    def test_happen_where_everything_is_on_record(self, redaction, privacy, person):
        self.write_down(redaction, privacy)
        assert self.redact(redaction, privacy) == [(1,)]
        assert person.history.get().name == f"[redacted {redaction.pk}]"

    def test_that_are_only_asked_for_change_nothing(self, redaction, privacy):
        with pytest.raises(ProgrammingError, match="was not asked for by one side and carried out by the other"):
            self.redact(redaction, privacy)

    def test_happen_once(self, redaction, privacy):
        self.write_down(redaction, privacy)
        self.redact(redaction, privacy)
        with pytest.raises(ProgrammingError, match="or no longer"):
            self.redact(redaction, privacy)

    @pytest.mark.parametrize("name", ["legal", "second_lawyer", "dpo", "administrator"])
    def test_are_carried_out_by_the_other_side(self, redaction, cast, name):
        self.write_down(redaction, cast[name])
        with pytest.raises(ProgrammingError, match="was not asked for by one side"):
            self.redact(redaction, cast[name])

    def test_are_carried_out_by_whom_the_record_names(self, redaction, privacy, legal):
        self.write_down(redaction, legal)
        with pytest.raises(ProgrammingError, match="was not asked for by one side"):
            self.redact(redaction, privacy)

    @pytest.mark.parametrize(
        ("what", "where"),
        [
            ("requested_by", {"requested_by": "second_lawyer"}),
            ("requested_for", {"requested_for": "Privacy"}),
            ("field", {"field": "why_unnamed"}),
            ("object_id", {"object_id": 1}),
        ],
    )
    def test_are_those_that_were_asked_for(self, redaction, privacy, cast, what, where):
        changes = {name: cast.get(value, value) for name, value in where.items()}
        self.write_down(redaction, privacy, targets=redaction.targets, **changes)
        with pytest.raises(ProgrammingError):
            self.redact(redaction, privacy)

    @pytest.mark.parametrize("who", ["legal", "privacy"])
    def test_need_both_to_speak_for_their_side_still(self, redaction, cast, administrator, who):
        self.write_down(redaction, cast["privacy"])
        cast[who].grants.get().end(by=administrator)
        with pytest.raises(ProgrammingError, match="was not asked for by one side"):
            self.redact(redaction, cast["privacy"])

    @pytest.mark.parametrize(
        "target",
        [
            ["vendors_historicalorganisation", "name"],
            ["vendors_historicalorganisation", "status"],
            ["workflow_decision", "from_status"],
            ["workflow_decision", "note"],
            ["workflow_vote", "verdict"],
            ["workflow_vote", "digest"],
            ["workflow_decision", "at"],
            ["agreements_historicalagreement", "document_sha256"],
            ["workflow_historicalreview", "due_on"],
            ["vendors_historicalperson", "history_type"],
            ["vendors_historicalperson", "why_unnamed"],
            ["vendors_historicalperson", "history_change_reason"],
            ["ledger_entry", "actor"],
            ["ledger_salt", "salts"],
            ["pg_class", "relname"],
        ],
        ids=".".join,
    )
    def test_touch_no_other_field(self, redaction, privacy, target):
        table, field = target
        self.write_down(redaction, privacy, targets=[*(redaction.targets or []), [table, 1, field]])
        with pytest.raises(DatabaseError, match=r"cannot be redacted|does not belong|holds no text"):
            self.redact(redaction, privacy)

    def test_touch_no_other_record(self, redaction, privacy):
        other = make_person("B. Jones")
        write_ledger()
        targets = [["vendors_historicalperson", other.history.get().pk, "name"]]
        self.write_down(redaction, privacy, targets=targets)
        with pytest.raises(ProgrammingError, match="does not belong to redaction"):
            self.redact(redaction, privacy)

    def test_wait_for_the_entry_of_what_they_replace(self, legal, privacy):
        """Otherwise the entry would be made of the tombstone, and nothing would say that there was a text."""
        redaction = Redaction.request(make_person("C. Wu"), "name", by=legal, reason="Asked")
        self.write_down(redaction, privacy)
        with pytest.raises(DatabaseError, match="is not on the ledger yet"):
            self.redact(redaction, privacy)


def test_nothing_is_granted_without_a_role(db, settings, django_assert_num_queries):
    settings.DATABASE_APP_ROLE = ""
    with django_assert_num_queries(0):
        grant_app_role()
