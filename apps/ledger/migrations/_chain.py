"""The database functions that write the chain and keep it. They refer to tables only when they run.

`ledger_link` alone adds to the chain: rows and redactions come to it with commitments, see `ledger_add_entry`; the
ledger's own notes with plain words, see `apps.ledger.state`. Rows that can only be added change in one way: a text
that may be redacted becomes a tombstone, as the owner does it. No setting of a session opens them.
"""

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

# The advisory lock makes the chain's writers queue at commit only, however long their transactions were. A clock that
# was set back between two entries leaves the time of the first one standing.
LINK = """
CREATE FUNCTION ledger_link(new_kind text, new_table text, new_row_id bigint, new_actor text, new_fields jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last_sequence bigint;
    last_hash bytea;
    last_at timestamptz;
    moment timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger chain'));
    SELECT e.sequence, e.hash, e.at INTO last_sequence, last_hash, last_at
      FROM public.ledger_entry e ORDER BY e.sequence DESC LIMIT 1;
    last_sequence := coalesce(last_sequence, 0);
    last_hash := coalesce(last_hash, '');
    moment := greatest(clock_timestamp(), last_at);
    INSERT INTO public.ledger_entry (sequence, kind, table_name, row_id, actor, at, fields, previous_hash, hash)
    VALUES (last_sequence + 1, new_kind, new_table, new_row_id, new_actor, moment, new_fields, last_hash,
            public.ledger_entry_hash(last_sequence + 1, new_kind, new_table, new_row_id, new_actor, moment, new_fields,
                                     last_hash));
    RETURN last_sequence + 1;
END
$$;
REVOKE EXECUTE ON FUNCTION ledger_link(text, text, bigint, text, jsonb) FROM PUBLIC;
"""

# Two random UUIDs make a salt of 244 random bits; the embedded server has no pgcrypto.
ADD_ENTRY = """
CREATE FUNCTION ledger_add_entry(
    new_kind text, new_table text, new_row_id bigint, new_actor text, row_fields jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    commitments jsonb;
    salts jsonb;
BEGIN
    SELECT jsonb_object_agg(f.key, ledger_commitment(f.salt, f.key, f.value)),
           jsonb_object_agg(f.key, encode(f.salt, 'hex'))
      INTO commitments, salts
      FROM (SELECT key, value, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS salt
              FROM jsonb_each(row_fields) OFFSET 0) f;
    INSERT INTO public.ledger_salt (entry_id, salts)
    VALUES (public.ledger_link(new_kind, new_table, new_row_id, new_actor, commitments), salts);
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

# Only the owner gets as far as the second question, and only `ledger_redact` works as the owner for others.
GUARD = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        IF public.ledger_only_redacts(TG_TABLE_NAME, to_jsonb(OLD), to_jsonb(NEW)) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '{refusal}', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
"""

REFUSE = GUARD.format(name="ledger_refuse_change", refusal="Rows of % can only be added, not changed or removed.")
KEEP = GUARD.format(name="ledger_keep", refusal="What is recorded in % is neither removed nor edited.")

ONLY_REDACTS = r"""
CREATE FUNCTION ledger_only_redacts(changed_table text, old_row jsonb, new_row jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(bool_and(n.value #>> '{}' ~ '^\[redacted [0-9]+\]$' AND EXISTS (
               SELECT FROM public.ledger_redactablefield f
                WHERE changed_table IN (f.table_name, f.record_table) AND f.field = n.key)), false)
      FROM jsonb_each(new_row) n WHERE n.value IS DISTINCT FROM old_row -> n.key
$$;
REVOKE EXECUTE ON FUNCTION ledger_only_redacts(text, jsonb, jsonb) FROM PUBLIC;
"""

# Before the tables, and after them what names one.
BEFORE = (ENTRY_HASH, COMMITMENT, LINK, ADD_ENTRY, APPEND, REFUSE, KEEP)
AFTER = (ONLY_REDACTS,)
