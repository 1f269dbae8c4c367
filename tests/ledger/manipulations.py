"""What an owner of the database can do to the past, and by which words a verification names it.

Each is one statement past all triggers. Those of one group do not get into each other's way, so that one verification
answers for all of them.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from apps.ledger.models import chained_models
from apps.ledger.verify import recorded_models

PORTAL = settings.DATABASE_APP_ROLE
# The chain from an entry on, as somebody writes it anew who knows how.
RELINK = """
DO $$ DECLARE e record; head bytea; BEGIN
  SELECT hash INTO head FROM ledger_entry WHERE sequence = {first} - 1;
  FOR e IN SELECT * FROM ledger_entry WHERE sequence >= {first} ORDER BY sequence LOOP
    UPDATE ledger_entry SET previous_hash = coalesce(head, ''), hash = ledger_entry_hash(e.sequence, e.kind, e.table_name,
      e.row_id, e.actor, e.at, e.fields, coalesce(head, '')) WHERE sequence = e.sequence RETURNING hash INTO head;
  END LOOP;
END $$
"""
HALF = "(SELECT max(sequence) / 2 FROM ledger_entry)"
# An entry of a row of history, in the middle of the chain.
MIDDLE = "(SELECT max(sequence) FROM ledger_entry WHERE kind = 'row' AND sequence <= " + HALF + ")"
OF_VOTE = "(SELECT min(sequence) FROM ledger_entry WHERE table_name = 'workflow_vote')"
NEXT = "nextval('workflow_decision_id_seq')"
DECISION = """
INSERT INTO workflow_decision (id, transition, from_status, to_status, by_name, note, refusal, at, content_type_id, object_id, by_id)
OVERRIDING SYSTEM VALUE
SELECT {id}, transition, from_status, to_status, by_name, note, refusal, {at}, content_type_id, object_id, by_id
  FROM workflow_decision ORDER BY id LIMIT 1
