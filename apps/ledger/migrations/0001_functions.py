"""The database functions that write the chain. They refer to tables only when they run."""

from django.db import migrations

# What an entry's hash is made of. Times enter as seconds since 1970, so that no session's time zone matters.
ENTRY_HASH = """
CREATE FUNCTION ledger_entry_hash(
    sequence bigint, kind text, table_name text, row_id bigint, actor text, at timestamptz, fields jsonb, previous bytea
) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(previous || convert_to(
        concat_ws('|', sequence, kind, table_name, row_id, actor, extract(epoch FROM at), fields), 'UTF8'))
$$;
"""

# The cast keeps the body as immutable as the function says it is; only then PostgreSQL puts it in line, which halves
# the time of a verification.
COMMITMENT = """
CREATE FUNCTION ledger_commitment(salt bytea, field text, value jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(salt || convert_to(field || ':' || value::text, 'UTF8')), 'hex')
$$;
"""

# Two random UUIDs make a salt of 244 random bits; the embedded server has no pgcrypto.
# The advisory lock makes the chain's writers queue at commit only, however long their transactions were.
ADD_ENTRY = """
CREATE FUNCTION ledger_add_entry(new_kind text, new_table text, new_row_id bigint, new_actor text, row_fields jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    commitments jsonb;
    salts jsonb;
    last_sequence bigint;
    last_hash bytea;
    moment timestamptz;
BEGIN
    SELECT jsonb_object_agg(f.key, ledger_commitment(f.salt, f.key, f.value)),
           jsonb_object_agg(f.key, encode(f.salt, 'hex'))
      INTO commitments, salts
      FROM (SELECT key, value, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS salt
              FROM jsonb_each(row_fields) OFFSET 0) f;
    PERFORM pg_advisory_xact_lock(hashtext('ledger chain'));
    SELECT e.sequence, e.hash INTO last_sequence, last_hash FROM ledger_entry e ORDER BY e.sequence DESC LIMIT 1;
    last_sequence := coalesce(last_sequence, 0);
    last_hash := coalesce(last_hash, '');
    moment := clock_timestamp();
    INSERT INTO ledger_entry (sequence, kind, table_name, row_id, actor, at, fields, previous_hash, hash)
    VALUES (last_sequence + 1, new_kind, new_table, new_row_id, new_actor, moment, commitments, last_hash,
            ledger_entry_hash(last_sequence + 1, new_kind, new_table, new_row_id, new_actor, moment, commitments,
                              last_hash));
    INSERT INTO ledger_salt (entry_id, salts) VALUES (last_sequence + 1, salts);
END
$$;
REVOKE EXECUTE ON FUNCTION ledger_add_entry(text, text, bigint, text, jsonb) FROM PUBLIC;
"""

# The time zone is fixed because to_jsonb() renders times in the session's zone.
APPEND = """
CREATE FUNCTION ledger_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    row_fields jsonb := to_jsonb(NEW);
BEGIN
    PERFORM ledger_add_entry('row', TG_TABLE_NAME, (row_fields ->> TG_ARGV[0])::bigint,
                             coalesce('user ' || (row_fields ->> TG_ARGV[1]), 'system'), row_fields);
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION ledger_append() FROM PUBLIC;
"""

REFUSE = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('ledger.maintenance', true) = 'on' THEN
        RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW ELSE OLD END;
    END IF;
    RAISE EXCEPTION 'Rows of % can only be added, not changed or removed.', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
"""

# Replaces one text field by a tombstone in every row that `key_column = key` selects. Where the rows stand on the
# chain, the field's salts are destroyed and a redaction entry commits to the tombstone instead.
REDACT = """
CREATE FUNCTION ledger_redact(
    target text, id_column text, key_column text, key bigint, field text, tombstone text, actor text, on_chain boolean
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    redacted record;
    counted integer := 0;
BEGIN
    IF target LIKE 'ledger%' OR field ~ '(status|verdict|digest|date|_at|_on|_until|_id|hash|sha256|history_type)$' OR NOT EXISTS (
        SELECT FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name = target
           AND c.column_name = field AND c.data_type IN ('text', 'character varying')
    ) THEN
        RAISE EXCEPTION 'The field % of % cannot be redacted.', field, target USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('ledger.maintenance', 'on', true);
    FOR redacted IN EXECUTE format(
        'UPDATE %I SET %I = $1 WHERE %I = $2 AND %I <> '''' RETURNING %I AS id', target, field, key_column, field, id_column
    ) USING tombstone, key LOOP
        counted := counted + 1;
        IF on_chain THEN
            UPDATE ledger_salt s SET salts = s.salts - field FROM ledger_entry e
             WHERE e.sequence = s.entry_id AND e.table_name = target AND e.row_id = redacted.id;
            PERFORM ledger_add_entry('redaction', target, redacted.id, actor,
                                     jsonb_build_object(field, tombstone));
        END IF;
    END LOOP;
    PERFORM set_config('ledger.maintenance', 'off', true);
    RETURN counted;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = []

    operations = [
        migrations.RunSQL(statement, migrations.RunSQL.noop)
        for statement in (ENTRY_HASH, COMMITMENT, ADD_ENTRY, APPEND, REFUSE, REDACT)
    ]