"""


@dataclass(frozen=True)
class Manipulation:
    """A statement, and what the verification says of it: words that stand in one problem together with its place."""

    name: str
    statement: str
    says: str
    place: str = ""


def filled(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def tables_with_rows():
    return [(model._meta.db_table, key) for model, key in chained_models() if model._base_manager.exists()]


def changed_fields():
    """One character, number or date of the oldest row of each table."""
    for table, key in tables_with_rows():
        columns = filled(
            "SELECT a.attname, t.typcategory FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
            f"WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped "
            f"AND t.typcategory IN ('S', 'N', 'D') AND a.attname NOT IN ('{key}', 'history_type') ORDER BY a.attnum"
        )
        column, category = columns[0]
        value = {
            "S": f"left(md5({column}::text), 9)",
            "N": f"coalesce({column}, 0) + 1",
            "D": f"{column} - interval '1 day'",
        }
        yield Manipulation(
            f"{column} of {table}",
            f"UPDATE {table} SET {column} = {value[category]} WHERE {key} = (SELECT min({key}) FROM {table})",
            f"the field “{column}” was changed",
            table,
        )


def removed_rows():
    for table, key in tables_with_rows():
        yield Manipulation(
            f"a row of {table} removed",
            f"DELETE FROM {table} WHERE {key} = (SELECT max({key}) FROM {table})",
            "the row is missing",
            table,
        )


def added_rows():
    for table, key in tables_with_rows():
        columns = ", ".join(
            f'"{name}"'
            for (name,) in filled(
                f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 "
                f"AND NOT attisdropped AND attname <> '{key}'"
            )
        )
        yield Manipulation(
            f"a row of {table} added",
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} ORDER BY {key} LIMIT 1",
            "no ledger entry speaks of this row",
            table,
        )


def changed_records():
    for model in recorded_models():
        if model._base_manager.exists():
            table, key = model._meta.db_table, model._meta.pk.column
            yield Manipulation(
                f"a record of {table} changed",
                f"UPDATE {table} SET revision = revision + 1 WHERE {key} = (SELECT min({key}) FROM {table})",
                "the record differs from its last history row",
                table,
            )


def dropped_triggers():
    for table, name in filled(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname ~ 'ledger_append' "
        "ORDER BY 1"
    ):
        yield Manipulation(
            f"{name} dropped", f"DROP TRIGGER {name} ON {table}", f"lacks what this release has: trigger {table} {name}"
        )


def switched_off_triggers():
    for number, (table, name) in enumerate(
        filled(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname !~ 'ledger_append'"
        )
    ):
        how = ("DISABLE TRIGGER", "ENABLE REPLICA TRIGGER", "ENABLE ALWAYS TRIGGER")[number % 3]
        if number < 60:
            yield Manipulation(
                f"{name}: {how}", f"ALTER TABLE {table} {how} {name}", f"does not have: trigger {table} {name}"
            )


def replaced_functions():
    for oid, name in filled(
        "SELECT oid, proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
        "AND proname ~ '^(ledger|consents|accounts|workflow)_'"
    ):
        yield Manipulation(
            f"{name} replaced",
            f"UPDATE pg_proc SET prosrc = 'SELECT NULL' WHERE oid = {oid}",
            f"does not have: function {name}(",
        )


def of(*rows):
    return [Manipulation(*row) for row in rows]


OF_FUNCTIONS = of(
    ("acts as the caller", "ALTER FUNCTION ledger_append() SECURITY INVOKER", "function ledger_append()"),
    ("another search path", "ALTER FUNCTION ledger_link SET search_path = pg_temp, public", "function ledger_link("),
    ("another owner", f"ALTER FUNCTION ledger_keep() OWNER TO {PORTAL}", "function ledger_keep() plpgsql"),
    ("open to everybody", "GRANT EXECUTE ON FUNCTION ledger_add_entry TO PUBLIC", "right function ledger_add_entry("),
    ("of the portal", f"GRANT EXECUTE ON FUNCTION ledger_link TO {PORTAL}", "right function ledger_link("),
    (
        "one more",
        "CREATE FUNCTION now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz'",
        "function now()",
    ),
    (
        "in C",
        "UPDATE pg_proc SET probin = '/tmp/forged.so' WHERE proname = 'ledger_refuse_change'",
        "function ledger_refuse_change(",
    ),
)
OF_TRIGGERS = of(
    (
        "with other arguments",
        "UPDATE pg_trigger SET tgargs = decode('696400696400', 'hex') WHERE tgrelid = 'workflow_vote'::regclass AND tgname ~ 'append$|ledger_append'",
        "trigger workflow_vote",
    ),
    (
        "one that changes what is written",
        "CREATE TRIGGER aaa BEFORE INSERT ON workflow_decision FOR EACH ROW EXECUTE FUNCTION ledger_keep()",
        "does not have: trigger workflow_decision aaa",
    ),
    (
        "one that never acts",
        "CREATE TRIGGER never BEFORE UPDATE ON workflow_comment FOR EACH ROW WHEN (false) EXECUTE FUNCTION ledger_keep()",
        "does not have: trigger workflow_comment never",
    ),
    (
        "of foreign keys switched off",
        "ALTER TABLE workflow_review DISABLE TRIGGER ALL",
        "does not have: trigger workflow_review RI_ConstraintTrigger",
    ),
)
OF_RIGHTS = of(
    ("to change votes", f"GRANT UPDATE ON workflow_vote TO {PORTAL}", "right table workflow_vote <portal>"),
    ("to delete decisions", f"GRANT DELETE ON workflow_decision TO {PORTAL}", "right table workflow_decision <portal>"),
    ("to one column", f"GRANT UPDATE (verdict) ON workflow_vote TO {PORTAL}", "right column workflow_vote.verdict <portal>"),
    ("to add entries", f"GRANT INSERT ON ledger_entry TO {PORTAL}", "right table ledger_entry <portal>"),
    ("to change salts", f"GRANT UPDATE ON ledger_salt TO {PORTAL}", "right table ledger_salt <portal>"),
    ("to rename groups", f"GRANT UPDATE ON auth_group TO {PORTAL}", "right table auth_group <portal>"),
    ("to change sequences", f"GRANT UPDATE ON SEQUENCE workflow_vote_id_seq TO {PORTAL}", "workflow_vote_id_seq <portal>"),
    ("to make objects", f"GRANT CREATE ON SCHEMA public TO {PORTAL}", "right schema public <portal>"),
    ("of everybody", "GRANT SELECT, UPDATE ON workflow_comment TO PUBLIC", "right table workflow_comment everybody"),
    ("of somebody else", "GRANT SELECT ON workflow_comment TO pg_monitor", "right table workflow_comment pg_monitor"),
    ("taken away", f"REVOKE SELECT ON ledger_entry FROM {PORTAL}", "right table ledger_entry <portal>"),
    ("to be the owner", "GRANT {owner} TO " + PORTAL, "member <portal> of <owner>"),
    ("to write everything", f"GRANT pg_write_all_data TO {PORTAL}", "member <portal> of pg_write_all_data"),
    ("of a superuser", f"ALTER ROLE {PORTAL} SUPERUSER", "role <portal> superuser"),
    ("past row security", f"ALTER ROLE {PORTAL} BYPASSRLS", "role <portal> bypasses row security"),
    ("to make roles", f"ALTER ROLE {PORTAL} CREATEROLE", "role <portal> creates roles"),
    ("to switch triggers off", f"GRANT SET ON PARAMETER session_replication_role TO {PORTAL}", "parameter session_replication_role"),
    ("of what will be made", f"ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {PORTAL}", "rights by default"),
    ("triggers off by role", f"ALTER ROLE {PORTAL} SET session_replication_role = replica", "setting of <portal>: session_replication_role"),
    ("a search path by database", "ALTER DATABASE {database} SET search_path = public, pg_catalog", "setting of everybody: search_path"),
    ("a library by database", "ALTER DATABASE {database} SET local_preload_libraries = 'forged'", "setting of everybody: local_preload"),
)  # fmt: skip
OF_OBJECTS = of(
    ("row security", "ALTER TABLE workflow_comment ENABLE ROW LEVEL SECURITY", "table workflow_comment"),
    ("a policy", "CREATE POLICY hidden ON vendors_person USING (false)", "policy vendors_person hidden"),
    ("a rule", "CREATE RULE nothing AS ON DELETE TO vendors_relation DO INSTEAD NOTHING", "rule vendors_relation nothing"),
    ("a child table", "CREATE TABLE more_votes () INHERITS (workflow_vote)", "table more_votes"),
    ("an operator", "CREATE OPERATOR public.<> (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = byteaeq)", "operator <>"),
    ("a type", "CREATE DOMAIN verdict AS text", "type verdict"),
    ("a cast", "CREATE CAST (bytea AS text) WITHOUT FUNCTION", "cast bytea to text"),
    ("a schema in the way", f"CREATE SCHEMA {PORTAL}", f"schema {PORTAL}"),
    ("an event trigger", "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION forged()", "event trigger watch"),
    ("an added column", "ALTER TABLE vendors_position ADD COLUMN forged text", "column vendors_position.forged"),
    ("a removed default", "ALTER TABLE vendors_relation ALTER COLUMN id DROP IDENTITY", "column vendors_relation.id"),
    ("an empty hash", "ALTER TABLE ledger_entry ALTER COLUMN hash DROP NOT NULL", "column ledger_entry.hash"),
    ("another type", "ALTER TABLE workflow_comment ALTER COLUMN body TYPE varchar(9000)", "column workflow_comment.body"),
    ("a dropped constraint", "ALTER TABLE vendors_interest DROP CONSTRAINT {constraint}", "constraint vendors_interest"),
    ("a removed primary key", "ALTER TABLE ledger_salt DROP CONSTRAINT ledger_salt_pkey", "constraint ledger_salt ledger_salt_pkey"),
    ("an unlogged table", "ALTER TABLE ledger_storedresponse SET UNLOGGED", "table ledger_storedresponse"),
    ("a rule that an index keeps", "DROP INDEX one_questionnaire_in_use", "index one_questionnaire_in_use"),
    ("an index that is not unique", "UPDATE pg_index SET indisunique = false WHERE indexrelid = 'accounts_user_email_key'::regclass", "index accounts_user_email_key"),
    ("another order", 'ALTER TABLE vendors_organisation ALTER COLUMN name TYPE varchar(200) COLLATE "C"', "column vendors_organisation.name"),
    ("a publication", "CREATE PUBLICATION copies FOR TABLE workflow_vote", "publication copies"),
    ("a view", "CREATE VIEW votes AS SELECT * FROM workflow_vote", "table votes v"),
    ("a subscription", "CREATE SUBSCRIPTION copy CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)", "subscription copy"),
)  # fmt: skip

# Each of these is verified by itself: they are about the same chain.
ON_THE_CHAIN = of(
    ("an actor", f"UPDATE ledger_entry SET actor = 'user 1' WHERE sequence = {MIDDLE}", "the entry itself was changed"),
    ("an actor, relinked", f"UPDATE ledger_entry SET actor = 'root' WHERE sequence = {MIDDLE}; " + RELINK.format(first=HALF), "names nobody"),
    ("an unknown kind", "INSERT INTO ledger_entry SELECT sequence + 1, 'gift', table_name, 99, actor, at, '{}', hash, hash FROM ledger_entry ORDER BY sequence DESC LIMIT 1; " + RELINK.format(first=HALF), "no kind of entry has this name"),
    ("an unknown table", "SELECT ledger_link('row', 'secret_votes', 1, 'user 5', '{}')", "no table with this name stands on the chain"),
    ("an entry cut out", f"DELETE FROM ledger_entry WHERE sequence = {MIDDLE}", "an entry before it is missing"),
    ("the first entry cut off", "DELETE FROM ledger_entry WHERE sequence = 1", "an entry before it is missing"),
    ("the tail cut off", f"DELETE FROM ledger_entry WHERE sequence > {HALF}", "no ledger entry speaks of this row"),
    ("no entries", "DELETE FROM ledger_entry", "no ledger entry speaks of this row"),
    ("a second entry of a row", "SELECT ledger_add_entry('row', 'workflow_vote', v.id, 'user 5', to_jsonb(v)) FROM workflow_vote v ORDER BY id LIMIT 1", "an entry before it speaks of the same row"),
    ("an entry with fewer fields", "DO $$ DECLARE n bigint; BEGIN INSERT INTO workflow_vote (review_id, by_id, by_name, role, verdict, reason, digest, facts, at) SELECT review_id, by_id, by_name, role, verdict, reason, digest, facts, now() FROM workflow_vote ORDER BY id LIMIT 1 RETURNING id INTO n; PERFORM ledger_add_entry('row', 'workflow_vote', n, 'user 5', (SELECT to_jsonb(v) - 'verdict' FROM workflow_vote v WHERE id = n)); END $$", "it commits to other fields than the table had"),
    ("a time that falls", f"UPDATE ledger_entry SET at = at - interval '1 day' WHERE sequence = {MIDDLE}; " + RELINK.format(first=HALF), "its time lies before"),
    ("a time ahead", "UPDATE ledger_entry SET at = at + interval '1 year' WHERE sequence = (SELECT max(sequence) FROM ledger_entry); " + RELINK.format(first=HALF), "ahead of the clock"),
    ("an empty hash", "ALTER TABLE ledger_entry ALTER COLUMN hash DROP NOT NULL; UPDATE ledger_entry SET hash = NULL WHERE sequence = " + MIDDLE, "the entry cannot be read"),
    ("fields that are no list", f"UPDATE ledger_entry SET fields = '[1]' WHERE sequence = {MIDDLE}; " + RELINK.format(first=HALF), "cannot be read"),
    ("a salt that is no hex", f"UPDATE ledger_salt SET salts = (SELECT jsonb_object_agg(key, repeat('z', 64)) FROM jsonb_each(salts)) WHERE entry_id = {OF_VOTE}", "cannot be read"),
    ("a short salt", f"UPDATE ledger_salt SET salts = salts || '{{\"verdict\": \"00\"}}' WHERE entry_id = {OF_VOTE}", "is not one of the ledger"),
    ("a surplus salt", f"UPDATE ledger_salt SET salts = salts || jsonb_build_object('more', repeat('0', 64)) WHERE entry_id = {OF_VOTE}", "there is a salt for “more”"),
    ("a missing salt", f"UPDATE ledger_salt SET salts = salts - 'verdict' WHERE entry_id = {OF_VOTE}", "the salt of “verdict” is missing"),
    ("no salts", "DELETE FROM ledger_salt", "is missing"),
    ("salts of yesterday", f"UPDATE ledger_salt SET salts = (SELECT jsonb_object_agg(key, md5(key) || md5(key)) FROM jsonb_each(salts)) WHERE entry_id = {OF_VOTE}", "was changed"),
    ("a number of another order", "ALTER SEQUENCE workflow_vote_id_seq RESTART WITH 1", "the database never gave a row this number"),
    ("a table emptied", "TRUNCATE workflow_vote CASCADE", "the row is missing"),
    ("a view in its place", "ALTER TABLE workflow_vote RENAME TO votes; CREATE VIEW workflow_vote AS SELECT * FROM votes", "no plain table with its rows stands here"),
    ("a forged redaction", "UPDATE workflow_vote SET verdict = 'refuse' WHERE id = (SELECT min(id) FROM workflow_vote); SELECT ledger_add_entry('redaction', 'workflow_vote', (SELECT min(id) FROM workflow_vote), 'user 5', '{\"verdict\": \"refuse\"}')", "holds no text that may be redacted"),
    ("a forged redaction of a text", "UPDATE workflow_vote SET reason = 'I agree' WHERE id = (SELECT min(id) FROM workflow_vote); SELECT ledger_add_entry('redaction', 'workflow_vote', (SELECT min(id) FROM workflow_vote), 'user 5', '{\"reason\": \"I agree\"}')", "does not hold the mark of a redaction"),
    ("a forged redaction with a mark", "UPDATE workflow_vote SET reason = '[redacted 77]' WHERE id = (SELECT min(id) FROM workflow_vote); SELECT ledger_add_entry('redaction', 'workflow_vote', (SELECT min(id) FROM workflow_vote), 'user 5', '{\"reason\": \"[redacted 77]\"}')", "redaction 77 was not carried out"),
    ("a redacted status", "UPDATE agreements_historicalagreement SET status = 'active' WHERE history_id = (SELECT min(history_id) FROM agreements_historicalagreement); SELECT ledger_add_entry('redaction', 'agreements_historicalagreement', (SELECT min(history_id) FROM agreements_historicalagreement), 'user 5', '{\"status\": \"active\"}')", "holds no text that may be redacted"),
    ("groups renamed", "UPDATE auth_group SET name = name || ' (old)' WHERE id = (SELECT min(id) FROM auth_group)", "which no entry tells"),
    ("groups swapped", "UPDATE auth_group g SET name = 'x' || name; UPDATE auth_group SET name = (SELECT substr(o.name, 2) FROM auth_group o WHERE o.id <> auth_group.id ORDER BY o.id LIMIT 1) WHERE id = (SELECT max(id) FROM auth_group)", "which no entry tells"),
    ("a group removed", "DELETE FROM auth_group WHERE id = (SELECT max(id) FROM auth_group)", "was removed"),
    ("kinds of records swapped", "UPDATE django_content_type SET model = 'x' || model WHERE id = (SELECT min(id) FROM django_content_type)", "which no entry tells"),
    ("a forged note on names", "SELECT ledger_link('names', '', 0, 'system', (SELECT jsonb_set(fields, '{names,' || (SELECT min(id) FROM auth_group) || '}', '\"Legal\"') FROM ledger_entry WHERE kind = 'names' AND fields ->> 'table' = 'auth_group' ORDER BY sequence DESC LIMIT 1))".replace("'{names,' ||", "('{names,' ||").replace("|| '}',", "|| '}')::text[],"), "an entry gives this number another name"),
    ("a forged note on loading", "SELECT ledger_link('loaded', '', 0, 'system', '{\"from\": 1}')", "neither that records of another time follow"),
    ("a forged note on columns", "SELECT ledger_link('schema', '', 0, 'system', '{\"table\": \"workflow_vote\", \"key\": \"id\", \"columns\": {\"id\": \"bigint\"}}')", "no release of the portal made its columns"),
    ("an answer of a person", "UPDATE consents_consentevent SET state = CASE state WHEN 1 THEN 2 ELSE 1 END WHERE id = (SELECT max(id) FROM consents_consentevent)", "are not those that were imported"),
    ("a member of a cohort", "UPDATE consents_cohortchunk SET bits = ~bits WHERE id = (SELECT min(id) FROM consents_cohortchunk)", "are not those that were recorded"),
)  # fmt: skip

# With the triggers on, as the portal's role could write them if it had the right: the chain takes them in, and they are
# found by what they say themselves.
TAKEN_IN = of(
    ("a decision of 2020", DECISION.format(id=NEXT, at="'2020-01-01'"), "its own date lies far from the time of its entry"),
    ("a decision to come", DECISION.format(id=NEXT, at="now() + interval '1 day'"), "its own date lies far"),
    ("a decision of no time", DECISION.format(id=NEXT, at="'infinity'"), "its own date lies far"),
    ("a decision before all times", DECISION.format(id=NEXT, at="'4000-01-01 BC'"), "its own date lies far"),
    ("a decision after all times", DECISION.format(id=NEXT, at="'99999-01-01'"), "its own date lies far"),
    ("a negative number", DECISION.format(id="-7", at="now()"), "no row has this number by itself"),
    ("a huge number", DECISION.format(id="1000000000000", at="now()"), "the database never gave a row this number"),
)  # fmt: skip

# What fits the database itself: a checkpoint held outside finds it, and nothing else can.
ONLY_WITH_A_CHECKPOINT = of(
    ("the newest decision cut off with its entry", "DELETE FROM workflow_decision WHERE id = {row}; DELETE FROM ledger_entry WHERE sequence >= {entry}; DELETE FROM ledger_salt WHERE entry_id >= {entry}", ""),
    ("an entry with other salts, relinked", "UPDATE ledger_entry SET actor = 'user 2' WHERE sequence = " + MIDDLE + "; " + RELINK.format(first=HALF), ""),
)  # fmt: skip
